"""The counts that a cell can have, from all that was published of one day: linear programs over the sums that tie the cells.

A table of places is one sum, tied to the other tables by the total alone: its cells are bounded by reckoning, and thousands of them
cost nothing. Publications of one day with other codes are tied by what is unallocated in the one and named in the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ndoo.disclosure.linear_program import MOST, Interval, LinearProgram
from ndoo.disclosure.small_counts import SMALL
from ndoo.statistics.cells import DEAD, REG_GEO, RES_GEO, TOTAL, UNALLOCATED, Cell, age_sums
from ndoo.statistics.publication import ShownCells


class System:
    """The bounds of every cell.

    Args:
        small_in: the parts of tables of which every star is taken for 1 to 7, as most are; None: whether they can all be is not asked.
        limits: what publications of wholes and parts say of cells.
    """

    def __init__(
        self,
        publications: Sequence[ShownCells],
        stands_for: Sequence[ShownCells] | None = None,
        *,
        small_in: frozenset[tuple[str, bool]] | None = frozenset(),
        limits: Mapping[Cell, Interval] | None = None,
    ) -> None:
        self._limits = limits or {}
        self.as_at = publications[0].as_at
        self._publications = publications
        self._stands_for = publications if stands_for is None else stands_for
        cells = dict.fromkeys(cell for one in publications for cell in one.cells)
        cells |= dict.fromkeys(cell for whole, parts in age_sums() for cell in (whole, *parts))
        for table in (REG_GEO, RES_GEO):
            if len(self._codes(table)) > 1:  # what is unallocated is not the same people in each
                cells.pop(Cell(table, UNALLOCATED), None)
        self._stars = {cell for one in publications for cell, said in one.cells.items() if said.value is None}
        self._sizes = {
            cell: size for one in publications for cell, size in one.list_sizes.items() if cell in self._stars
        }
        self._telling = frozenset(
            cell.part for one in publications for cell, said in one.cells.items() if said.value and cell != DEAD
        )
        """Parts of tables that are not withheld: there most stars are small."""
        self._known = {cell: self._read(cell, small_in or frozenset()) for cell in cells}
        for whole, parts in age_sums():  # what nothing is said of is no more than its whole
            for cell in parts:
                if self._known[cell] == (0, MOST):
                    self._known[cell] = 0, self._known[whole][1]
        self._program, self._at = LinearProgram("The published statistics"), dict[Cell, int]()
        self._alike: dict[Cell, tuple[int, Interval]] = {}
        """Of a cell in a table of places: the unknown that stands for its whole table, and what the table says of that."""
        self._solved: dict[int, Interval] = {}
        self.possible = all(low <= high for low, high in self._known.values()) and self._built()
        self._small: System | None = None
        self._every_small: System | None = None
        """As `_small`, where of a table that says something a part says nothing: its stars may be small counts all the same."""
        if self.possible and self._stars and small_in == frozenset():
            tables = {table for table, _ in self._telling}
            every = frozenset(cell.part for cell in self._stars if cell.table in tables) | self._telling
            self._small = self._if_small(self._telling)
            self._every_small = self._if_small(every) if every != self._telling else None

    @property
    def with_all_small(self) -> System | None:
        """The same where all stars are small, but for those in parts that are withheld as a whole. None where they cannot all be."""
        return self._small if self._stars else self

    def narrowed(self, limits: Mapping[Cell, Interval]) -> System:
        """The same, of which more is known of some cells."""
        every = {**self._limits, **limits}
        every |= {cell: _common(self._limits[cell], limits[cell]) for cell in limits if cell in self._limits}
        return System(self._publications, self._stands_for, small_in=None, limits=every)

    def _if_small(self, parts: frozenset[tuple[str, bool]]) -> System | None:
        """What is left where all stars of these parts are small; None where they cannot all be."""
        small = System(self._publications, small_in=parts or None, limits=self._limits)
        return small if small.possible else None

    @property
    def cells(self) -> Iterator[Cell]:
        """All that are published, and those that are not but can be reckoned."""
        return iter(self._known)

    def has(self, cell: Cell) -> bool:
        """Is it one of them?"""
        return cell in self._known

    def holds(self, publication: ShownCells) -> bool:
        """Is this publication part of it?"""
        return any(one is publication for one in self._stands_for)

    def bounds(self, cell: Cell) -> Interval:
        """The least and the greatest count that this cell can have."""
        low, high = self._known.get(cell, (0, MOST))
        if cell in self._at and low < high:
            return self._of(self._at[cell])
        if cell in self._alike:
            column, (least, most) = self._alike[cell]
            lowest, highest = self._of(column)
            return max(low, lowest - (most - high)), min(high, highest - (least - low))
        return low, high

    def judged(self, cell: Cell) -> Iterator[Interval]:
        """Between which bounds it lies, as the method would have it: a star is small until it cannot be."""
        low, high = self.bounds(cell)
        if self._every_small:
            yield self._every_small.bounds(cell)
        if not self._may_be_small(cell):
            yield low, high
            return
        if self._sizes.get(cell, MOST) <= SMALL[-1] and (low, high) == self._known[cell]:
            return  # whatever can be
        ends = [_common((low, high), (SMALL[0], SMALL[-1]))]
        if self._small:
            ends.append(self._small.bounds(cell))
        yield from (end for end in ends if end[0] <= end[1])

    def staying(self, cell: Cell) -> Interval | None:
        """How many of a list may not have opted out; where a star may stand because these are few or nobody, as if they were. None where
        nobody is registered for certain, or all that can be is left open."""
        size = self._sizes.get(cell)
        low, high = self.bounds(cell)
        if size is None or (size <= SMALL[-1] and (low, high) == self._known[cell]):
            return None
        if self._may_be_small(cell) and high >= size - SMALL[-1]:
            low = max(low, size - SMALL[-1])
        return max(0, size - high), size - low

    def _may_be_small(self, cell: Cell) -> bool:
        return cell in self._stars and (cell.part in self._telling or cell == DEAD)

    def likely(self, cell: Cell) -> Interval:
        """As `judged`, by one interval: small where it can be."""
        low, high = bounds = self.bounds(cell)
        if cell not in self._stars or high < SMALL[0] or low > SMALL[-1] or cell.part not in self._telling:
            return bounds
        return _common(bounds, (SMALL[0], SMALL[-1]))

    def views(self, cell: Cell) -> set[Interval]:
        """As `likely`, and as it is where all stars are small."""
        return {self.likely(cell), *(small.bounds(cell) for small in (self._small, self._every_small) if small)}

    def same_meaning(self, cell: Cell, other: System) -> bool:
        """Does a cell of both speak of the same people? What is unallocated does where the same codes are named."""
        return cell.group != UNALLOCATED or self._codes(cell.table) == other._codes(cell.table)

    def _codes(self, table: str) -> list[frozenset[str]]:
        """The codes that each publication names."""
        named = [frozenset(cell.group for cell in one.cells if cell.table == table) for one in self._publications]
        return list(dict.fromkeys(codes for codes in named if codes))

    def _read(self, cell: Cell, small_in: frozenset[tuple[str, bool]]) -> Interval:
        read = [one.interval(cell) for one in self._publications if cell in one.cells] or [(0, MOST)]
        low, high = _common(
            (max(low for low, _ in read), min(high for _, high in read)), self._limits.get(cell, (0, MOST))
        )
        if cell in self._stars and cell.part in small_in:
            return _common((low, high), (0, SMALL[-1]))
        return low, high

    def _built(self) -> bool:
        sums = age_sums()
        for cell in dict.fromkeys(cell for whole, parts in sums for cell in (whole, *parts)):
            self._at[cell] = self._program.add(*self._known[cell])
        for whole, parts in sums:
            self._program.add_up(self._at[whole], [self._at[part] for part in parts])
        for table in (REG_GEO, RES_GEO):
            self._add_places(table)
        return self._program.possible()

    def _add_places(self, table: str) -> None:
        named = self._codes(table)
        if not named:
            return
        shared = frozenset.intersection(*named)
        together = [cell for code in shared if (cell := Cell(table, code)) in self._known]
        sums = sum(self._known[cell][0] for cell in together), sum(self._known[cell][1] for cell in together)
        column = self._program.add(*sums)
        for cell in together:
            self._alike[cell] = column, sums
        if len(named) == 1:
            self._program.add_up(self._at[TOTAL], [column], complete=UNALLOCATED in shared)
            return
        apart = {code: self._apart(Cell(table, code)) for code in frozenset.union(*named) - shared - {UNALLOCATED}}
        nowhere = self._program.add(0, MOST)
        self._program.add_up(self._at[TOTAL], [column, *apart.values(), nowhere])
        for one in self._publications:
            cell, codes = Cell(table, UNALLOCATED), {cell.group for cell in one.cells if cell.table == table}
            if cell in one.cells:
                left = self._program.add(*one.interval(cell))
                self._program.add_up(left, [nowhere, *(at for code, at in apart.items() if code not in codes)])

    def _apart(self, cell: Cell) -> int:
        self._at[cell] = self._program.add(*self._known[cell])
        return self._at[cell]

    def _of(self, column: int) -> Interval:
        if column not in self._solved:
            self._solved[column] = self._program.bounds(column)
        return self._solved[column]


def _common(one: Interval, other: Interval) -> Interval:
    return max(one[0], other[0]), min(one[1], other[1])
