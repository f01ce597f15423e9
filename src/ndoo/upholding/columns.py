"""Chooses the column that names the person. Found by evidence in the data, never by its name alone.

One ten-digit text in eleven passes the check digit by chance, so a column convinces by how many of its
ten-digit cells pass, not by the fact that some do. A second column that convinces (a mother's number, an old
one) stops the run until the caller says what to do with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.malformed_number import NOTHING, Malformed
from ndoo.evidence.release_record import Columns, Warned
from ndoo.numbers import kernel
from ndoo.numbers.chance import ColumnEvidence
from ndoo.upholding.column_names import column_missing, listed, reads_like_a_damaged_number
from ndoo.upholding.decision.glimpses import Glimpses
from ndoo.upholding.other_cells.stray_numbers import MentionSearch

if TYPE_CHECKING:  # it reads headings with what this room knows of them
    from ndoo.upholding.text.dialect import TextDialect

Drafted = TypeVar("Drafted")
_NAMELESS = re.compile(r"\(column [0-9]+\)")


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What a caller says of the columns of NHS numbers; of linked tables and schemas each is TABLE.COLUMN."""

    nhs_number: str | None = None
    """The person's own; None: the one that the data shows."""
    also: tuple[str, ...] = ()
    """Others that are upheld on."""
    ignored: tuple[str, ...] = ()
    """Others that stay as they are."""

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is named."""
        own = () if self.nhs_number is None else (self.nhs_number,)
        return (*own, *self.also, *self.ignored)


class Witnesses(Protocol):
    """Reads what is written once more."""

    mentions: MentionSearch | None
    """What looks into its other cells."""

    def beside(self) -> Self: ...
    def join(self, other: Self) -> None: ...
    def take_text(self, rows: memoryview, dialect: TextDialect, *, whole: bool) -> None: ...
    def take_batch(self, batch: Any) -> None: ...


@dataclass(slots=True)
class Watch:
    """Gathers evidence on every column while the data goes past."""

    names: Sequence[str]
    mentions: MentionSearch | None = None
    """Where it is given, the rows that stay are shown to it."""
    holds: MentionSearch | None = None
    """Where it is given, rows in which it finds somebody are held."""
    witness: Witnesses | None = None
    """Where it is given, all that is written of rows that stay is shown to it."""
    seen: list[ColumnEvidence] = field(init=False)
    cells: int = 0
    rows: int = 0
    """Looked at whole, where rows come in columns."""
    warned: list[Warned] = field(default_factory=list)
    """What else was met that a person should look at."""
    lines_below: int = 0
    """How many of the last lines read like no rows, but for those that were left out."""
    glimpses: Glimpses | None = None
    """Where it is given, the cells that are looked at are shown to it, column by column."""
    malformed: Counter[Malformed] = field(default_factory=Counter)
    """What the numbers show for which rows were held as malformed."""

    def __post_init__(self) -> None:
        self.seen = [ColumnEvidence() for _ in self.names]

    def beside(self) -> Watch:
        """Another that gathers evidence on the same columns on another thread, and has none yet."""
        return Watch(
            self.names,
            self.mentions and self.mentions.beside(),
            self.holds and self.holds.beside(),
            self.witness and self.witness.beside(),
        )

    def join(self, other: Watch) -> None:
        """Take in the evidence of another, that began as `beside`."""
        for into, more in zip(self.seen, other.seen, strict=True):
            into.valid += more.valid
            into.shaped += more.shaped
        self.cells += other.cells
        self.malformed += other.malformed
        if self.mentions and other.mentions:
            self.mentions.join(other.mentions)
        if self.witness and other.witness:
            self.witness.join(other.witness)

    def look(self, column: int, why: bytes) -> None:
        """Take in the validator's answers for some cells of one column."""
        valid = why.count(kernel.VALID)
        self.cells += len(why)
        self.seen[column].valid += valid
        self.seen[column].shaped += valid + why.count(kernel.CHECK_DIGIT) + why.count(kernel.PLACEHOLDER)

    def convincing(self) -> list[str]:
        """The columns that hold NHS numbers, in their order."""
        hidden = self.mentions.columns_of_numbers if self.mentions else ()
        return [
            name
            for name, evidence in zip(self.names, self.seen, strict=True)
            if evidence.convinces(name) or name in hidden
        ]


def prefix_beside(names: Sequence[str]) -> str:
    """What our own columns begin with, and no column of these names does."""
    prefix = "ndoo_"
    while any(name.lower().startswith(prefix) for name in names):
        prefix = "x" + prefix
    return prefix


def choose(watch: Watch, choice: ColumnChoice) -> Columns:
    """Settle which column is the person's, from what the caller said and what the data shows.

    Raises:
        UsageFault: a column that is not there, several candidates, or an unclassified second column of NHS numbers.
        UnfitData: no column holds NHS numbers and none was named, or the named one holds what is right by chance.
    """
    nhs_number, named = choice.nhs_number, choice.named
    for name in named:
        if name not in watch.names:
            raise column_missing(name, watch.names)
    if len(set(named)) != len(named):
        raise UsageFault(
            "column-twice", "A column is named twice. Each is the person's own, --also, or --ignore-column."
        )
    found = "named by the caller"
    if nhs_number is not None:
        refuse_chance(watch, nhs_number)
    if nhs_number is None:
        candidates = [name for name in watch.convincing() if name not in named]
        if not candidates and len(watch.names) == 1:
            raise UnfitData(
                "column-not-found",
                "No column holds NHS numbers, as far as the first rows show, and there is one column only. Of text, say with --delimiter what "
                "separates fields; columns of a fixed width are not read. In other files, give the numbers a column of their own if they "
                "stand inside a structure.",
            )
        if not candidates:
            raise UnfitData(
                "column-not-found",
                "No column holds NHS numbers, as far as the first rows show. Name it with --nhs-number.",
            )
        if len(candidates) > 1:
            raise UsageFault(
                "column-several",
                f"Several columns hold NHS numbers: {listed(candidates)}. Name the person's own with --nhs-number, "
                "and the others with --also or --ignore-column.",
            )
        nhs_number, found = candidates[0], "found by evidence"
        if nhs_number.strip("\"' ").lower() in NOTHING or _NAMELESS.fullmatch(nhs_number):
            raise UnfitData(
                "heading-missing",
                "The column of NHS numbers has no name, so the first row may be somebody's whose number is missing. "
                "Use --no-header if it is, or name the column in the heading.",
            )
        if reads_like_a_damaged_number(nhs_number):
            raise UnfitData(
                "heading-missing",
                "The heading of the column of NHS numbers reads like a damaged number, so the first row may be somebody's. "
                "Use --no-header if it is, or name the column with --nhs-number.",
            )
    chosen = Columns(nhs_number, found, choice.also, choice.ignored)
    refuse_unclassified(watch, chosen)
    return chosen


def refuse_chance(watch: Watch, column: str) -> None:
    """Raises UnfitData where a column that was named holds some other identifier of ten digits."""
    if watch.seen[watch.names.index(column)].is_chance():
        raise UnfitData(
            "column-by-chance",
            "The named column holds ten-digit numbers of which no more are valid NHS numbers than chance would have it: "
            "they are something else.",
        )


def choose_if_any(watch: Watch, choice: ColumnChoice) -> Columns:
    """As `choose`, where nobody is to be removed: no column, or several, is no reason to refuse."""
    if choice.nhs_number is None and len(set(watch.convincing()) - {*choice.named}) != 1:
        return Columns(None, "nobody was to be removed", (), choice.ignored)
    return choose(watch, choice)


def refuse_unclassified(watch: Watch, columns: Columns, table: str = "") -> None:
    """Raises UsageFault where a column that names people was left unclassified. `table` goes before its name, if given."""
    before = f"{table}." if table else ""
    if loose := [before + name for name in watch.convincing() if name not in columns.classified]:
        own = columns.nhs_number
        if own is not None and own in watch.names and not watch.seen[watch.names.index(own)].shaped:
            where = "another column does" if len(loose) == 1 else "other columns do"
            raise UsageFault(
                "column-unclassified",
                f"{before + own!r} holds no NHS numbers, as far as was seen, and {where}: {listed(loose)}. Name the person's own with "
                f"--nhs-number; if that is {before + own!r}, use --also or --ignore-column for what is not.",
            )
        raise UsageFault(
            "column-unclassified",
            f"Another column holds NHS numbers too: {listed(loose)}. Use --also to uphold opt-outs on it as well, "
            "or --ignore-column to let it stay (the manifest will say so).",
        )


class MentionsFault(UsageFault):
    """Rows that would stay hold the numbers of people who may not be released, in `columns`; of FHIR, in types of resources."""

    def __init__(self, code: str, sentence: str, columns: Sequence[str] = ()) -> None:
        super().__init__(code, sentence)
        self.columns = tuple(columns)


def refuse_mentioned(names: Sequence[str]) -> None:
    """Raises MentionsFault where rows that stay hold a withheld person's number in columns that nobody classified."""
    if names:
        fault = UsageFault(
            "column-mentions",
            "Rows that would stay hold the numbers of people who may not be released, in another column: "
            f"{listed(names)}. If it holds NHS numbers and nothing else, use --also. If not, leave it out of the extract, "
            "hold these rows back with --mentions hold, or use --ignore-column to let it stay (the manifest will say so).",
        )
        raise MentionsFault(fault.code, fault.sentence, names)


def refuse_mentioned_in_resources(types: Sequence[str]) -> None:
    """Raises MentionsFault where resources of FHIR that stay hold the number of somebody who may not be released."""
    if types:
        fault = UsageFault(
            "fhir-mentions",
            "Resources that would stay hold, in a text, in a document or as another's identifier, the numbers of people who "
            f"may not be released: {listed(types)}. Leave these types out of the export, hold these resources back with "
            "--mentions hold, or let them stay with --ignore-column TYPE (the manifest will say so).",
        )
        raise MentionsFault(fault.code, fault.sentence, types)


class WhenMentioned(StrEnum):
    """What becomes of rows whose other cells hold the number of somebody who may not be released."""

    STOP = "stop"
    HOLD = "hold"


def drafted_until_nobody_is_mentioned(
    when: WhenMentioned, draft: Callable[[tuple[str, ...]], Drafted], discard: Callable[[], object]
) -> Drafted:
    """A draft in which nobody is mentioned.

    Whether a number is somebody's or stands there by chance is known when all of a column was seen: so rows are held on another
    walk, in the columns that the one before would have been stopped by.

    Args:
        draft: writes the draft, rows held that mention somebody in the columns given.
        discard: forgets the draft before.

    Raises:
        MentionsFault: somebody is mentioned, and this is to stop the run.
    """
    held: tuple[str, ...] = ()
    while True:
        try:
            return draft(held)
        except MentionsFault as fault:
            fresh = tuple(name for name in fault.columns if name not in held)
            if when is WhenMentioned.STOP or not fresh:
                raise
            discard()
            held += fresh
