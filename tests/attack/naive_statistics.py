"""NAIVE: disclosure control as it was before November 2026, kept so that the attacker is known to bite.

National numbers exact, a star anything from one on, the smallest cell of a sum hidden next, deaths judged as any other number, and no
list caps a practice. Its own solver found nothing in what it published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from math import ceil, floor, inf
from typing import Any

from ndoo.domain.errors import NotPermitted, UnfitData, UsageFault
from ndoo.statistics.cells import AGE_GEN, DEAD, NATIONAL, REG_GEO, RES_GEO, TOTAL, UNALLOCATED, Cell, age_sums

SUPPRESSED = "*"
SMALL = range(1, 8)
STEP = 5
MOST = 10**8
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell as it stands in the table: `value` is None where it is suppressed; `step` is 1 where it is exact, else 5."""

    value: int | None
    step: int

    @property
    def text(self) -> str:
        return SUPPRESSED if self.value is None else str(self.value)

    def interval(self, list_size: int | None) -> Interval:
        """Which counts can it be? Nobody reads more out of the cell alone.

        Nought is always exact, so what is suppressed is one at least; and no more than the people registered.
        """
        if self.value is None:
            return 1, list_size if list_size else MOST
        if self.step == 1 or self.value == 0:
            return self.value, self.value
        return max(SMALL[-1] + 1, self.value - self.step // 2), self.value + self.step // 2


def shown(count: int, step: int) -> Shown:
    """One cell taken alone: small counts suppressed, others rounded to the nearest `step`."""
    if count in SMALL:
        return Shown(None, step)
    return Shown((count + step // 2) // step * step, step)


@dataclass(frozen=True, slots=True)
class Publication:
    """The cells of one day, as they are shown."""

    as_at: date
    cells: Mapping[Cell, Shown]
    list_sizes: Mapping[Cell, int] = field(default_factory=dict)
    name: str = "this publication"

    def interval(self, cell: Cell) -> Interval:
        """What the tables say of one cell; anything where it is not in them."""
        if cell not in self.cells:
            return 0, MOST
        return self.cells[cell].interval(self.list_sizes.get(cell))


FEWEST_VALUES = 5
"""A small count must be left at least so many values."""
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Found:
    """A count, or (with `since`) its change since another day, that can be 1 to 7 and is bounded too closely."""

    as_at: date
    cell: Cell
    low: int
    high: int
    since: date | None = None


class Attacker:
    """Knows every earlier publication, and looks at one more."""

    def __init__(self, earlier: Sequence[Publication] = ()) -> None:
        self._earlier = earlier
        self._systems: dict[date, list[System]] = {}
        for day in dict.fromkeys(one.as_at for one in earlier):
            self._systems[day] = _systems([one for one in earlier if one.as_at == day])

    def found(self, current: Publication) -> list[Found]:
        """Everything that is bounded to fewer than five values of which one is 1 to 7: counts of every day, and changes
        between `current` and every other day.

        Raises:
            UnfitData: a publication does not add up. UsageFault: the solver is not installed.
        """
        same_day = [one for one in self._earlier if one.as_at == current.as_at]
        systems = self._systems | {current.as_at: _systems([*same_day, current])}
        found = [one for day in systems.values() for system in day for one in system.counts()]
        mine = next(system for system in systems[current.as_at] if system.holds(current))
        others = [system for day in systems.values() for system in day if system is not mine]
        return found + [one for other in others for one in mine.changes(other)]


def too_close(low: int, high: int) -> bool:
    """May a small count, or a small change, lie here, and are there too few values for it?"""
    small = low <= SMALL[-1] and high >= SMALL[0], -high <= SMALL[-1] and -low >= SMALL[0]
    return high - low + 1 < FEWEST_VALUES and any(small)


def _systems(publications: Sequence[Publication]) -> list[System]:
    """Of one day: one for all; where they contradict each other (the register was corrected), one for each."""
    together = System(publications)
    return [together] if together.possible else [_alone(one) for one in publications]


def _alone(publication: Publication) -> System:
    """List sizes of another day than the choices' may contradict them: then they say nothing."""
    for one in (publication, Publication(publication.as_at, publication.cells, {}, publication.name)):
        system = System([one], [publication])
        if system.possible:
            return system
    raise UnfitData(
        "statistics-contradiction",
        "A publication contradicts itself: its tables do not add up, however they were rounded. Nothing can be checked "
        "against it.",
    )


class System:
    """All that is known of one day: the bounds of every cell, and the sums between them."""

    def __init__(self, publications: Sequence[Publication], stands_for: Sequence[Publication] | None = None) -> None:
        self.as_at = publications[0].as_at
        self._stands_for = publications if stands_for is None else stands_for
        cells = dict.fromkeys(cell for one in publications for cell in one.cells)
        sums = age_sums()
        cells |= dict.fromkeys(cell for whole, parts in sums for cell in (whole, *parts))
        self._known: dict[Cell, Interval] = {
            cell: (max(p.interval(cell)[0] for p in publications), min(p.interval(cell)[1] for p in publications))
            for cell in cells
        }
        self._solved: dict[tuple[str, Interval] | Cell, Interval] = {}
        self._program = _Program()
        self.possible = all(low <= high for low, high in self._known.values())
        if not self.possible:
            return
        self._at = {cell: self._program.add(*self._known[cell]) for s in sums for cell in (s.whole, *s.parts)}
        for whole, parts in sums:
            self._program.add_up(self._at[whole], [self._at[part] for part in parts])
        for table in (REG_GEO, RES_GEO):
            self._add_places(table)
        self.possible = self._program.possible()

    def _add_places(self, table: str) -> None:
        """Places of which the tables say the same cannot be told apart: one stands for all of them, the rest are one sum."""
        alike: dict[Interval, int] = defaultdict(int)
        for cell, interval in self._known.items():
            alike[interval] += cell.table == table
        parts = []
        for (low, high), many in alike.items():
            if many:
                self._at[Cell(table, "", f"{low}-{high}")] = one = self._program.add(low, high)
                parts.append(one)
                if many > 1:
                    parts.append(self._program.add((many - 1) * low, min((many - 1) * high, MOST)))
        if parts:
            self._program.add_up(self._at[TOTAL], parts, complete=Cell(table, UNALLOCATED) in self._known)

    def holds(self, publication: Publication) -> bool:
        """Is this publication part of it?"""
        return any(one is publication for one in self._stands_for)

    def bounds(self, cell: Cell) -> Interval:
        """The least and the greatest count that this cell can have."""
        known = self._known.get(cell, (0, MOST))
        stand_in = cell if cell in self._at else Cell(cell.table, "", f"{known[0]}-{known[1]}")
        if stand_in not in self._at:
            return known
        if stand_in not in self._solved:
            self._solved[stand_in] = self._program.bounds(self._at[stand_in])
        return self._solved[stand_in]

    def counts(self) -> Iterator[Found]:
        """What is too close in itself."""
        for cell in self._known:
            low, high = self.bounds(cell)
            if too_close(low, high):
                yield Found(self.as_at, cell, low, high)

    def changes(self, before: System) -> Iterator[Found]:
        """What has changed by too few people, as far as anybody can tell."""
        for cell in self._known:
            if cell in before._known:
                (low, high), (first, last) = self.bounds(cell), before.bounds(cell)
                if too_close(low - last, high - first):
                    yield Found(self.as_at, cell, low - last, high - first, before.as_at)


class _Program:
    """The linear program of one day, in HiGHS."""

    def __init__(self) -> None:
        self._solver = _highs().Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._columns = 0

    def add(self, low: int, high: int) -> int:
        """A new unknown between two bounds."""
        self._solver.addVar(low, high)
        self._columns += 1
        return self._columns - 1

    def add_up(self, whole: int, parts: Sequence[int], *, complete: bool = True) -> None:
        """The whole is its parts together; where they are not complete, it is no less."""
        upper = 0.0 if complete else inf
        self._solver.addRow(0.0, upper, len(parts) + 1, [whole, *parts], [1.0, *[-1.0] * len(parts)])

    def possible(self) -> bool:
        """Are there counts at all that fit?"""
        self._solver.run()
        return bool(self._solver.getModelStatus() == _highs().HighsModelStatus.kOptimal)

    def bounds(self, column: int) -> Interval:
        """The least and the greatest value of one unknown."""
        low, high = (self._best(column, sense) for sense in ("kMinimize", "kMaximize"))
        return ceil(low - _TOLERANCE), floor(high + _TOLERANCE)

    def _best(self, column: int, sense: str) -> float:
        self._solver.changeColCost(column, 1.0)
        self._solver.changeObjectiveSense(getattr(_highs().ObjSense, sense))
        self._solver.run()
        best = self._solver.getInfo().objective_function_value
        self._solver.changeColCost(column, 0.0)
        return float(best)


@cache
def _highs() -> Any:
    try:
        import highspy
    except ImportError:
        raise UsageFault("statistics-missing", 'The solver is not installed: pip install "ndoo[statistics]".') from None
    return highspy


def controlled(
    counts: Mapping[Cell, int],
    cells: Sequence[Cell],
    as_at: date,
    list_sizes: Mapping[Cell, int],
    earlier: Sequence[Publication] = (),
    *,
    earlier_accepted: bool = False,
) -> Publication:
    """Decide how each of `cells` is shown, so that the attacker finds nothing in it.

    Args:
        earlier_accepted: somebody has seen what earlier publications give away by themselves.

    Raises:
        NotPermitted: something can be found whatever is suppressed, or in earlier publications alone.
    """
    sizes = {cell: list_sizes[cell] for cell in cells if cell in list_sizes}
    said = {cell: shown(counts.get(cell, 0), 1 if cell in NATIONAL else STEP) for cell in cells}
    attacker = Attacker(earlier)
    while True:
        publication = Publication(as_at, dict(said), sizes)
        found = attacker.found(publication)
        mine = [one for one in found if one.as_at == as_at]
        if len(found) > len(mine) and not earlier_accepted:
            raise NotPermitted(
                "statistics-earlier-recoverable",
                "From earlier publications alone a count of 1 to 7 people can be worked out. See to that first, or say with "
                "--earlier-accepted-by who has seen it. Nothing was published.",
            )
        if not mine:
            return publication
        before = dict(said)
        for one in mine:
            _settle(one, said, before)
        if said == before:
            raise _recoverable()


def _recoverable() -> NotPermitted:
    return NotPermitted(
        "statistics-recoverable",
        "From this publication, with every earlier one, a count of 1 to 7 people could be worked out, and nothing that could "
        "still be suppressed changes that. Nothing was published.",
    )


def _settle(one: Found, said: dict[Cell, Shown], before: Mapping[Cell, Shown]) -> None:
    """Say less in a sum in which this was found, unless that was done in this round already."""
    near = [cell for cell in said if cell not in NATIONAL and _together(cell, one.cell)]
    if any(said[cell] != before[cell] for cell in near):
        return
    others = [cell for cell in near if said[cell].value]
    if one.cell not in NATIONAL and others:
        cell = min(others, key=lambda cell: (cell == one.cell, said[cell].value or 0, cell))
        said[cell] = replace(said[cell], value=None)
        return
    cell = DEAD if one.cell == DEAD else TOTAL
    if said[cell].step == 1 and said[cell].value is not None:
        said[cell] = shown(said[cell].value or 0, STEP)
    else:
        said[cell] = replace(said[cell], value=None)


def _together(one: Cell, other: Cell) -> bool:
    """Do they stand in one sum, the national total left aside?"""
    if one.table != other.table or DEAD in (one, other):
        return False
    return one.table != AGE_GEN or one.group == other.group or one.sex == other.sex
