"""What becomes of each row of one table: its own numbers, what it leads to, and what follows for those who lead to it."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from ctypes import addressof
from dataclasses import dataclass, field

from ndoo.evidence.release_record import Counts
from ndoo.numbers.kernel import uint8s, uint32s
from ndoo.numbers.key_index import KeyCells, KeyIndex, Naming, U8s, U32s, U64s, names_of_people
from ndoo.numbers.key_kernel import LEVELS, library
from ndoo.upholding.decision.glimpses import Leaf
from ndoo.upholding.decision.people_by_column import column_of
from ndoo.upholding.linked_tables.key_evidence import SampleSearch
from ndoo.upholding.table_links import levels
from ndoo.upholding.table_links.levels import REASONS, VERDICTS, Level
from ndoo.upholding.table_links.people import People, join_states, see


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of NHS numbers, and what a blank in it comes to."""

    name: str
    own: bool
    """It says whose row this is; else it names somebody besides."""
    blank: int = levels.BLANK_NAMES_NOBODY


@dataclass(frozen=True, slots=True)
class Key:
    """Columns whose cells lead to a row of an index (a foreign key), or by which a row is led to."""

    columns: tuple[str, ...]
    index: KeyIndex
    by_person: bool = False
    """It is one column of NHS numbers on both sides."""
    inner: bool = False
    """It leads to a table of the same cycle."""
    tells_whose: bool = True
    """The person there is the one here. False inside a cycle, and in the table that says who everybody is."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How the rows of one table are decided on."""

    table: str
    numbers: tuple[NumberColumn, ...]
    links: tuple[Key, ...]
    keys: tuple[Key, ...]
    nulls: tuple[str, ...] = ()
    refers: tuple[Key, ...] = ()
    """Links to rows that lead to nobody, and hear from these what becomes of those that lead to them."""

    @property
    def located(self) -> tuple[str, ...]:
        """The columns whose cells are read as text."""
        return tuple(
            {c: None for key in (*self.links, *self.keys, *self.refers) if not key.by_person for c in key.columns}
        )


@dataclass(slots=True)
class PendingRows:
    """What is known of some rows before their links inside a cycle are followed."""

    rows: int
    state: U8s
    own: U32s
    who: U32s
    agrees: U8s
    inner: list[tuple[Key, U64s]] = field(default_factory=list)


class LevelTally:
    """Counts rows by the levels that they come to."""

    def __init__(self) -> None:
        self._states: Counter[int] = Counter()

    def take(self, states: bytes) -> None:
        """Take in the states of some rows."""
        self._states.update(states)

    def rows(self) -> Counts:
        """As `Deciding.rows`."""
        by_level = self._by_level()
        kept = by_level.pop(Level.STAYS, 0)
        removed = by_level.pop(Level.REMOVED, 0) + by_level.pop(Level.REMOVED_BY_TYPE1, 0)
        held = {str(REASONS[level]): by_level[level] for level in sorted(by_level)}
        without = self._states[int(Level.STAYS)]  # not anchored, and stays
        return Counts(kept + removed + sum(held.values()), kept, removed, held, without)

    def removed_by_type1_alone(self) -> int:
        """Rows."""
        return self._by_level().get(Level.REMOVED_BY_TYPE1, 0)

    def _by_level(self) -> dict[Level, int]:
        found: Counter[Level] = Counter()
        for state, count in self._states.items():
            found[Level(state & LEVELS)] += count
        return dict(found)


class Following:
    """Decides on the rows of one table, and tells what they come to, to the keys by which others lead to them.

    Args:
        tell: false on the second walk through a cycle, whose keys are settled.
        sought: what looks for keys that nobody declared, if anything does.
    """

    def __init__(
        self, plan: TablePlan, people: People, naming: Naming, *, tell: bool = True, sought: SampleSearch | None = None
    ) -> None:
        self.located: Sequence[str] = plan.located
        self.glimpsed: Sequence[str] = sought.columns if sought else ()
        self._sought = sought
        self._plan, self._people, self._naming, self._tell = plan, people, naming, tell
        self._nulls = naming.nulls(plan.nulls)
        self._cells: dict[str, KeyCells] = {}
        self._stride = len(plan.numbers)
        self._tally = LevelTally()
        self._marks: U8s | None = None
        self.orphans = 0

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None:
        """See `Decides`."""
        self._cells = dict(zip(self.located, cells, strict=True))
        self._stride = stride

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""
        if self._sought:
            self._sought.glimpse(columns)

    def mark(self, marks: U8s) -> None:
        """See `Decides`."""
        self._marks = marks

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`."""
        piece, columns = self.looked_at(person, why, rows)
        for key, names in piece.inner:
            self.follow(key, names, piece)
        self.settle(piece)
        if self._tell:
            for key in self._plan.keys:
                key.index.tell(key.index.add(self.names(key, columns, rows), rows), rows, piece.state, piece.who)
        if self._sought:
            self._sought.take(rows, piece.who)
        states = bytes(piece.state)[:rows]
        self._tally.take(states)
        self._tell_nobodys(columns, piece, states)
        people = self._people
        for column in self._plan.numbers:
            who = columns[column.name][0]
            if column.own:
                see(who, piece.state, rows, people.kept, people.removed, people.held)
            people.see_column(f"{self._plan.table}.{column.name}", who, piece.state, rows)
        ctypes.memmove(verdict, states.translate(VERDICTS), rows)
        named = {column.name: columns[column.name][0] for column in self._plan.numbers if not column.own}
        people.see_rows(self._plan.table, {"": piece.who, **named}, rows, verdict)

    def _tell_nobodys(self, columns: dict[str, tuple[U32s, U8s]], piece: PendingRows, states: bytes) -> None:
        """What the rows come to, to the rows of nobody's to which they lead."""
        goodness = uint8s(piece.rows)
        ctypes.memmove(goodness, states.translate(levels.AS_GOODNESS), piece.rows)
        for key in self._plan.refers:
            key.index.tell(
                key.index.add(self.names(key, columns, piece.rows), piece.rows), piece.rows, goodness, piece.who
            )

    def settle(self, piece: PendingRows) -> None:
        """The last word on rows all of whose links were followed."""
        library().ndoo_key_settle(
            piece.rows,
            addressof(piece.own),
            addressof(piece.agrees),
            Level.AMBIGUOUS,
            Level.MISSING,
            self._people.keep_missing,
            addressof(piece.state),
            addressof(piece.who),
        )

    def rows(self) -> Counts:
        """As `Deciding.rows`."""
        return self._tally.rows()

    def removed_by_type1_alone(self) -> int:
        """Rows."""
        return self._tally.removed_by_type1_alone()

    def looked_at(self, person: int, why: int, rows: int) -> tuple[PendingRows, dict[str, tuple[U32s, U8s]]]:
        """The rows by their own numbers and the links that lead out of the cycle; and the columns of numbers."""
        columns = {
            column.name: column_of(at, self._stride, person, why, rows) for at, column in enumerate(self._plan.numbers)
        }
        piece = PendingRows(rows, uint8s(rows), _nobody(rows), _nobody(rows), uint8s(rows))
        for column in self._plan.numbers:
            who, reasons = columns[column.name]
            join_states(piece.state, self._people.judged(who, reasons, rows, column.blank), rows)
            if column.own:
                piece.own = who
        if self._marks:
            join_states(piece.state, bytes(self._marks)[:rows].translate(levels.STATES_OF_MARKS), rows)
            self._marks = None
        for key in self._plan.links:
            names = self.names(key, columns, rows)
            if key.inner:
                piece.inner.append((key, names))
            else:
                self.follow(key, names, piece)
        return piece, columns

    def follow(self, key: Key, names: U64s, piece: PendingRows) -> U32s:
        """Take in what the rows lead to by one link: the numbers of the keys."""
        numbers = key.index.find(names, piece.rows)
        self.orphans += library().ndoo_key_follow(
            addressof(key.index.state),
            addressof(key.index.who) if key.tells_whose else None,
            addressof(numbers),
            piece.rows,
            Level.ORPHAN,
            addressof(piece.own),
            addressof(piece.state),
            addressof(piece.who),
            addressof(piece.agrees),
        )
        return numbers

    def names(self, key: Key, columns: dict[str, tuple[U32s, U8s]], rows: int) -> U64s:
        """The name of each row's key."""
        if key.by_person:
            return names_of_people(*columns[key.columns[0]], rows)
        return self._naming.of([self._cells[c] for c in key.columns], rows, self._nulls, len(self._plan.nulls))


def _nobody(rows: int) -> U32s:
    people = uint32s(rows)
    ctypes.memset(people, 0xFF, 4 * rows)
    return people
