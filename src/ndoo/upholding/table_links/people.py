"""The people to whom rows lead: what becomes of each by the list and by Type 1, counted over all tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import addressof

from ndoo.evidence.release_record import PeopleCounts
from ndoo.numbers.kernel import library as numbers_library
from ndoo.numbers.kernel import uint8s
from ndoo.numbers.key_index import U8s, U32s
from ndoo.numbers.key_kernel import library
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow, beside
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.table_links import levels
from ndoo.upholding.table_links.levels import Level


class People:
    """Who may stay, by the list and by Type 1, and who was met in which rows, over all tables.

    Args:
        by_column: are the people of each column wanted, too?
    """

    def __init__(self, opt_outs: OptOuts, *, keep_missing: bool, by_column: bool = False) -> None:
        self.keep_missing = keep_missing
        self._opt_outs = opt_outs
        self._judges = [
            (RowDecision(alone, 1), removed)
            for alone, removed in (
                (OptOuts(national=opt_outs.national), Level.REMOVED),
                (OptOuts(type1=opt_outs.type1), Level.REMOVED_BY_TYPE1),
            )
            if alone
        ]
        self.kept, self.removed, self.held = NumberSet(), NumberSet(), NumberSet()
        self.by_column: dict[str, ColumnPeople] = {}
        self.by_row: dict[str, PeopleByRow] = {}
        self.wants_columns = by_column
        self._both = RowDecision(opt_outs, 1) if opt_outs.type1 else None

    def judged(self, person: U32s, why: U8s, rows: int, blank: int) -> bytes:
        """The state of each row by one column of numbers; `blank` is that of a row whose cell is empty."""
        states, verdict = uint8s(rows), uint8s(rows)
        if self._both:
            self._both.decide(addressof(person), addressof(why), rows, addressof(verdict))
        for judge, removed in self._judges:
            judge.decide(addressof(person), addressof(why), rows, addressof(verdict))
            join_states(states, bytes(verdict).translate(levels.states_of_verdicts(removed, blank)), rows)
        return bytes(states)

    def see_column(self, name: str, who: U32s, states: U8s, rows: int) -> None:
        """Take in whom a column names, where that is wanted, by what its rows came to."""
        if self.wants_columns:
            people = self.by_column.setdefault(name, ColumnPeople())
            see(who, states, rows, people.kept, people.others, people.others)

    def see_rows(self, table: str, columns: Mapping[str, U32s], rows: int, verdict: int) -> None:
        """Take in who stands together in the rows of a table, where that is wanted, by what these came to."""
        if self.wants_columns and len(columns) > 1:
            together = self.by_row.setdefault(table, PeopleByRow([*columns]))
            cells = beside([*columns.values()], rows)
            together.take(addressof(cells), rows, verdict)

    def mentions(self, names: Sequence[str], known: Sequence[str]) -> MentionSearch:
        """What looks for withheld people in the columns `names`, those in `known` left aside."""
        return MentionSearch(names, known, self._opt_outs)

    def counts(self) -> PeopleCounts:
        """The distinct people so far, each counted once: kept if any row of theirs was, else removed, else held."""
        kept = self.kept.count()
        removed = self.removed.count(but_not_in=(self.kept,))
        held = self.held.count(but_not_in=(self.kept, self.removed))
        return PeopleCounts(kept + removed + held, kept, removed, held)

    def by_type1(self) -> dict[str, int]:
        """People with a Type 1 opt-out, and how many of them only that removes; nobody where it is not upheld."""
        return self._both.by_type1()["people"] if self._both else {"removed": 0, "removed_by_it_alone": 0}


class EverybodyJudged(People):
    """Takes in everybody who is judged."""

    def __init__(self) -> None:
        super().__init__(OptOuts(), keep_missing=False)
        self.met = NumberSet(crowded=True)
        self.count = 0

    def judged(self, person: U32s, why: U8s, rows: int, blank: int) -> bytes:
        """As `People.judged`, for whom everybody may stay."""
        self.count += int(numbers_library.ndoo_add(self.met.address, addressof(person), addressof(why), rows))
        return super().judged(person, why, rows, blank)


def see(who: U32s, states: U8s, rows: int, kept: NumberSet, removed: NumberSet, held: NumberSet) -> None:
    """Take people in by what their rows came to, each into one of three sets."""
    library().ndoo_key_seen(
        addressof(who),
        addressof(states),
        rows,
        Level.REMOVED_BY_TYPE1,
        kept.address,
        removed.address,
        held.address,
    )


def join_states(states: U8s, other: bytes, rows: int) -> None:
    """The worse of two states for each row, in the first."""
    library().ndoo_key_join(addressof(states), other, rows)
