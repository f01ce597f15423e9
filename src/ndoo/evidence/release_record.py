"""What a manifest of a release is made of: the records of what was read and released, the counts, the columns and the lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from ndoo.domain.answers import Provenance
from ndoo.evidence.document import DocumentPart, JsonObject


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as it was read or written. `bytes` and `sha256` are of the file as stored, compression included."""

    name: str
    sha256: str
    bytes: int
    format: str
    rows: int
    dialect: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One table as it was read or written where it lies. `name` says where, without credentials.

    `sha256` is of its rows in any order, made by the database itself as `format` names it; None where nobody made one.
    """

    name: str
    format: str
    rows: int
    sha256: str | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A file, a folder or a table as a manifest describes it, whoever wrote that; see `FileRecord` and `TableRecord`."""

    name: str
    format: str
    rows: int
    sha256: str | None
    bytes: int | None
    dialect: JsonObject | None

    @classmethod
    def of(cls, said: DocumentPart) -> Self:
        """Raises TypeError, LookupError where it makes no sense."""
        dialect = said.part("dialect") if said.said("dialect") is not None else None
        return cls(
            said.text("name"),
            said.text_if_any("format") or "",
            said.count("rows"),
            said.text_if_any("sha256"),
            said.count_if_any("bytes"),
            dialect.members if dialect else None,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """read = kept + removed + held, exactly."""

    read: int
    kept: int
    removed: int
    held: dict[str, int] = field(default_factory=dict)
    kept_without_number: int = 0

    @property
    def adds_up(self) -> bool:
        return self.read == self.kept + self.removed + sum(self.held.values())


def read_counts(said: DocumentPart) -> Counts:
    """Counts as a manifest says them. Raises TypeError, LookupError where they make no sense."""
    return Counts(
        said.count("read"),
        said.count("kept"),
        said.count("removed"),
        said.counts("held"),
        said.count("kept_without_number"),
    )


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """Distinct people with a valid number in the row's own column: read = kept + removed + held."""

    read: int
    kept: int
    removed: int
    held: int

    @property
    def adds_up(self) -> bool:
        return self.read == self.kept + self.removed + self.held


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column named the person, how it was found, and what became of the other columns of NHS numbers."""

    nhs_number: str | None
    """None only where the opt-out does not apply and no column names a person."""
    found: str
    also: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns by which each row is decided on, the person's own first."""
        return () if self.nhs_number is None else (self.nhs_number, *self.also)

    @property
    def classified(self) -> tuple[str, ...]:
        """Every column of which somebody said, or the data showed, what it is."""
        return (*self.keys, *self.also, *self.ignored)


@dataclass(frozen=True, slots=True)
class Warned:
    """What a person should look at before the output is released, although it stopped nothing."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class UndecidedPolicy:
    """What was done with rows whose person could not be decided on, and why it may be."""

    mode: str
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class ByChance:
    """Ten digits inside other digits that are the number of somebody withheld, as chance has it: in which column, how many were
    met, and how many were to be expected."""

    column: str
    met: int
    expected: float


@dataclass(frozen=True, slots=True)
class MentionsRecord:
    """What was done with rows whose other cells hold the number of somebody who may not be released.

    `mode` is "stop" or "hold"; `columns` are those in which rows were held for it.
    """

    mode: str = "stop"
    columns: tuple[str, ...] = ()
    by_chance: tuple[ByChance, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetRecord:
    """With how many earlier releases of an asset this one was compared, and who released it although a difference tells."""

    name: str
    compared_with: int
    released_by: str | None = None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A list as a manifest describes it, whoever wrote that; of several that are one, each of them too."""

    polarity: str
    source: str
    checked_at: str
    age_days: int
    limit_days: int
    numbers: int | None
    sealed_by: str | None
    record_sealed_by: str | None
    lists: tuple[ListEntry, ...]

    @classmethod
    def of(cls, said: DocumentPart) -> Self:
        """Raises TypeError, LookupError where it makes no sense."""
        return cls(
            said.text("polarity"),
            said.text("source"),
            said.text("checked_at"),
            said.count("age_days"),
            said.count("limit_days"),
            said.count_if_any("numbers"),
            said.text_if_any("sealed_by"),
            said.text_if_any("record_sealed_by"),
            tuple(ListEntry.of(one) for one in said.list_of_parts_if_any("lists")),
        )


@dataclass(frozen=True, slots=True)
class Type1Record:
    """What a manifest says became of Type 1 opt-outs: the counts of rows and people, or the law that sets them aside."""

    applied: bool
    rows: dict[str, int]
    people: dict[str, int]
    because: str | None
    citation: str | None

    @classmethod
    def of(cls, said: DocumentPart) -> Self:
        """Raises TypeError, LookupError where it makes no sense."""
        return cls(
            said.is_true("applied"),
            said.counts_if_any("rows"),
            said.counts_if_any("people"),
            said.text_if_any("because"),
            said.text_if_any("citation"),
        )


class Sections(Protocol):
    """What the manifest of one kind of release says beside what every manifest says."""

    def document(self) -> JsonObject:
        """As it stands in the manifest, its parts in their order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRecord:
    """What the manifest of a release says, before it is sealed.

    Args:
        provenance: None only where `decision`, the answer of `ndoo applies`, says that the opt-out does not apply, or
            where Type 1 opt-outs alone were upheld.
        type1: `applied`, and then the counts and the status behind them, or the law that sets it aside; None where
            nobody asked.
        expected_removed: the share of people, lowest and highest in per cent, that whoever ran the command expected to be
            removed; None where the usual bounds held.
        asset: what the release was compared with, and in `released_by` who released it although a difference tells, as
            whoever ran the command named them: the seal does not vouch for that name. None where nobody asked.
        mentions: None where nobody was to be removed, so that nobody was looked for.
    """

    created: datetime
    input: FileRecord | TableRecord
    output: FileRecord | TableRecord
    columns: Columns
    rows: Counts
    people: PeopleCounts
    undecided: UndecidedPolicy
    provenance: Provenance | None
    decision: JsonObject | None = None
    warnings: Sequence[Warned] = ()
    type1: JsonObject | None = None
    asset: AssetRecord | None = None
    expected_removed: tuple[float, float] | None = None
    mentions: MentionsRecord | None = None


def list_entry(provenance: Provenance) -> JsonObject:
    """What the manifest says of a list; of several that are one, each of them too."""
    more = {
        "sealed_by": provenance.sealed_by,
        "record_sealed_by": provenance.record_sealed_by,
        "limit_in_force": provenance.limit_in_force,
        "lists": [list_entry(part) for part in provenance.parts],
    }
    return {
        "polarity": str(provenance.polarity),
        "source": provenance.source,
        "sha256": provenance.sha256,
        "checked_at": provenance.checked_at.isoformat(),
        "age_days": provenance.age_days,
        "limit_days": provenance.limit_days,
        "numbers": provenance.numbers,
        **{name: said for name, said in more.items() if said},
    }
