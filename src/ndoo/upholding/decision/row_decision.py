"""Decides who stays. Applies a cleaned list to rows and keeps the count of rows and people exact."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from copy import copy
from ctypes import POINTER, c_int64, c_uint32, cast
from enum import StrEnum
from typing import Any, Protocol

from ndoo.domain.nhs_number import Undecided, ranges
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.numbers import kernel
from ndoo.numbers.column import REASONS
from ndoo.numbers.kernel import Rules, library
from ndoo.numbers.key_index import KeyCells, U8s
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.decision.glimpses import Leaf
from ndoo.upholding.decision.grouped_rows import GroupedRows
from ndoo.upholding.decision.people_by_column import ColumnPeople, PeopleByColumn, united
from ndoo.upholding.decision.people_by_row import PeopleByRow

_PEOPLE, _TYPE1, _AMBIGUOUS, _MENTIONS = 8, 11, 16, 17
"""Where in the kernel's tally the counts of people and of Type 1 begin, and those of rows of people on whom lists differ, and of rows
that mention somebody, stand."""


HELD: dict[int, Undecided] = {
    kernel.HOLD + code: reason
    for code, reason in (
        *REASONS.items(),
        (kernel.TYPE1_UNDECIDED, Undecided.TYPE1_UNDECIDED),
        (kernel.AMBIGUOUS, Undecided.AMBIGUOUS),
        (kernel.MENTIONS, Undecided.MENTIONS),
    )
}
"""The kernel's verdicts on rows that are held, in the contract's words."""


class Undecidable(StrEnum):
    """What becomes of rows whose person cannot be decided on."""

    HOLD = "hold"
    EXCLUDE = "exclude"
    STOP = "stop"
    KEEP_MISSING = "keep-missing"


def looked_up_in(opt_outs: OptOuts) -> dict[str, Any]:
    """The part of the kernel's `Rules` that says whom the lists withhold. They must outlive it."""
    cleaned, type1 = opt_outs.national, opt_outs.type1
    covered = [edge for r in ranges() if r.in_national_register for edge in r.people]
    return {
        "list": cleaned.listed.address if cleaned else None,
        "list_allows": bool(cleaned and cleaned.names_allowed),
        "asked": cleaned.asked.address if cleaned and cleaned.asked else None,
        "covered": cast((c_uint32 * len(covered))(*covered), POINTER(c_uint32)),
        "ranges": len(covered) // 2,
        "dissent": type1.dissenting.address if type1 else None,
        "unsettled": type1.unsettled.address if type1 else None,
        "known": type1.known.address if type1 else None,
        "disputed": cleaned.disputed.address if cleaned and cleaned.disputed else None,
    }


class Decides(Protocol):
    """What a dataset shows its rows to: the cells of the columns in `located`, by which rows lead to each other, and of those in
    `glimpsed`, which are only looked at, where there are any; then which rows mention somebody who may not be released, where that
    holds them; and then the people."""

    located: Sequence[str]
    glimpsed: Sequence[str]

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None: ...
    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None: ...
    def mark(self, marks: U8s) -> None: ...
    def decide(self, person: int, why: int, rows: int, verdict: int) -> None: ...


class RowDecision:
    """The decision on each row. `keys` is the number of columns of NHS numbers: the person's own, then the others.

    A row goes if any of its people is withheld; it is held if its own person, or another one that it names,
    cannot be decided on; a blank in another column names nobody. Without a list, which is where the opt-out does not
    apply, and without Type 1 opt-outs, every row stays. `apart` are the columns whose people are wanted, `by_row` also who of them stand together: see `people_by_column` and `people_by_row`.
    """

    def __init__(
        self,
        opt_outs: OptOuts,
        keys: int,
        *,
        keep_missing: bool = False,
        crowded: bool = False,
        apart: Sequence[str] = (),
        by_row: bool = False,
    ) -> None:
        self.located: Sequence[str] = ()
        self.glimpsed: Sequence[str] = ()
        self._keys = keys
        self._kept = NumberSet(crowded=crowded)
        self._removed = NumberSet(crowded=crowded) if keys > 1 or apart else self._kept
        self.held = NumberSet()
        """Of whom nobody can say; whoever has another row that stays or goes may be among them."""
        self._grouped = GroupedRows() if keep_missing and keys else None
        self._apart = tuple(apart)
        self._by_column = PeopleByColumn(apart) if len(apart) > 1 else None
        self._by_row = PeopleByRow(apart) if by_row and len(apart) > 1 else None
        self._lists = opt_outs  # the rules point into their memory
        self._rules = Rules(
            **looked_up_in(opt_outs),
            keep_missing=keep_missing,
            kept=self._kept.address,
            removed=self._removed.address,
            held=self.held.address,
        )
        self._tally = (c_int64 * kernel.TALLIES)()
        self._marks: U8s | None = None

    def beside(self) -> RowDecision:
        """Another that decides by the same lists, to the same sets, on another thread; its counts are its own until they are joined."""
        other = copy(self)
        other._tally = (c_int64 * kernel.TALLIES)()
        other._grouped = GroupedRows() if self._grouped else None
        return other

    def join(self, other: RowDecision) -> None:
        """Take in the counts of another, that began as `beside`."""
        for at, count in enumerate(other._tally):
            self._tally[at] += count
        if self._grouped and other._grouped:
            self._grouped.join(other._grouped)

    @property
    def rows_are_grouped(self) -> bool:
        """Do rows without a number stay that seem to be somebody's above? See `grouped_rows`."""
        return self._grouped is not None and self._grouped.are_grouped

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None:
        """See `Decides`; a row is decided on by its numbers alone."""

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""

    def mark(self, marks: U8s) -> None:
        """See `Decides`; of the rows that come next, and of these only."""
        self._marks = marks

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """Decide `rows` rows. All arguments but `rows` are addresses: `rows * keys` people and reasons, `rows` verdicts."""
        marks = self._marks and ctypes.addressof(self._marks)
        library.ndoo_decide(
            ctypes.byref(self._rules), person, why, rows, self._keys, marks, verdict, ctypes.addressof(self._tally)
        )
        self._marks = None
        if self._grouped:
            self._grouped.take(why, self._keys, rows, verdict)
        if self._by_column:
            self._by_column.take(person, why, rows, verdict)
        if self._by_row:
            self._by_row.take(person, rows, verdict)

    def rows(self) -> Counts:
        """The rows so far: read = kept + removed + held."""
        kept, removed, *held, without = self._tally[:_PEOPLE]
        by_reason = {str(REASONS[code]): count for code, count in enumerate(held, start=1) if count}
        if undecided := self._tally[_TYPE1]:
            by_reason[str(Undecided.TYPE1_UNDECIDED)] = undecided
        if ambiguous := self._tally[_AMBIGUOUS]:
            by_reason[str(Undecided.AMBIGUOUS)] = ambiguous
        if mentioning := self._tally[_MENTIONS]:
            by_reason[str(Undecided.MENTIONS)] = mentioning
        return Counts(kept + removed + sum(by_reason.values()), kept, removed, by_reason, without)

    def by_type1(self) -> dict[str, dict[str, int]]:
        """Rows in which somebody has a Type 1 dissent and people who have one, and how many of them only it removes."""
        _, rows, rows_alone, people, people_alone = self._tally[_TYPE1:_AMBIGUOUS]
        return {
            "rows": {"removed": rows, "removed_by_it_alone": rows_alone},
            "people": {"removed": people, "removed_by_it_alone": people_alone},
        }

    def people_by_column(self) -> Mapping[str, ColumnPeople]:
        """The people of each column, in the rows that stay and in all others. Only of the columns that were said to be `apart`."""
        if self._by_column:
            return self._by_column.columns
        return {name: ColumnPeople(self._kept, united(self._removed, self.held)) for name in self._apart}

    def people_by_row(self) -> Mapping[str, PeopleByRow]:
        """Who stands together in a row of the only table, where several columns were said to be `apart` and that is wanted."""
        return {"": self._by_row} if self._by_row else {}

    def people(self) -> PeopleCounts:
        """The distinct people so far, each counted once: kept if any row of theirs was, else removed, else held."""
        kept, removed, held = self._tally[_PEOPLE:_TYPE1]
        if self._keys > 1:  # a person may have had rows of several fates
            removed = self._removed.count(but_not_in=(self._kept,))
        if self._keys > 1 or self._tally[_MENTIONS]:  # what a row mentions says nothing of its person's other rows
            held = self.held.count(but_not_in=(self._kept, self._removed))
        return PeopleCounts(kept + removed + held, kept, removed, held)
