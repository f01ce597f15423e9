"""Is this output what its manifest says, and is nobody in it whom the list withholds?

Five promises, each checked by itself so that the answer says which one failed:

1. seal: the manifest is as it was sealed, by the key that the reader expects, where they named one;
2. counts: read = kept + removed + held, for rows and for people;
3. digest: the file's bytes are those that were published;
4. rows: the file holds as many rows and people as the manifest says were kept;
5. nobody: no row belongs to somebody whom the list withholds or does not know, the rows without a number that
   the manifest justifies left aside;
6. type1: where coded entries are named, no row belongs to somebody with a Type 1 opt-out, or of whom nobody can say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NdooError, NoUsableList, UnfitData, UsageFault
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import (
    Columns,
    Counts,
    PeopleCounts,
    manifest_path,
    nobody_had_to_go,
    read_manifest,
    released_manifest,
    type1_applied,
)
from ndoo.evidence.seal import check_seal
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.columns import Watch, choose, choose_if_any, listed, refuse_unclassified
from ndoo.upholding.deciding import Deciding, Undecidable
from ndoo.upholding.dialect import Reading
from ndoo.upholding.formats import Dataset, open_dataset
from ndoo.upholding.mentions import Mentions
from ndoo.upholding.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_parts import parts_of
from ndoo.upholding.source import changed, fingerprint


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise, whether it is kept, and a sentence about it."""

    name: str
    kept: bool
    because: str


@dataclass(frozen=True, slots=True)
class Verification:
    """All promises in their order, and the key that sealed the manifest (None where the seal is broken)."""

    promises: tuple[Promise, ...]
    sealed_by: str | None

    @property
    def verified(self) -> bool:
        return all(promise.kept for promise in self.promises)


def verify(
    output: Path, cleaned: CleanedList | None, *, signed_by: str | None = None, nhs_number: str | None = None,
    type1: Objections | None = None, progress: Callable[[int], object],
) -> Verification:  # fmt: skip
    """Check an output against its manifest and a list, which may be a later one than the release was made with.

    Args:
        cleaned: None only for an output that was released because the opt-out does not apply, or of which Type 1
            opt-outs alone were removed.
        type1: the Type 1 opt-outs as they stand now; needed where nothing else was upheld.
        signed_by: the public key (base64) that must have sealed the manifest.
        nhs_number: the column that the reader expects to be the person's.

    Raises:
        UnfitData: there is no manifest, or it cannot be read.
        NoUsableList: no list, and the manifest needs one.
        UsageFault: `nhs_number` is not the manifest's column; the output is no regular file.
    """
    manifest = read_manifest(released_manifest(output))
    whole = nobody_had_to_go(manifest)
    needed(manifest, cleaned, type1)
    if nhs_number not in (None, manifest["columns"]["nhs_number"]):
        raise UsageFault("column-other", "The manifest names another column as the person's than --nhs-number does.")
    seal, sealed_by = sealed(manifest, signed_by)
    return Verification(
        (seal, counted(manifest), *_contents(output, manifest, None if whole else cleaned, type1, progress)), sealed_by
    )


def needed(manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None) -> None:
    """Raises NoUsableList where the manifest says that people were removed by what is not named now."""
    needs_list = not nobody_had_to_go(manifest) and manifest.get("list") is not None
    if cleaned is None and needs_list:
        raise NoUsableList("list-missing", "People were to be removed from this file: name the list to verify it with.")
    if type1 is None and not needs_list and type1_applied(manifest):
        raise NoUsableList(
            "type1-missing", "Type 1 opt-outs were removed from this file: name the coded entries to verify it with."
        )


def needs_no_list(output: Path) -> bool:
    """Does the manifest say that no list was upheld? False where there is no manifest."""
    try:
        manifest = read_manifest(released_manifest(output))
    except UnfitData:
        return False
    return nobody_had_to_go(manifest) or manifest.get("list") is None


def described(output: Path) -> tuple[Columns, Reading]:
    """How the manifest says the output is to be read: its columns, and how its text is written.

    Raises:
        UnfitData: there is no manifest, or it cannot be read.
    """
    try:
        return _described(read_manifest(manifest_path(output)))
    except (TypeError, ValueError, AttributeError, LookupError):
        raise UnfitData("manifest-description", "The manifest's description of the file cannot be read.") from None


def _described(manifest: dict[str, Any]) -> tuple[Columns, Reading]:
    dialect = manifest["output"].get("dialect") or {}
    reading = Reading(**{k: dialect[k] for k in ("delimiter", "encoding", "quotes", "header") if k in dialect})
    columns = Columns(
        manifest["columns"]["nhs_number"],
        "manifest",
        tuple(manifest["columns"]["also"]),
        tuple(manifest["columns"]["ignored"]),
    )
    return columns, reading


def sealed(manifest: dict[str, Any], signed_by: str | None) -> tuple[Promise, str | None]:
    """The first promise, and who sealed the manifest (None where the seal is broken)."""
    try:
        key = check_seal(manifest)
    except UnfitData as error:
        return Promise("seal", False, error.sentence), None
    if signed_by is not None and key != signed_by:
        return Promise("seal", False, "The manifest was sealed by another key than the one you named."), key
    return Promise("seal", True, "The manifest is as it was sealed."), key


def counted(manifest: dict[str, Any]) -> Promise:
    """The second promise."""
    rows, people = manifest["rows"], manifest["people"]
    try:
        whole = (
            rows["read"] == rows["kept"] + rows["removed"] + sum(rows["held"].values())
            and people["read"] == people["kept"] + people["removed"] + people["held"]
            and manifest["input"]["rows"] == rows["read"]
            and manifest["output"]["rows"] == rows["kept"]
            and (not rows["kept_without_number"] or manifest["undecided"]["mode"] == Undecidable.KEEP_MISSING)
        )
    except (TypeError, AttributeError):
        whole = False
    return Promise(
        "counts",
        whole,
        "Read is kept and removed and held, exactly." if whole else "The manifest's counts do not add up.",
    )


def _contents(
    output: Path,
    manifest: dict[str, Any],
    cleaned: CleanedList | None,
    type1: Objections | None,
    progress: Callable[[int], object],
) -> tuple[Promise, ...]:
    said = manifest["output"]
    before = fingerprint(output)
    try:
        columns, reading = _described(manifest)
        with ThreadPoolExecutor(1) as worker:
            dataset: Dataset | ParquetFolder
            if output.is_dir():
                dataset = ParquetFolder(parts_of(output, released=True), columns.classified)
            else:
                dataset = open_dataset(output, reading, worker)
            asked = cleaned is not None or type1 is not None
            mentions = Mentions(dataset.names, columns.classified, cleaned, type1) if asked else None
            watch = Watch(dataset.names, mentions)
            (choose if asked else choose_if_any)(watch, columns.nhs_number, columns.also, columns.ignored)
            without = manifest["rows"]["kept_without_number"]
            deciding = Deciding(
                cleaned, len(columns.keys), type1=type1, keep_missing=bool(without), crowded=dataset.crowded
            )
            record = dataset.stream(columns, deciding, watch, None, None, progress)
            if asked:
                refuse_unclassified(watch, columns)
        if fingerprint(output) != before:
            raise changed()
    except (
        NdooError,
        TypeError,
        ValueError,
        AttributeError,
        LookupError,
    ) as error:  # a forged description may be anything
        sentence = (
            error.sentence if isinstance(error, NdooError) else "The manifest's description of the file cannot be read."
        )
        return (Promise("digest", False, f"The file cannot be read as it was published. {sentence}"),)
    rows, people = deciding.rows(), deciding.people()
    same = record.sha256 == said["sha256"] and record.bytes == said["bytes"]
    counted = record.rows == said["rows"] and people.read == manifest["people"]["kept"]
    return (
        Promise("digest", same, "The file's bytes are those that were published." if same else "The file was changed after it was published."),
        Promise("rows", counted, "It holds the rows and people that were kept." if counted
                else "It does not hold the rows and people that the manifest says were kept."),
        *on_people(
            Found(rows, people, deciding.by_type1(), tuple(mentions.found) if mentions else ()), manifest, cleaned, type1,
        ),
    )  # fmt: skip


def mentioning(names: Sequence[str]) -> Promise:
    """The broken promise of rows that hold a withheld person's number in columns that nobody classified."""
    return Promise(
        "nobody",
        False,
        f"Numbers of people who may not be released stand in another column: {listed(names)}. Do not release this.",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What a list makes of the rows that were released, which all should stay."""

    rows: Counts
    people: PeopleCounts
    by_type1: dict[str, dict[str, int]]
    """As `Deciding.by_type1`."""
    mentioned: Sequence[str] = ()
    """Columns that nobody classified, in which the number of somebody withheld stands."""


def on_people(
    found: Found, manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None, *, of: str = "file"
) -> tuple[Promise, ...]:
    """The promises `nobody` and, where coded entries are named, `type1`.

    Args:
        of: what was released.
    """
    promises = [mentioning(found.mentioned) if found.mentioned else _nobody(found, manifest, cleaned, of)]
    return (*promises, _no_type1(found, cleaned, of)) if type1 else tuple(promises)


def _nobody(found: Found, manifest: dict[str, Any], cleaned: CleanedList | None, of: str) -> Promise:
    """As far as the list goes."""
    rows, alone = found.rows, found.by_type1
    as_justified = rows.kept_without_number == manifest["rows"]["kept_without_number"]
    if cleaned is None:
        said = (
            "The opt-out does not apply to this flow (see the manifest): nobody was to be removed."
            if nobody_had_to_go(manifest)
            else f"No list of national opt-outs was upheld on this {of}: it was released for Type 1 opt-outs alone."
        )
        return Promise("nobody", as_justified, said)
    removed = rows.removed - alone["rows"]["removed_by_it_alone"]
    people = found.people.removed - alone["people"]["removed_by_it_alone"]
    unknown = sum(rows.held.values()) - rows.held.get(Undecided.TYPE1_UNDECIDED, 0)
    if not removed and not unknown and as_justified:
        return Promise("nobody", True, "Nobody in it is withheld by the list.")
    return Promise(
        "nobody",
        False,
        f"{people:,} people in {removed:,} rows are withheld by this list, and {unknown:,} rows cannot be shown to be "
        f"allowed. Do not release this {of}.",
    )


def _no_type1(found: Found, cleaned: CleanedList | None, of: str) -> Promise:
    """As far as Type 1 opt-outs go; where there is no list, a row of nobody known breaks this promise."""
    alone, held = found.by_type1, found.rows.held
    unknown = held.get(Undecided.TYPE1_UNDECIDED, 0) if cleaned else sum(held.values())
    if not alone["rows"]["removed"] and not unknown:
        return Promise("type1", True, "Nobody in it has a Type 1 opt-out.")
    return Promise(
        "type1",
        False,
        f"{alone['people']['removed']:,} people in it have a Type 1 opt-out, in {alone['rows']['removed']:,} rows, and "
        f"{unknown:,} rows cannot be shown to be without one. Do not release this {of}.",
    )
