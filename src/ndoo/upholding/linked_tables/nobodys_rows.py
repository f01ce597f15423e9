"""What becomes of rows that lead to nobody: an address to which only people lead who must go says who they are, and goes with them.

A row comes to the best of the rows of people that lead to it, over any number of links; one to which none leads stays, and so does
whatever it leads to: a code that nobody uses is no secret. A row of a table to which nothing of people's leads, such as the map
reference of an address, comes to the worst of what it leads to. Some twenty bytes stay in memory for each row and each of its keys.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ndoo.evidence.release_record import Counts
from ndoo.numbers.key_index import Edges, KeyCells, KeyIndex, Naming, U8s, U32s, edges_between, spread
from ndoo.numbers.key_kernel import LEVELS
from ndoo.upholding.decision.glimpses import Leaf
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.linked_tables.propagate import Key, LevelTally
from ndoo.upholding.linked_tables.tables import Opened
from ndoo.upholding.table_links.graph import NobodysTables
from ndoo.upholding.table_links.levels import BEST, STATES_OF_MARKS, VERDICTS, Level


@dataclass(frozen=True, slots=True)
class _GatheredRows:
    """Some rows of one table: the numbers of the keys that they have, and of those by which they lead to others."""

    rows: int
    has: list[tuple[KeyIndex, U32s]]
    leads: list[tuple[KeyIndex, U32s]]


@dataclass(slots=True)
class TableFate:
    """What the rows of one table come to, in their order."""

    levels: bytearray = field(default_factory=bytearray)
    unused: int | None = None
    """Rows that stay though no row of people's that stays leads to them; None where that is not asked."""
    unreached: int | None = None
    """Rows to which no row of people's leads; None where that is not asked."""


class GatheringRows:
    """Shows the rows of one table to `seen`, and takes in their keys.

    Args:
        has, leads: the keys that the rows have, and those by which they lead to others.
    """

    def __init__(
        self, seen: RowDecision, naming: Naming, nulls: Sequence[str], has: Sequence[Key], leads: Sequence[Key]
    ) -> None:
        self.located: Sequence[str] = tuple({c: None for key in (*has, *leads) for c in key.columns})
        self.glimpsed = seen.glimpsed
        self.gathered: list[_GatheredRows] = []
        self._seen, self._naming, self._has, self._leads = seen, naming, has, leads
        self._nulls, self._null_count = naming.nulls(nulls), len(nulls)
        self._cells: dict[str, KeyCells] = {}

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None:
        """See `Decides`."""
        self._cells = dict(zip(self.located, cells, strict=True))

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""
        self._seen.glimpse(columns)

    def mark(self, marks: U8s) -> None:
        """See `Decides`."""
        self._seen.mark(marks)

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`."""
        self.gathered.append(_GatheredRows(rows, self._numbers(self._has, rows), self._numbers(self._leads, rows)))
        self._seen.decide(person, why, rows, verdict)

    def rows(self) -> Counts:
        """As `RowDecision.rows`."""
        return self._seen.rows()

    def _numbers(self, keys: Sequence[Key], rows: int) -> list[tuple[KeyIndex, U32s]]:
        found = []
        for key in keys:
            names = self._naming.of([self._cells[c] for c in key.columns], rows, self._nulls, self._null_count)
            found.append((key.index, key.index.add(names, rows)))
        return found


class SettledRows:
    """Decides on the rows of one table, all of whose levels are known."""

    def __init__(self, fate: TableFate) -> None:
        self.located: Sequence[str] = ()
        self.glimpsed: Sequence[str] = ()
        self._levels, self._at = fate.levels, 0
        self._tally = LevelTally()
        self._marks: U8s | None = None

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None:
        """See `Decides`."""

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""

    def mark(self, marks: U8s) -> None:
        """See `Decides`."""
        self._marks = marks

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`. Raises UnfitData where the table has other rows than before."""
        levels = bytes(self._levels[self._at : self._at + rows])
        if len(levels) != rows:
            raise changed()
        self._at += rows
        if self._marks:
            marked = bytes(self._marks)[:rows].translate(STATES_OF_MARKS)
            levels = bytes(map(max, levels, marked))
            self._marks = None
        self._tally.take(levels)
        ctypes.memmove(verdict, levels.translate(VERDICTS), rows)

    def rows(self) -> Counts:
        """As `RowDecision.rows`; that a row leads to nobody is no doubt here."""
        counts = self._tally.rows()
        return Counts(counts.read, counts.kept, counts.removed, counts.held)

    def removed_by_type1_alone(self) -> int:
        """Rows."""
        return self._tally.removed_by_type1_alone()


class NobodysRows:
    """The rows of nobody's, of one walk over a folder.

    Args:
        beside: the tables of which rows go with those of people.
        whole: tables that stay as they are, and so does what their rows lead to.
    """

    def __init__(self, tables: Sequence[Opened], naming: Naming, beside: NobodysTables, whole: Collection[str]) -> None:
        self.beside, self._naming, self._whole = beside, naming, whole
        ways = {
            (link.target, link.target_columns)
            for one in tables
            for link in one.table.links
            if link.target in beside.names
        }
        self._indexes = {way: KeyIndex() for way in sorted(ways)}
        self._gathered: dict[str, GatheringRows] = {}

    def refers(self, one: Opened) -> tuple[Key, ...]:
        """The keys by which rows of this table lead to rows of nobody's."""
        return tuple(
            Key(link.columns, self._indexes[link.target, link.target_columns])
            for link in one.table.links
            if (link.target, link.target_columns) in self._indexes
        )

    def goes_with_others(self, one: Opened) -> bool:
        """Must this table be read twice, because what becomes of its rows is not known before those of people were read?"""
        return one.name in self.beside.names

    def gathering(self, one: Opened, seen: RowDecision) -> GatheringRows | RowDecision:
        """What a table that leads to nobody is shown to."""
        leads = self.refers(one)
        if not (self.goes_with_others(one) or (one.name in self._whole and leads)):
            return seen
        has = [Key(way[1], index) for way, index in self._indexes.items() if way[0] == one.name]
        gathering = GatheringRows(seen, self._naming, one.table.nulls, has, leads)
        self._gathered[one.name] = gathering
        return gathering

    def settled(self) -> dict[str, TableFate]:
        """What becomes of the rows of each table that goes with others, once every row of people's was read."""
        first_key: dict[int, int] = {}
        nodes = 0
        for index in self._indexes.values():
            first_key[id(index)] = nodes
            nodes += index.count
        places = []
        for name, gathering in self._gathered.items():
            for piece in gathering.gathered:
                places.append((name, piece, nodes))
                nodes += piece.rows
        down, up = _edges(places, first_key, self.beside.trailing)
        best = bytearray(nodes)
        for index in self._indexes.values():
            at = first_key[id(index)]
            best[at : at + index.count] = bytes(index.state)[: index.count].translate(_LEVEL_ALONE)
        spread(best, down)
        led_to = bytes(best)
        for name, piece, at in places:
            if name not in self.beside.trailing:
                stays = name in self._whole
                best[at : at + piece.rows] = (
                    bytes([BEST]) * piece.rows if stays else best[at : at + piece.rows].translate(_UNTOUCHED_STAY)
                )
        spread(best, down)
        level = bytearray(nodes)
        for name, piece, at in places:
            if name in self.beside.referred:
                level[at : at + piece.rows] = best[at : at + piece.rows].translate(_AS_LEVEL)
        spread(level, up)
        fates = {name: TableFate() for name in self._gathered if name in self.beside.names}
        for name, piece, at in places:
            if name in fates:
                fates[name].levels += level[at : at + piece.rows]
        for name in fates.keys() & self.beside.referred:
            mine = [(piece.rows, at) for one, piece, at in places if one == name]
            fates[name].unused = sum(
                level[node] == Level.STAYS and led_to[node] != BEST
                for rows, at in mine
                for node in range(at, at + rows)
            )
            fates[name].unreached = sum(led_to[at : at + rows].count(0) for rows, at in mine)
        return fates


_LEVEL_ALONE = bytes(state & LEVELS for state in range(256))
_UNTOUCHED_STAY = bytes([BEST, *range(1, 256)])
_AS_LEVEL = bytes(max(0, BEST - best) for best in range(256))


def _edges(
    places: Sequence[tuple[str, _GatheredRows, int]], first_key: dict[int, int], trailing: Collection[str]
) -> tuple[list[Edges], list[Edges]]:
    """Down: from rows to those to which they lead. Up: from these to the rows of `trailing` tables that lead to them."""
    down, up = [], []
    for name, piece, at in places:
        for index, numbers in piece.has:
            first = first_key[id(index)]
            down.append(edges_between(numbers, piece.rows, first, at, to_keys=False))
            up.append(edges_between(numbers, piece.rows, first, at, to_keys=True))
        for index, numbers in piece.leads:
            first = first_key[id(index)]
            down.append(edges_between(numbers, piece.rows, first, at, to_keys=True))
            if name in trailing:
                up.append(edges_between(numbers, piece.rows, first, at, to_keys=False))
    return down, up
