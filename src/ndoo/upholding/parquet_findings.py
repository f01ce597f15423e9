"""Looks into a released folder of Parquet files, whichever engine wrote it; none is needed for that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ndoo.domain.errors import NdooError
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import Release
from ndoo.upholding.input_files.source import changed, fingerprint
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import ParquetParts, parts_named, parts_of
from ndoo.upholding.publication.table_sections import told_of
from ndoo.upholding.verify.dataset_findings import columns_named, contents_of, judge_contents
from ndoo.upholding.verify.promises import counted, unread
from ndoo.upholding.verify.verification import FORGED, Findings, ReleaseQuestion, judge_paths

OpensParts = Callable[[ParquetParts, Sequence[str]], ParquetFolder]
"""Opens the files that hold rows. The names are those of the columns, where there is no file to say so."""


def inspect_parquet_folder(
    place: Path,
    manifest: ReleaseManifest,
    question: ReleaseQuestion,
    progress: Progress,
    opened: OpensParts = ParquetFolder,
) -> Findings:
    """See `engine.Engine.inspect`."""
    release = Release(place, manifest)
    paths, there = judge_paths(release)
    before = (counted(manifest), paths)
    if not there:
        return Findings((*before, unread("folder", None)))
    folder_before = fingerprint(place)
    try:
        parts = parts_of(place, named=parts_named(release))
        dataset = opened(parts, columns_named(manifest).classified)
        contents = contents_of(dataset, manifest, question, progress)
        if fingerprint(place) != folder_before:
            raise changed()
        same = manifest.whole.said("files") in (None, told_of(dataset.files))
        found = judge_contents(replace(contents, same_parts=same), manifest, question)
    except (NdooError, *FORGED) as error:  # a forged description may be anything
        return Findings((*before, unread("file", error)))
    return Findings((*before, *found.promises), found.met)
