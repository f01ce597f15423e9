"""Looks into a released file, or into a draft that was read while it was written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import release_at
from ndoo.evidence.release_record import Columns
from ndoo.upholding.datasets.formats import open_dataset
from ndoo.upholding.input_files.source import changed, fingerprint
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.verify.dataset_findings import Contents, columns_in, columns_named, contents_of, judge_contents
from ndoo.upholding.verify.promises import counted, unread
from ndoo.upholding.verify.verification import FORGED, Findings, ReleaseQuestion


def inspect_file(place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress) -> Findings:
    """See `engine.Engine.inspect`."""
    before = fingerprint(place)
    try:
        with ThreadPoolExecutor(1) as worker:
            dataset = open_dataset(place, _reading(manifest), worker)
            contents = contents_of(dataset, manifest, question, progress)
        if fingerprint(place) != before:
            raise changed()
        found = judge_contents(contents, manifest, question)
    except (NdooError, *FORGED) as error:  # a forged description may be anything
        return Findings((counted(manifest), unread("file", error)))
    return Findings((counted(manifest), *found.promises), found.met)


def inspect_written(place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, contents: Contents) -> Findings:
    """As `inspect_file`, of a draft that was read while it was written; now only its heading is."""
    try:
        with ThreadPoolExecutor(1) as worker:
            dataset = open_dataset(place, _reading(manifest), worker)
        columns_in(dataset, manifest, asked=question.asks_about_people)
        if list(dataset.names) != list(contents.names):
            raise UnfitData("columns-other", "Its heading names other columns.")
        found = judge_contents(contents, manifest, question)
    except (NdooError, *FORGED) as error:
        return Findings((counted(manifest), unread("file", error)))
    return Findings((counted(manifest), *found.promises), found.met)


def described(output: Path) -> tuple[Columns, Reading]:
    """How the manifest says the output is to be read: its columns, and how its text is written.

    Raises:
        UnfitData: there is no manifest, or it cannot be read.
    """
    try:
        manifest = release_at(output).manifest
        return columns_named(manifest), _reading(manifest)
    except (TypeError, ValueError, AttributeError, LookupError):
        raise UnfitData("manifest-description", "The manifest's description of the file cannot be read.") from None


def _reading(manifest: ReleaseManifest) -> Reading:
    return Reading.of_release(manifest.output.dialect or {})
