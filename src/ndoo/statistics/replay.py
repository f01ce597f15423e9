"""The method, replayed before publishing: what the tables tell whoever knows how they came about.

Whoever knows the method knows that nothing was suppressed beside the small counts unless something needed it. Where all stars of the
table by age can be small together, nothing else needed to be, and what that leaves of each count is left. Else some stars hide what is
not small: then the method is tried on tables in which up to three of them are shown, and what those leave that become this very
publication is left. All of it is read from what is published: what is refused on this ground tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from ndoo.disclosure.linear_program import MOST, Interval
from ndoo.disclosure.small_counts import FEWEST_VALUES, SMALL
from ndoo.statistics.cells import AGE_GEN, DEAD, Cell
from ndoo.statistics.publication import Shown, ShownCells
from ndoo.statistics.system import System

Ages = Callable[[Mapping[Cell, Shown]], Mapping[Cell, Shown]]
"""The method: what it makes of the table by age, each cell taken alone."""
_AT_ONCE = 3
"""Stars that hide what is not small, at most."""
_STEPS = 6
"""For each of them, so many of the numbers that could be shown, from the least on."""
_TRIED = 10
"""Tables on which the method is tried, at most."""


def tells(publication: ShownCells, system: System, others: Sequence[System], ages: Ages) -> bool:
    """Does the method, once it is known, leave a count or a change of 1 to 7 fewer than five values, as far as could be tried?

    Args:
        system: of the publication's day; others: of the other days.
    """
    table = {cell: said for cell, said in publication.cells.items() if cell.table == AGE_GEN}
    if not any(said.value for cell, said in table.items() if cell != DEAD):
        return False
    left: dict[Cell, set[int]] = {cell: set() for cell in system.cells if cell != DEAD}

    def still(cells: Iterable[Cell], by: System) -> list[Cell]:
        """Those that are left too few values, with what is known by now."""
        for cell in cells:
            low, high = by.bounds(cell)
            left[cell].update(range(low, min(high, low + SMALL[-1]) + 1))
        return [cell for cell in cells if _too_few(cell, left[cell], publication, system, others)]

    small = system.with_all_small
    too_few = still([*left], small) if small else [*left]
    for first, narrowed in islice(_first_looks(table, system) if too_few else (), _TRIED):
        if ages(first) == table:
            too_few = still(too_few, narrowed)
        if not too_few:
            break
    return bool(too_few)


def _first_looks(table: Mapping[Cell, Shown], system: System) -> Iterator[tuple[Mapping[Cell, Shown], System]]:
    """Tables in which some stars are shown and the others small, and what they leave of each count."""
    stars = [cell for cell, said in table.items() if said.value is None and cell != DEAD]
    for many in range(_AT_ONCE + 1):
        for shown in combinations(stars, many):
            small: dict[Cell, Interval] = {cell: (0, SMALL[-1]) for cell in stars if cell not in shown}
            apart = system.narrowed({**small, **dict.fromkeys(shown, (SMALL[-1] + 1, MOST))})
            if apart.possible:
                for steps in product(range(_STEPS), repeat=many):
                    if found := _shown(table, apart, shown, steps):
                        yield found


def _shown(
    table: Mapping[Cell, Shown], system: System, shown: Sequence[Cell], steps: Sequence[int]
) -> tuple[Mapping[Cell, Shown], System] | None:
    """The table with these stars shown, each as the number that is so many steps above the least that it can be."""
    first = dict(table)
    for cell, step in zip(shown, steps, strict=True):
        low, high = system.bounds(cell)
        by = table[cell].step
        first[cell] = replace(table[cell], value=(low + by // 2) // by * by + step * by)
        least, most = first[cell].interval(None)
        if least > high:
            return None
        system = system.narrowed({cell: (least, most)})
    return first, system


def _too_few(cell: Cell, left: set[int], publication: ShownCells, system: System, others: Sequence[System]) -> bool:
    """Are there fewer than five values, of which one is a small count, a few who did not opt out, or a small change?"""
    size = publication.list_sizes.get(cell, MOST)
    if left == {0} or len(left) >= min(FEWEST_VALUES, size + 1):  # of a list of three, all that can be
        return False
    if not left or min(left) <= SMALL[-1] or size - max(left) <= SMALL[-1]:
        return True
    narrow = [before.bounds(cell) for before in others if before.has(cell) and system.same_meaning(cell, before)]
    changes = [
        {many - then for many in left for then in range(low, high + 1)}
        for low, high in narrow
        if high - low + 1 < FEWEST_VALUES
    ]
    return any(len(some) < FEWEST_VALUES and any(abs(one) in SMALL for one in some) for some in changes)
