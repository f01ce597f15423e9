"""Is this output what its manifest says, and is nobody in it whom the list withholds?

The promises, each checked by itself so that the answer says which one failed:

1. seal: the manifest is as it was sealed, by the key that the reader expects, where they named one;
2. counts: read = kept + removed + held, for rows and for people;
3. paths: a folder holds the files that the manifest names, and nothing else;
4. digest: the file's bytes are those that were published;
5. rows: the file holds as many rows and people as the manifest says were kept;
6. nobody: no row belongs to somebody whom the list withholds or does not know, the rows without a number that
   the manifest justifies left aside;
7. type1: where coded entries are named, no row belongs to somebody with a Type 1 opt-out, or of whom nobody can say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import Columns, Counts, FileRecord, Manifest, PeopleCounts, nobody_had_to_go
from ndoo.evidence.release import Kind, Release, release_at
from ndoo.evidence.seal import check_seal
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.columns import Watch, choose, choose_if_any, listed, refuse_unclassified
from ndoo.upholding.deciding import Deciding, Undecidable
from ndoo.upholding.dialect import Reading
from ndoo.upholding.formats import Dataset, open_dataset
from ndoo.upholding.mentions import Mentions
from ndoo.upholding.source import changed, fingerprint
from ndoo.upholding.verification import FORGED, Met, Promise, Question, Verification, judge_paths

if TYPE_CHECKING:
    from ndoo.upholding.parquet_folder import ParquetFolder


def verify_file(release: Release, question: Question, progress: Callable[[int], object]) -> Verification:
    """Check a file, or a folder of Parquet, against its manifest and the lists of the question.

    Raises:
        NoUsableList, UsageFault: see `Question.judge`.
    """
    manifest = release.manifest
    question.judge(manifest)
    seal, sealed_by = sealed(manifest, question.signed_by)
    contents, met = _contents(release, question, progress)
    return Verification((seal, counted(manifest), *contents), sealed_by, met)


def described(output: Path) -> tuple[Columns, Reading]:
    """How the manifest says the output is to be read: its columns, and how its text is written.

    Raises:
        UnfitData: there is no manifest, or it cannot be read.
    """
    try:
        return _described(release_at(output).manifest)
    except (TypeError, ValueError, AttributeError, LookupError):
        raise UnfitData("manifest-description", "The manifest's description of the file cannot be read.") from None


def _described(manifest: dict[str, Any]) -> tuple[Columns, Reading]:
    dialect = manifest["output"].get("dialect") or {}
    reading = Reading.of_release(dialect)
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
    release: Release, question: Question, progress: Callable[[int], object]
) -> tuple[tuple[Promise, ...], Met]:
    output, manifest = release.place, release.manifest
    paths = tuple[Promise, ...]()
    folder = release.kind is Kind.PARQUET_FOLDER
    if folder:
        promise, there = judge_paths(release)
        paths = (promise,)
        if not there:
            return (*paths, unread("folder", None)), Met()
    before = fingerprint(output)
    try:
        named, reading = _described(manifest)
        with ThreadPoolExecutor(1) as worker:
            dataset = _folder(release, named) if folder else open_dataset(output, reading, worker)
            asked = question.asks_about_people
            columns = _columns(dataset, named, asked=asked)
            looking = asked or bool(columns.ignored)
            mentions = Mentions(dataset.names, columns.keys, question.cleaned, question.type1) if looking else None
            watch = Watch(dataset.names, mentions)
            without = manifest["rows"]["kept_without_number"]
            deciding = Deciding(
                question.cleaned,
                len(columns.keys),
                type1=question.type1,
                keep_missing=bool(without),
                crowded=dataset.crowded,
            )
            record = dataset.stream(columns, deciding, watch, None, None, progress)
            if asked or question.leaves_list_out(manifest):
                refuse_unclassified(watch, columns)
        if fingerprint(output) != before:
            raise changed()
        same = not folder or _has_same_parts(dataset, manifest)
        contents = Contents(record, dataset.names, columns, deciding, mentions, same_parts=same)
        promises, met = judge_contents(contents, manifest, question)
    except (NdooError, *FORGED) as error:  # a forged description may be anything
        return (*paths, unread("file", error)), Met()
    return (*paths, *promises), met


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found in a file: in a release that was read, or in a draft while it was written."""

    record: FileRecord
    names: Sequence[str]
    """Of its columns."""
    columns: Columns
    """Those by which it was looked at."""
    deciding: Deciding
    """What the lists of the question make of its rows, which all should stay."""
    mentions: Mentions | None
    """What stands in its other columns; None where nobody looked."""
    same_parts: bool = True
    """Is each file of a folder the one that its manifest names?"""


def verify_written(draft: Release, contents: Contents, question: Question) -> Verification:
    """As `verify_file`, of the draft of a file that was read while it was written; now only its heading is."""
    seal, sealed_by = sealed(draft.manifest, question.signed_by)
    try:
        named, reading = _described(draft.manifest)
        with ThreadPoolExecutor(1) as worker:
            dataset = open_dataset(draft.place, reading, worker)
        _columns(dataset, named, asked=question.asks_about_people)
        if list(dataset.names) != list(contents.names):
            raise UnfitData("columns-other", "Its heading names other columns.")
        promises, met = judge_contents(contents, draft.manifest, question)
    except (NdooError, *FORGED) as error:
        promises, met = (unread("file", error),), Met()
    return Verification((seal, counted(draft.manifest), *promises), sealed_by, met)


def judge_contents(contents: Contents, manifest: Manifest, question: Question) -> tuple[tuple[Promise, ...], Met]:
    """The promises of a file on its digest, its rows and its people, and who was met in it."""
    said, record, columns, mentions = manifest["output"], contents.record, contents.columns, contents.mentions
    rows, people, asked = contents.deciding.rows(), contents.deciding.people(), question.asks_about_people
    as_said = (record.sha256, record.bytes, record.format) == (said["sha256"], said["bytes"], said["format"])
    same = as_said and contents.same_parts
    everybody = columns.nhs_number != manifest["columns"]["nhs_number"] or people.read == manifest["people"]["kept"]
    counted = record.rows == said["rows"] and everybody
    ignored = mentions.seen_in(columns.ignored) if mentions else ()
    mentioned = tuple(name for name in mentions.found if name not in columns.ignored) if mentions and asked else ()
    found = Found(rows, people, contents.deciding.by_type1(), mentioned)
    promises = (
        Promise("digest", same, "The file's bytes are those that were published." if same else "The file was changed after it was published."),
        Promise("rows", counted, "It holds the rows and people that were kept." if counted
                else "It does not hold the rows and people that the manifest says were kept."),
        *on_people(found, manifest, question),
    )  # fmt: skip
    return promises, replace(found.met if asked else Met(), ignored=ignored)


def _folder(release: Release, named: Columns) -> ParquetFolder:
    from ndoo.upholding.parquet_folder import ParquetFolder  # text is verified without the library of Arrow
    from ndoo.upholding.parquet_parts import parts_named, parts_of

    return ParquetFolder(parts_of(release.place, named=parts_named(release)), named.classified)


def _has_same_parts(dataset: Any, manifest: Manifest) -> bool:
    from ndoo.upholding.parquet_parts import told_of

    return manifest.get("files") in (None, told_of(dataset.files))


def _columns(dataset: Dataset | ParquetFolder, named: Columns, *, asked: bool) -> Columns:
    """Those of the manifest, once they are found to be there; where it names no person and lists ask, what the data shows."""
    watch = Watch(dataset.names)
    if asked and named.nhs_number is None:
        dataset.preview(watch)
        return choose_if_any(watch, None, named.also, named.ignored)
    (choose if asked else choose_if_any)(watch, named.nhs_number, named.also, named.ignored)
    return named


def unread(what: str, error: Exception | None) -> Promise:
    """The broken promise of a release that cannot be read as its manifest describes it."""
    if error is None:
        return Promise("digest", False, f"The {what} cannot be read as it was published.")
    said = (
        error.sentence if isinstance(error, NdooError) else f"The manifest's description of the {what} cannot be read."
    )
    return Promise("digest", False, f"The {what} cannot be read as it was published. {said}")


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

    @property
    def met(self) -> Met:
        """The same in numbers."""
        return Met(self.people.removed, self.rows.removed, sum(self.rows.held.values()), self.mentioned)


def asking_nobody(manifest: Manifest, question: Question) -> tuple[Promise, ...]:
    """The promise `nobody` where nobody was to go; where the list was left out, there is none."""
    said = "The opt-out does not apply to this flow (see the manifest): nobody was to be removed."
    return () if question.leaves_list_out(manifest) else (Promise("nobody", True, said),)


def on_people(found: Found, manifest: Manifest, question: Question, *, of: str = "file") -> tuple[Promise, ...]:
    """The promises `nobody`, unless the list that it takes was left out, and, where coded entries are named, `type1`.

    Args:
        of: what was released.
    """
    promises = []
    if found.mentioned:
        promises.append(mentioning(found.mentioned))
    elif not question.leaves_list_out(manifest):
        promises.append(_nobody(found, manifest, question.cleaned, of))
    return (*promises, _no_type1(found, question.cleaned, of)) if question.type1 else tuple(promises)


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
