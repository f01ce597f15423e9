"""Is this folder what its manifest says, and does nothing in it lead to somebody whom the list withholds?

The promises are those of a file (`upholding/verify.py`), over all tables, and one more:

keys: every row that leads to people is walked anew; whatever it leads to is there, and none leads to nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any, Protocol

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import Counts, FileRecord, Manifest
from ndoo.evidence.release import Release, named_files
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.linked.descriptor import Package, read_package
from ndoo.upholding.linked.folder_manifest import inputs_of, of_files, whole
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.tables import Choice, as_settled, nobodys_named, opened
from ndoo.upholding.linked.undeclared import Undeclared
from ndoo.upholding.linked.walk import Walk, Walked, mentioned_in
from ndoo.upholding.source import changed, fingerprint
from ndoo.upholding.verification import FORGED, Met, Promise, Question, Verification, judge_paths
from ndoo.upholding.verify import asking_nobody, mentioning, sealed, unread

_UNLINKED = (str(Undecided.ORPHAN), str(Undecided.MISSING), str(Undecided.AMBIGUOUS))


def verify_folder(release: Release, question: Question, progress: Callable[[int], object]) -> Verification:
    """Check a released folder against its manifest and the lists; the errors are those of `verify.verify_file`."""
    manifest = release.manifest
    question.judge(manifest)
    seal, sealed_by = sealed(manifest, question.signed_by)
    contents, met = _contents(release, question, progress)
    return Verification((seal, counts(manifest), *contents), sealed_by, met)


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
    release: Release, question: Question, progress: Callable[[int], object]
) -> tuple[tuple[Promise, ...], Met]:
    output, manifest, cleaned, type1 = release.place, release.manifest, question.cleaned, question.type1
    paths, there = judge_paths(release)
    if not there:
        return (paths, unread("folder", None)), Met()
    try:
        package = read_package(output, released=True)
        before = [fingerprint(output / path) for path in package.paths]
        people = People(cleaned, type1, keep_missing=bool(manifest["rows"]["kept_without_number"]))
        with ThreadPoolExecutor(1) as worker:
            tables = opened(output, package, worker)
            asked = question.asks_about_people
            # where no column names people, every cell of every table is looked at instead
            named = asked and manifest["columns"]["nhs_number"] is not None
            choice = _choice(manifest, tables) if named else Choice(None, "", {})
            nobodys = nobodys_named(tables, manifest.get("leads_to_nobody", ())) if named else None
            walk = Walk(
                tables,
                choice,
                people,
                progress,
                watching=named,
                ignored=manifest["columns"]["ignored"],
                nobodys=nobodys,
            )
            walked, undeclared = walk.through(lambda _: (None, None))
        if [fingerprint(output / path) for path in package.paths] != before:
            raise changed()
        same, counted = _digests(package, release, walked), _rows(manifest, walked)
        objecting = people.by_type1()["removed"] if type1 else None
        met = Met(ignored=[sighting for one in walked for sighting in one.ignored])
        if asked:
            counted = counted and people.counts().read == manifest["people"]["kept"]
            held = sum(sum(one.rows.held.values()) for one in walked)
            rows = sum(one.rows.removed for one in walked)
            met = Met(people.counts().removed, rows, held, mentioned_in(walked), met.ignored)
        people_in_it = (
            nothing_leads_to_the_withheld(
                walked, objecting, manifest, question, mentioned=mentioned_in(walked), undeclared=undeclared
            )
            if asked
            else asking_nobody(manifest, question)
        )
    except (NdooError, *FORGED) as error:
        return (paths, unread("folder", error)), Met()
    promises = (
        paths,
        Promise("digest", same, "Every file's bytes are those that were published." if same
                else "A file was changed after it was published, or is another one."),
        Promise("rows", counted, "Every table holds the rows that were kept, and all the people." if counted
                else "The tables do not hold the rows and people that the manifest says were kept."),
        *people_in_it,
    )  # fmt: skip
    return promises, met


def _choice(manifest: dict[str, Any], tables: Any) -> Choice:
    """The columns as they were settled then: by the first rows of the output, another column could seem to hold numbers."""
    columns = manifest["columns"]
    return as_settled(tables, columns["nhs_number"], manifest["tables"], columns["ignored"])


def _digests(package: Package, release: Release, walked: list[Walked]) -> bool:
    """Each table and each file of it, the descriptor's files, and the digest over all."""
    manifest = release.manifest
    said, descriptor, inputs = manifest["output"], package.raw, inputs_of(walked)
    record = whole("", inputs, package, descriptor)
    pieces = [piece for table in manifest["tables"].values() for piece in table.get("files", ())]
    return bool(
        (record.sha256, record.bytes) == (said["sha256"], said["bytes"])
        and hashlib.sha256(descriptor).hexdigest() == manifest["descriptor"]["sha256"]
        and {*package.paths} == named_files(replace(release, drafted=True))
        and all(piece["output"] == asdict(inputs[piece["path"]]) for piece in pieces)
        and all(
            one["sha256"] == hashlib.sha256(package.files[one["path"]]).hexdigest()
            for one in manifest["descriptor"].get("files", ())
        )
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
    walked: Sequence[Judged], objecting: int | None, manifest: Manifest, question: Question, *,
    undeclared: Undeclared, of: str = "folder", mentioned: Sequence[str] = (),
) -> tuple[Promise, ...]:  # fmt: skip
    """The promises on keys and people.

    Args:
        objecting: how many people have a Type 1 opt-out; None where these were not looked up.
        undeclared: columns that may lead to people although no key says so.
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
        Promise("keys", keys and not undeclared.stops, "Whatever a row leads to is there, and none leads to nobody."
                if keys and not undeclared.stops else
                f"No key says to whom these columns lead, and they hold what may be keys of people: {undeclared}. Their rows were "
                f"released whole. Do not release this {of}." if keys else
                f"{astray:,} rows lead to nobody, or to a row that is not there. Do not release this {of}."),
    ]  # fmt: skip
    if mentioned:
        promises.append(mentioning(mentioned))
    elif question.cleaned is None and not question.leaves_list_out(manifest):
        promises.append(
            Promise("nobody", True, f"No list of national opt-outs was upheld: the {of} was released for Type 1 opt-outs alone.")
        )  # fmt: skip
    elif question.cleaned is not None:
        gone = not by_list and not unknown
        promises.append(
            Promise("nobody", gone, "Nothing in it leads to somebody whom the list withholds." if gone
                    else f"{by_list:,} rows lead to people whom this list withholds, and {unknown:,} rows cannot be shown to be "
                    f"allowed. Do not release this {of}.")
        )  # fmt: skip
    if objecting is not None:
        clear = not by_type1 and not objecting and not type1_unknown and (question.cleaned is not None or not unknown)
        promises.append(
            Promise("type1", clear, "Nothing in it leads to somebody with a Type 1 opt-out." if clear
                    else f"{objecting:,} people in it have a Type 1 opt-out, and {type1_unknown:,} rows cannot be shown to be without "
                    f"one. Do not release this {of}.")
        )  # fmt: skip
    return tuple(promises)
