"""Verifies that a FHIR export is what its manifest says, and that nothing in it leads to somebody whom the list withholds.

The promises are those of linked tables (`table_links/promises.py`); what resources refer to is walked anew.
"""

from __future__ import annotations

from pathlib import Path

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import Undecided
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import OF_A_FOLDER, ReleaseManifest
from ndoo.evidence.release import Release, named_files
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.fhir.inspection import Inspection, folder_record, inspected
from ndoo.upholding.fhir.resources import FhirFile
from ndoo.upholding.table_links.levels import Level
from ndoo.upholding.table_links.people import People
from ndoo.upholding.verify.promises import asking_nobody, counted, leaving_aside, mentioning, unread
from ndoo.upholding.verify.verification import FORGED, Findings, MetPeople, Promise, ReleaseQuestion, judge_paths


def inspect_export(
    place: Path,
    manifest: ReleaseManifest,
    question: ReleaseQuestion,
    progress: Progress,
    *,
    seen: Inspection | None = None,
) -> Findings:
    """See `engine.Engine.inspect`.

    Args:
        seen: what was found there by the same lists already; None: it is read.
    """
    release = Release(place, manifest)
    folder, before = place.is_dir(), tuple[Promise, ...]((counted(manifest),))
    if folder:
        paths, there = judge_paths(release)
        before = (*before, paths)
        if not there:
            return Findings((*before, unread("export", None)))
    try:
        found = seen or _read(release, question, progress)
        people = found.people
        record = folder_record(place.name, found.files) if folder else found.files[place.name]
        said = manifest.output
        same = (record.sha256, record.bytes) == (said.sha256, said.bytes)
        asked = question.asks_about_people
        right = record.rows == said.rows and (not asked or people.counts().read == manifest.people.kept)
    except (NdooError, *FORGED) as error:
        return Findings((*before, unread("export", error)))
    rows = found.verdicts.counts()
    around = sum(bundle.level >= Level.REMOVED_BY_TYPE1 for file in found.verdicts.files for bundle in file.bundles)
    met = MetPeople(ignored=found.ignored)
    if asked:
        held = sum(rows.held.values())
        met = MetPeople(people.counts().removed, rows.removed + around, held, found.mentioned, found.ignored)
    promises = (
        *before,
        Promise(
            "digest",
            same,
            "Every byte is as it was published." if same else "A file was changed after it was published.",
        ),
        Promise(
            "rows",
            right,
            "It holds the resources and people that were kept."
            if right
            else "It does not hold the resources and people that the manifest says were kept.",
        ),
        *(_people(found, manifest, question) if asked else asking_nobody(manifest, question)),
    )
    return Findings(promises, met)


def _read(release: Release, question: ReleaseQuestion, progress: Progress) -> Inspection:
    manifest = release.manifest
    keep_missing = manifest.undecided.mode == Undecidable.KEEP_MISSING
    people = People(question.opt_outs, keep_missing=keep_missing)
    kinds, ignored = list(manifest.whole.part("resources").members), manifest.columns.ignored
    return inspected(_files(release), people, kinds, ignored, progress, alone=not release.place.is_dir())


def _files(release: Release) -> dict[str, FhirFile]:
    """The files that the manifest names, in the order in which they were published."""
    if not release.place.is_dir():
        return {release.place.name: FhirFile(release.place, release.place.name)}
    return {path: FhirFile(release.place / path, path) for path in sorted(named_files(release) - {OF_A_FOLDER})}


def _people(found: Inspection, manifest: ReleaseManifest, question: ReleaseQuestion) -> tuple[Promise, ...]:
    cleaned, type1 = question.cleaned, question.type1
    verdicts, rows = found.verdicts, found.verdicts.counts()
    astray = verdicts.astray
    linked = not astray and rows.kept_without_number == manifest.whole.part("rows").said("kept_without_number")
    by_list = rows.removed - verdicts.by_type1_alone
    undecided = rows.held.get(Undecided.TYPE1_UNDECIDED, 0)
    unknown = sum(rows.held.values()) - astray - undecided
    around = sum(bool(bundle.level) for file in verdicts.files for bundle in file.bundles)
    promises = [
        Promise(
            "keys",
            linked,
            "Whatever a resource refers to is there, and none leads to nobody."
            if linked
            else f"Resources that lead to nobody, or to what is not there: {astray:,}. Do not release this export.",
        ),
    ]
    if found.mentioned:
        promises.append(mentioning(found.mentioned))
    elif cleaned is not None or around:
        gone = not by_list and not unknown and not around
        promises.append(
            Promise(
                "nobody",
                gone,
                leaving_aside("Nothing in it leads to somebody whom the list withholds.", manifest)
                if gone
                else f"Resources that lead to people whom this list withholds: {by_list:,}; that cannot be shown to be "
                f"allowed: {unknown:,}; bundles in which what is around the entries leads to such: {around:,}. Do not release this export.",
            )
        )
    if type1 is not None:
        clear = not verdicts.by_type1_alone and not undecided and (cleaned is not None or not unknown)
        promises.append(
            Promise(
                "type1",
                clear,
                leaving_aside("Nothing in it leads to somebody with a Type 1 opt-out.", manifest)
                if clear
                else f"Resources that lead to people with a Type 1 opt-out: {verdicts.by_type1_alone:,}; that cannot be shown to be "
                f"without one: {undecided:,}. Do not release this export.",
            )
        )
    return tuple(promises)
