"""Is this FHIR export what its manifest says, and does nothing in it lead to somebody whom the list withholds?

The promises are those of linked tables (`upholding/linked/verify.py`); what resources refer to is walked anew.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NdooError, UnfitData, UsageFault
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import OF_A_FOLDER, FileRecord, nobody_had_to_go, read_manifest, released_manifest
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.fhir.job import COLUMN, FORMAT, sources_in, types_in, whole_folder
from ndoo.upholding.fhir.pieces import source_of
from ndoo.upholding.fhir.walk import Settled, settled
from ndoo.upholding.linked.following import People
from ndoo.upholding.source import Source, changed, fingerprint
from ndoo.upholding.verify import Promise, Verification, counted, mentioning, needed, sealed


def is_fhir_release(output: Path) -> bool:
    """Does its manifest say that it is FHIR?"""
    try:
        return bool(read_manifest(released_manifest(output))["output"]["format"] == FORMAT)
    except UnfitData:
        return False


def verify_fhir(
    output: Path, cleaned: CleanedList | None, *, signed_by: str | None = None, nhs_number: str | None = None,
    type1: Objections | None = None, progress: Callable[[int], object],
) -> Verification:  # fmt: skip
    """Check a released export against its manifest and a list; the arguments and the errors are those of `verify.verify`."""
    manifest = read_manifest(released_manifest(output))
    needed(manifest, cleaned, type1)
    if nhs_number not in (None, COLUMN):
        raise UsageFault("column-other", "The manifest names another column as the person's than --nhs-number does.")
    seal, sealed_by = sealed(manifest, signed_by)
    given = None if nobody_had_to_go(manifest) else cleaned
    return Verification((seal, counted(manifest), *_contents(output, manifest, given, type1, progress)), sealed_by)


def _contents(
    output: Path, manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None,
    progress: Callable[[int], object],
) -> tuple[Promise, ...]:  # fmt: skip
    try:
        folder = output.is_dir()
        sources = sources_in(output, ours=(OF_A_FOLDER,)) if folder else {output.name: source_of(output)}
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
        asked = cleaned is not None or type1 is not None
        right = record.rows == said["rows"] and (not asked or people.counts().read == manifest["people"]["kept"])
    except (NdooError, TypeError, ValueError, LookupError) as error:  # a forged description may be anything
        sentence = (
            error.sentence
            if isinstance(error, NdooError)
            else "The manifest's description of the export cannot be read."
        )
        return (Promise("digest", False, f"The export cannot be read as it was published. {sentence}"),)
    return (
        Promise("digest", same, "Every byte is as it was published." if same else "A file was changed after it was published."),
        Promise("rows", right, "It holds the resources and people that were kept." if right
                else "It does not hold the resources and people that the manifest says were kept."),
        *(_people(whole, manifest, cleaned, type1, mentions.found) if asked else
          (Promise("nobody", True, "The opt-out does not apply to this flow (see the manifest): nobody was to be removed."),)),
    )  # fmt: skip


def _people(
    whole: Settled,
    manifest: dict[str, Any],
    cleaned: CleanedList | None,
    type1: Objections | None,
    mentioned: list[str],
) -> tuple[Promise, ...]:
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
