"""Looks into a released folder of Parquet. Spark is not needed for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ndoo.domain.errors import NdooError
from ndoo.evidence.manifest import Manifest
from ndoo.evidence.release import Release
from ndoo.upholding.dataset_findings import columns_named, contents_of, judge_contents
from ndoo.upholding.engine import Progress
from ndoo.upholding.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_parts import parts_named, parts_of, told_of
from ndoo.upholding.promises import counted, unread
from ndoo.upholding.source import changed, fingerprint
from ndoo.upholding.verification import FORGED, Findings, Question, judge_paths


def inspect_parquet_folder(place: Path, manifest: Manifest, question: Question, progress: Progress) -> Findings:
    """See `engine.Engine.inspect`."""
    release = Release(place, manifest)
    paths, there = judge_paths(release)
    before = (counted(manifest), paths)
    if not there:
        return Findings((*before, unread("folder", None)))
    folder_before = fingerprint(place)
    try:
        parts = parts_of(place, named=parts_named(release))
        dataset = ParquetFolder(parts, columns_named(manifest).classified)
        contents = contents_of(dataset, manifest, question, progress)
        if fingerprint(place) != folder_before:
            raise changed()
        same = manifest.get("files") in (None, told_of(dataset.files))
        found = judge_contents(replace(contents, same_parts=same), manifest, question)
    except (NdooError, *FORGED) as error:  # a forged description may be anything
        return Findings((*before, unread("file", error)))
    return Findings((*before, *found.promises), found.met)
