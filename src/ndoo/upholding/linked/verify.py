"""Is this folder what its manifest says, and does nothing in it lead to somebody whom the list withholds?

The promises are those of a file (`upholding/verify.py`), over all tables, and one more:

keys: every row that leads to people is walked anew; whatever it leads to is there, and none leads to nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from ndoo.domain.errors import NdooError, UsageFault
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import OF_A_FOLDER, Counts, FileRecord, nobody_had_to_go, read_manifest
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.linked.descriptor import Package, read_package
from ndoo.upholding.linked.folder_manifest import inputs_of, named_in, of_files, whole
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.job import mentioned_in
from ndoo.upholding.linked.tables import Choice, as_settled, opened
from ndoo.upholding.linked.walk import Walk, Walked
from ndoo.upholding.source import changed, fingerprint
from ndoo.upholding.verify import Promise, Verification, mentioning, needed, sealed

_UNLINKED = (str(Undecided.ORPHAN), str(Undecided.MISSING), str(Undecided.AMBIGUOUS))


def verify_folder(
    output: Path, cleaned: CleanedList | None, *, signed_by: str | None = None, nhs_number: str | None = None,
    type1: Objections | None = None, progress: Callable[[int], object],
) -> Verification:  # fmt: skip
    """Check a released folder against its manifest and a list; the arguments and the errors are those of `verify.verify`."""
    manifest = read_manifest(output / OF_A_FOLDER)
    nobody = nobody_had_to_go(manifest)
    needed(manifest, cleaned, type1)
    if nhs_number not in (None, manifest["columns"]["nhs_number"]):
        raise UsageFault("column-other", "The manifest names another column as the person's than --nhs-number does.")
    seal, sealed_by = sealed(manifest, signed_by)
    given = None if nobody else cleaned
    return Verification((seal, counts(manifest), *_contents(output, manifest, given, type1, progress)), sealed_by)


def counts(manifest: dict[str, Any]) -> Promise:
    """Table by table, and all of them together."""
    people = manifest["people"]
    try:
        tables = list(manifest["tables"].values())
        right = people["read"] == people["kept"] + people["removed"] + people["held"] and all(
            _adds_up(one["rows"]) and one["input"]["rows"] == one["rows"]["read"] and one["output"]["rows"] == one["rows"]["kept"]
            for one in tables
        ) and _adds_up(manifest["rows"])  # fmt: skip
        for name in ("read", "kept", "removed", "kept_without_number"):
            right = right and manifest["rows"][name] == sum(one["rows"][name] for one in tables)
        if manifest["rows"]["kept_without_number"]:
            right = right and manifest["undecided"]["mode"] == Undecidable.KEEP_MISSING
    except (TypeError, AttributeError, LookupError):
        right = False
    return Promise(
        "counts",
        right,
        "Read is kept and removed and held, exactly, in every table."
        if right
        else "The manifest's counts do not add up.",
    )


def _adds_up(rows: Mapping[str, Any]) -> bool:
    return bool(rows["read"] == rows["kept"] + rows["removed"] + sum(rows["held"].values()))


def _contents(
    output: Path, manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None,
    progress: Callable[[int], object],
) -> tuple[Promise, ...]:  # fmt: skip
    try:
        package = read_package(output, manifest=True)
        before = [fingerprint(output / path) for path in package.paths]
        people = People(cleaned, type1, keep_missing=bool(manifest["rows"]["kept_without_number"]))
        with ThreadPoolExecutor(1) as worker:
            tables = opened(output, package, worker)
            asked = cleaned is not None or type1 is not None
            choice = _choice(manifest, tables) if asked else Choice(None, "", {})
            walked = Walk(tables, choice, people, progress, watching=asked).through(lambda _: (None, None))
        if [fingerprint(output / path) for path in package.paths] != before:
            raise changed()
        same, counted = _digests(package, manifest, walked), _rows(manifest, walked)
    except (NdooError, TypeError, ValueError, AttributeError, LookupError) as error:  # a forged one may say anything
        sentence = (
            error.sentence
            if isinstance(error, NdooError)
            else "The manifest's description of the folder cannot be read."
        )
        return (Promise("digest", False, f"The folder cannot be read as it was published. {sentence}"),)
    objecting = people.by_type1()["removed"] if type1 else None
    if asked:
        counted = counted and people.counts().read == manifest["people"]["kept"]
    return (
        Promise("digest", same, "Every file's bytes are those that were published, and there is no other." if same
                else "A file was changed after it was published, or is another one."),
        Promise("rows", counted, "Every table holds the rows that were kept, and all the people." if counted
                else "The tables do not hold the rows and people that the manifest says were kept."),
        *(nothing_leads_to_the_withheld(walked, objecting, manifest, cleaned, mentioned=mentioned_in(walked)) if asked else
          (Promise("nobody", True, "The opt-out does not apply to this flow (see the manifest): nobody was to be removed."),)),
    )  # fmt: skip


def _choice(manifest: dict[str, Any], tables: Any) -> Choice:
    """The columns as they were settled then: by the first rows of the output, another column could seem to hold numbers."""
    columns = manifest["columns"]
    return as_settled(tables, columns["nhs_number"], manifest["tables"], columns["ignored"])


def _digests(package: Package, manifest: dict[str, Any], walked: list[Walked]) -> bool:
    """Each table, the descriptor, and the digest over all files."""
    said, descriptor, inputs = manifest["output"], package.raw, inputs_of(walked)
    record = whole("", inputs, package, descriptor)
    return bool(
        (record.sha256, record.bytes) == (said["sha256"], said["bytes"])
        and hashlib.sha256(descriptor).hexdigest() == manifest["descriptor"]["sha256"]
        and {*package.paths, OF_A_FOLDER} == named_in(manifest)
        and {name: table["output"]["sha256"] for name, table in manifest["tables"].items()}
        == {one.name: _as_one(one).sha256 for one in walked}
    )


def _rows(manifest: dict[str, Any], walked: list[Walked]) -> bool:
    return all(_as_one(one).rows == manifest["tables"][one.name]["output"]["rows"] for one in walked)


def _as_one(one: Walked) -> FileRecord:
    return of_files(one.name, {passed.path: passed.input for passed in one.files})


class Judged(Protocol):
    """What one table came to."""

    @property
    def name(self) -> str: ...
    @property
    def leads_to_person(self) -> bool: ...
    @property
    def rows(self) -> Counts: ...
    @property
    def removed_by_type1_alone(self) -> int: ...


def nothing_leads_to_the_withheld(
    walked: Sequence[Judged], objecting: int | None, manifest: dict[str, Any], cleaned: CleanedList | None, *,
    of: str = "folder", mentioned: Sequence[str] = (),
) -> tuple[Promise, ...]:  # fmt: skip
    """The promises on keys and people.

    Args:
        objecting: how many people have a Type 1 opt-out; None where these were not looked up.
        of: what the tables are together.
        mentioned: columns that nobody classified, in which the number of somebody withheld stands.
    """
    held = {reason: sum(one.rows.held.get(reason, 0) for one in walked) for reason in map(str, Undecided)}
    without = sum(one.rows.kept_without_number for one in walked) == manifest["rows"]["kept_without_number"]
    as_led = {one.name: one.leads_to_person for one in walked} == {
        name: table["leads_to_person"] for name, table in manifest["tables"].items()
    }
    astray = sum(held[reason] for reason in _UNLINKED)
    by_type1 = sum(one.removed_by_type1_alone for one in walked)
    by_list = sum(one.rows.removed for one in walked) - by_type1
    type1_unknown = held[Undecided.TYPE1_UNDECIDED]
    unknown = sum(held.values()) - type1_unknown - astray
    keys = not astray and as_led and without
    promises = [
        Promise("keys", keys, "Whatever a row leads to is there, and none leads to nobody." if keys
                else f"{astray:,} rows lead to nobody, or to a row that is not there. Do not release this {of}."),
    ]  # fmt: skip
    if mentioned:
        promises.append(mentioning(mentioned))
    elif cleaned is None:
        promises.append(
            Promise("nobody", True, f"No list of national opt-outs was upheld: the {of} was released for Type 1 opt-outs alone.")
        )  # fmt: skip
    else:
        gone = not by_list and not unknown
        promises.append(
            Promise("nobody", gone, "Nothing in it leads to somebody whom the list withholds." if gone
                    else f"{by_list:,} rows lead to people whom this list withholds, and {unknown:,} rows cannot be shown to be "
                    f"allowed. Do not release this {of}.")
        )  # fmt: skip
    if objecting is not None:
        clear = not by_type1 and not objecting and not type1_unknown and (cleaned is not None or not unknown)
        promises.append(
            Promise("type1", clear, "Nothing in it leads to somebody with a Type 1 opt-out." if clear
                    else f"{objecting:,} people in it have a Type 1 opt-out, and {type1_unknown:,} rows cannot be shown to be without "
                    f"one. Do not release this {of}.")
        )  # fmt: skip
    return tuple(promises)
