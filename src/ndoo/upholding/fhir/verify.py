"""Is this FHIR export what its manifest says, and does nothing in it lead to somebody whom the list withholds?

The promises are those of linked tables (`upholding/linked/verify.py`); what resources refer to is walked anew.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import OF_A_FOLDER, FileRecord, Manifest
from ndoo.evidence.release import Release, named_files
from ndoo.upholding.fhir.job import FORMAT, types_in, whole_folder
from ndoo.upholding.fhir.pieces import Source as FhirFile
from ndoo.upholding.fhir.pieces import source_of
from ndoo.upholding.fhir.walk import Settled, settled
from ndoo.upholding.linked.following import People
from ndoo.upholding.source import Source, changed, fingerprint
from ndoo.upholding.verification import FORGED, Met, Promise, Question, Verification, judge_paths
from ndoo.upholding.verify import asking_nobody, counted, mentioning, sealed, unread


def verify_fhir(release: Release, question: Question, progress: Callable[[int], object]) -> Verification:
    """Check a released export against its manifest and the lists; the errors are those of `verify.verify_file`."""
    question.judge(release.manifest)
    seal, sealed_by = sealed(release.manifest, question.signed_by)
    contents, met = _contents(release, question, progress)
    return Verification((seal, counted(release.manifest), *contents), sealed_by, met)


def _contents(
    release: Release, question: Question, progress: Callable[[int], object]
) -> tuple[tuple[Promise, ...], Met]:
    output, manifest, cleaned, type1 = release.place, release.manifest, question.cleaned, question.type1
    folder, paths = output.is_dir(), tuple[Promise, ...]()
    if folder:
        promise, there = judge_paths(release)
        paths = (promise,)
        if not there:
            return (*paths, unread("export", None)), Met()
    try:
        sources = _sources(release) if folder else {output.name: source_of(output)}
        before = {path: fingerprint(source.path) for path, source in sources.items()}
        people = People(cleaned, type1, keep_missing=bool(manifest["rows"]["kept_without_number"]))
        mentions = people.mentions(types_in(manifest["resources"]), manifest["columns"]["ignored"])
        whole = settled(list(sources.values()), people, progress, mentions=mentions)
        files = {}
        for (path, source), count in zip(sources.items(), whole.files, strict=True):
            with ThreadPoolExecutor(1) as worker, Source(source.path, worker) as file:
                file.hashed_whole()
                files[path] = FileRecord(path, *file.finish(), FORMAT, count)
            if fingerprint(source.path) != before[path]:
                raise changed()
        record = whole_folder(output.name, files) if folder else files[output.name]
        said = manifest["output"]
        same = (record.sha256, record.bytes) == (said["sha256"], said["bytes"])
        asked = question.asks_about_people
        right = record.rows == said["rows"] and (not asked or people.counts().read == manifest["people"]["kept"])
    except (NdooError, *FORGED) as error:
        return (*paths, unread("export", error)), Met()
    rows = whole.counts()
    met = Met(people.counts().removed, rows.removed, sum(rows.held.values()), mentions.found) if asked else Met()
    promises = (
        *paths,
        Promise("digest", same, "Every byte is as it was published." if same else "A file was changed after it was published."),
        Promise("rows", right, "It holds the resources and people that were kept." if right
                else "It does not hold the resources and people that the manifest says were kept."),
        *(_people(whole, manifest, question, mentions.found) if asked else asking_nobody(manifest, question)),
    )  # fmt: skip
    return promises, met


def _sources(release: Release) -> dict[str, FhirFile]:
    """The files that the manifest names, in the order in which they were published."""
    return {path: source_of(release.place / path) for path in sorted(named_files(release) - {OF_A_FOLDER})}


def _people(whole: Settled, manifest: Manifest, question: Question, mentioned: list[str]) -> tuple[Promise, ...]:
    cleaned, type1 = question.cleaned, question.type1
    rows = whole.counts()
    astray = whole.astray
    linked = not astray and rows.kept_without_number == manifest["rows"]["kept_without_number"]
    by_list = rows.removed - whole.by_type1_alone
    undecided = rows.held.get(Undecided.TYPE1_UNDECIDED, 0)
    unknown = sum(rows.held.values()) - astray - undecided
    promises = [
        Promise("keys", linked, "Whatever a resource refers to is there, and none leads to nobody." if linked
                else f"{astray:,} resources lead to nobody, or to what is not there. Do not release this export."),
    ]  # fmt: skip
    if mentioned:
        promises.append(mentioning(mentioned))
    elif cleaned is not None:
        gone = not by_list and not unknown
        promises.append(
            Promise("nobody", gone, "Nothing in it leads to somebody whom the list withholds." if gone
                    else f"{by_list:,} resources lead to people whom this list withholds, and {unknown:,} cannot be shown to be "
                    "allowed. Do not release this export.")
        )  # fmt: skip
    if type1 is not None:
        clear = not whole.by_type1_alone and not undecided and (cleaned is not None or not unknown)
        promises.append(
            Promise("type1", clear, "Nothing in it leads to somebody with a Type 1 opt-out." if clear
                    else f"{whole.by_type1_alone:,} resources lead to people with a Type 1 opt-out, and {undecided:,} cannot be shown "
                    "to be without one. Do not release this export.")
        )  # fmt: skip
    return tuple(promises)
