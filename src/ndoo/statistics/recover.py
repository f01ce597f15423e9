"""What can be found out from everything that was ever published: a solver plays whoever subtracts.

The attacker knows the tables, how they add up, how they are rounded, how many people are registered, and the method: that a star is
1 to 7 unless something else needed it, and that most stars are. So a star is judged as if it were small, alone and together with all
other stars. Every count is bounded from below and above; the sums of one day make a network, so the bounds are whole numbers that can
be reached. Months are tied by the days that they share, and by the dead, who are never fewer. Nothing here knows the true
counts: what the tables give away is the same whoever looks, and what is suppressed on this ground tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ndoo.disclosure.linear_program import Interval
from ndoo.disclosure.small_counts import FEWEST_VALUES, SMALL
from ndoo.domain.errors import UnfitData
from ndoo.statistics.cells import DEAD, Cell
from ndoo.statistics.parts import limits_of
from ndoo.statistics.publication import ShownCells
from ndoo.statistics.system import System


@dataclass(frozen=True, slots=True)
class RecoveredCount:
    """A count, or (with `since`) its change since another day, that can be 1 to 7 and is bounded too closely."""

    as_at: date
    cell: Cell
    low: int
    high: int
    since: date | None = None


class Attacker:
    """Knows every earlier publication, and looks at one more."""

    def __init__(self, earlier: Sequence[ShownCells] = ()) -> None:
        self._earlier = earlier
        self._systems = [
            system
            for day in dict.fromkeys(one.as_at for one in earlier)
            for system in _systems([one for one in earlier if one.as_at == day])
        ]
        self._last: tuple[ShownCells, list[System]] | None = None
        """What was looked at last, and what is known of it: it is replayed when nothing was found."""
        self._found_before = [one for system in self._systems for one in _counts(system)]

    def found(self, current: ShownCells) -> list[RecoveredCount]:
        """Everything that is bounded to fewer than five values of which one is 1 to 7: counts of every day, and changes
        between `current` and every other day.

        Raises:
            UnfitData: a publication does not add up. UsageFault: the solver is not installed.
        """
        mine, same_day, others = self.systems(current)
        found = [one for one in self._found_before if one.as_at != current.as_at]
        found += [one for system in (mine, *same_day) for one in _counts(system)]
        others += same_day
        return found + list(_changes(mine, others)) + _deaths(mine, others)

    def systems(self, current: ShownCells) -> tuple[System, list[System], list[System]]:
        """That of `current`, others of its day, and those of other days.

        Raises:
            UnfitData, UsageFault: see `found`.
        """
        now = _systems([*(one for one in self._earlier if one.as_at == current.as_at), current])
        mine = next(system for system in now if system.holds(current))
        return (
            mine,
            [one for one in now if one is not mine],
            [one for one in self._systems if one.as_at != current.as_at],
        )


def too_close(low: int, high: int) -> bool:
    """May a small count, or a small change, lie here, and are there too few values for it?"""
    small = low <= SMALL[-1] and high >= SMALL[0], -high <= SMALL[-1] and -low >= SMALL[0]
    return high - low + 1 < FEWEST_VALUES and any(small)


def _systems(publications: Sequence[ShownCells]) -> list[System]:
    """Of one day: one for all; where they contradict each other, one for each: as parts of each other where they are, and else as what
    was corrected."""
    together = System(publications)
    if together.possible:
        return [together]
    return [_alone(one, limits_of(one, [other for other in publications if other is not one])) for one in publications]


def _alone(publication: ShownCells, limits: Mapping[Cell, Interval]) -> System:
    """List sizes of another day than the choices' may contradict them, and so may what only looks like a part: then they say nothing."""
    without = replace(publication, list_sizes={})
    for one, narrowed in ((publication, limits), (publication, {}), (without, {})):
        system = System([one], [publication], limits=narrowed)
        if system.possible:
            return system
    raise UnfitData(
        "statistics-contradiction",
        "A publication contradicts itself: its tables do not add up, however they were rounded. Nothing can be checked "
        "against it.",
    )


def _counts(system: System) -> Iterator[RecoveredCount]:
    """What is too close in itself."""
    for cell in system.cells:
        for low, high in system.judged(cell):
            if too_close(low, high):
                yield RecoveredCount(system.as_at, cell, low, high)
        stay = system.staying(cell)
        if stay and stay[0] <= SMALL[-1] and stay[1] - stay[0] + 1 < FEWEST_VALUES:
            yield RecoveredCount(system.as_at, cell, *stay)


def _changes(now: System, others: Sequence[System]) -> Iterator[RecoveredCount]:
    """What has changed by too few people, as far as anybody can tell. A count of many values has changed by as many."""
    close = [(cell, view) for cell in now.cells if cell != DEAD for view in now.views(cell)]
    close = [(cell, (low, high)) for cell, (low, high) in close if high - low + 1 < FEWEST_VALUES]
    for before in others:
        for cell, (low, high) in close:
            if before.has(cell) and now.same_meaning(cell, before):
                for first, last in before.views(cell):
                    if too_close(low - last, high - first):
                        yield RecoveredCount(now.as_at, cell, low - last, high - first, before.as_at)


def _deaths(now: System, others: Sequence[System]) -> list[RecoveredCount]:
    """The dead are never fewer: their number lies between those of the days around, and so does its change."""
    days = sorted((one for one in (now, *others) if one.has(DEAD)), key=lambda one: one.as_at)
    known = [one.likely(DEAD) for one in days]
    lows = [max(low for low, _ in known[: at + 1]) for at in range(len(days))]
    highs = [min(high for _, high in known[at:]) for at in range(len(days))]
    if any(low > high for low, high in zip(lows, highs, strict=True)):  # corrected since: they may be fewer
        lows, highs = [low for low, _ in known], [high for _, high in known]
    here = next((at for at, one in enumerate(days) if one is now), None)
    found = []
    for at, other in enumerate(days):
        if here is not None and other.as_at != now.as_at:
            first, last = sorted((at, here))
            change = lows[last] - highs[first], highs[last] - lows[first]
            if lows[first] <= lows[last] and highs[first] <= highs[last]:
                change = max(0, change[0]), change[1]
            if too_close(*change):
                found.append(RecoveredCount(now.as_at, DEAD, *change, other.as_at))
    return found
