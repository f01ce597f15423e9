"""Who knows the method tries every world: all counts that the method turns into exactly what was published.

Independent of the solver that judges before publishing: no program, no bounds, only counting and the method itself (Kerckhoffs). A
cell is broken where its true count, or the number of those who did not opt out, is 1 to 7 and fewer than five values are left for it; a
change likewise. So that all can be tried, the towns are small: two bands, three practices, forty people.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import product
from math import prod

from ndoo.statistics.cells import (
    AGE_GEN,
    ALL,
    DEAD,
    FEMALE,
    MALE,
    NOT_SAID,
    REG_GEO,
    SEXES,
    TOTAL,
    UNALLOCATED,
    Cell,
    age_cells,
)
from ndoo.statistics.publication import Shown, ShownCells

Counts = Mapping[Cell, int]
Method = Callable[[Counts, Sequence[Cell], date, Mapping[Cell, int], Sequence[ShownCells]], ShownCells]
Alone = Callable[[int, int | None], str]
"""A cell taken alone, as the method begins: what stands there before anything else is thought about."""
Seen = Callable[[tuple[str, ...]], tuple[str, ...]]
"""All that the method sees of the cells of a table, each taken alone: worlds of which it sees the same are tried as one."""
FEWEST = 5
SMALL = range(1, 8)
TRIED = 60_000
MOST = 45
"""The attacker knows that the town has no more people who opted out."""
PLACES = (Cell(REG_GEO, "A1"), Cell(REG_GEO, "A2"), Cell(REG_GEO, UNALLOCATED))
CELLS = (*age_cells(), *PLACES)


def whole(inmost: Mapping[Cell, int], places: Sequence[int], dead: int) -> dict[Cell, int]:
    """All counts of a month: of every cell that is published, and of an unknown sex by band, which is not."""
    counts = dict.fromkeys((*CELLS, *inmost), 0) | dict(zip(PLACES, places, strict=True)) | {DEAD: dead}
    for (_, band, sex), many in inmost.items():
        for one, other in ((ALL, ALL), (ALL, sex), (band, ALL), (band, sex)):
            counts[Cell(AGE_GEN, one, other)] += many
    return counts


@dataclass
class Month:
    """What was published of a month, and every count that each cell can have had."""

    truth: Counts
    said: ShownCells
    possible: dict[Cell, set[int]] = field(default_factory=dict)
    """Empty where trying them all would have taken too long."""


def town(draw: random.Random) -> tuple[list[str], dict[Cell, int]]:
    """One band with all its sexes, or two of women alone: mostly small, as in a small practice."""
    bands = draw.sample(["0-9", "30-39", "90+"], draw.choice([1, 1, 2]))
    inmost = {Cell(AGE_GEN, band, sex): 0 for band in bands for sex in SEXES}
    for cell in inmost:
        if cell.sex == FEMALE or (cell.sex == MALE and len(bands) == 1):
            inmost[cell] = draw.choice([0, 1, 2, 3, 5, 7, 8, 9, 11, 12, 13, 16, 17])
    inmost[Cell(AGE_GEN, bands[0], NOT_SAID)] = draw.choice([0, 0, 0, 1, 2])
    return bands, inmost


def months(
    method: Method, alone: Alone, seed: int, many: int, patience: int = 60, *, seen: Seen | None = None
) -> tuple[list[Month], dict[Cell, int]]:
    """A made-up town, published month after month; each month is tried by whoever knows the method, unless that takes too long.

    Args:
        patience: the method is asked about no more worlds that it sees differently, each month.
        seen: what the method sees of a table of places; all of it, where that is not said.
    """
    draw = random.Random(seed)
    bands, inmost = town(draw)
    dead = draw.choice([0, 3, 9, 21, 22])
    sizes: dict[Cell, int] = {}
    if draw.random() < 0.5:
        sizes = {place: draw.choice([8, 12, 20, 60, 400]) for place in PLACES[:2]}
    made: list[Month] = []
    for at in range(many):
        counts = whole(inmost, spread(draw, sum(inmost.values()), sizes), dead)
        earlier = [month.said for month in made]
        said = method(counts, CELLS, date(2020 + at // 12, at % 12 + 1, 1), sizes, earlier)
        month = Month(counts, said)
        month.possible = possible(method, alone, said, bands, sizes, earlier, counts, patience, seen or tuple) or {}
        made.append(month)
        for cell in inmost:
            if inmost[cell] and draw.random() < 0.4:
                inmost[cell] = max(0, inmost[cell] + draw.choice([-2, -1, 1, 2]))
        dead += draw.choice([0, 0, 1, 1, 4])
    return made, sizes


def spread(draw: random.Random, left: int, sizes: Mapping[Cell, int]) -> list[int]:
    """Where they are registered; never more than there are on the list."""
    places = []
    for place in PLACES[:2]:
        places.append(draw.randrange(min(left, sizes.get(place, left), 20) + 1))
        left -= places[-1]
    return [*places, left]


def possible(
    method: Method,
    alone: Alone,
    said: ShownCells,
    bands: Sequence[str],
    sizes: Mapping[Cell, int],
    earlier: Sequence[ShownCells],
    truth: Counts,
    patience: int,
    seen: Seen,
) -> dict[Cell, set[int]] | None:
    """Every count of every cell, over all worlds that the method turns into what was published. None where these are too many."""
    alone = cache(alone)
    total = bounds(said, TOTAL, MOST)
    if all(one.value is None for cell, one in said.cells.items() if cell.table == AGE_GEN and cell != DEAD):
        return {DEAD: set(bounds(said, DEAD, 60))}  # withheld as a whole: any table may stand behind it
    ages: dict[tuple[str, ...], list[dict[Cell, int]]] = {}
    inmost = [Cell(AGE_GEN, band, sex) for band in bands for sex in SEXES]
    ranges = [bounds(said, cell, min(9 if cell.sex == NOT_SAID else MOST, total[-1])) for cell in inmost]
    no_sex = bounds(said, Cell(AGE_GEN, ALL, NOT_SAID), 9)
    ranges = [range(no_sex[-1] + 1) if cell.sex == NOT_SAID else one for cell, one in zip(inmost, ranges, strict=True)]
    if prod(map(len, ranges)) > TRIED:
        return None
    of_ages = [cell for cell in said.cells if cell.table == AGE_GEN and cell.group in (ALL, *bands)]
    fits = [(cell, bounds(said, cell, 999)) for cell in of_ages]
    for values in product(*ranges):
        if total[0] <= sum(values) <= total[-1]:
            counts = whole(dict(zip(inmost, values, strict=True)), [0] * len(PLACES), 0)
            if all(counts[cell] in fit for cell, fit in fits):
                ages.setdefault(signature(alone, counts, of_ages, sizes), []).append(counts)
    wheres: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
    caps = [min(sizes.get(place, total[-1]), total[-1]) for place in PLACES]
    for places in product(*(bounds(said, place, cap) for place, cap in zip(PLACES, caps, strict=True))):
        if total[0] <= sum(places) <= total[-1]:
            counts = dict(zip(PLACES, places, strict=True))
            wheres.setdefault(seen(signature(alone, counts, PLACES, sizes)), []).append(places)
    if len(ages) * len(wheres) > patience:
        return None
    found: dict[Cell, set[int]] = {}
    for of_age in ages.values():
        for of_place in wheres.values():
            totals = {sum(places) for places in of_place}
            fit = [counts for counts in of_age if counts[TOTAL] in totals]
            if not fit:
                continue
            kept = {counts[TOTAL] for counts in fit}
            placed = [places for places in of_place if sum(places) in kept]
            one = (
                fit[0]
                | dict(zip(PLACES, next(p for p in placed if sum(p) == fit[0][TOTAL]), strict=True))
                | {DEAD: truth[DEAD]}
            )
            if texts(method(one, CELLS, said.as_at, sizes, earlier)) != texts(said):
                continue
            for counts in fit:
                for cell, many in counts.items():
                    if cell not in PLACES and cell != DEAD:
                        found.setdefault(cell, set()).add(many)
            for places in placed:
                for place, many in zip(PLACES, places, strict=True):
                    found.setdefault(place, set()).add(many)
    found[DEAD] = {many for many in bounds(said, DEAD, 60) if alone(many, None) == alone(truth[DEAD], None)}
    return found


def bounds(said: ShownCells, cell: Cell, most: int) -> range:
    """What one cell says by itself; a star nothing but that it may be anything."""
    shown: Shown | None = said.cells.get(cell)
    if shown is None or shown.value is None:
        return range(most + 1)
    if shown.step == 1 or shown.value == 0:
        return range(shown.value, shown.value + 1)
    return range(max(8, shown.value - 2), shown.value + 3)


def signature(alone: Alone, counts: Counts, cells: Sequence[Cell], sizes: Mapping[Cell, int]) -> tuple[str, ...]:
    """All that the method can see of a table, by those of its cells in which somebody can be."""
    return tuple(alone(counts[cell], sizes.get(cell)) for cell in cells)


def of_few(places: tuple[str, ...]) -> tuple[str, ...]:
    """What our method sees of a table of so few places: where one is a star, no more of the others than whether anybody is there."""
    return tuple("0" if one == "0" else "*" for one in places) if "*" in places else places


def texts(said: ShownCells) -> list[str]:
    return [said.cells[cell].text for cell in CELLS]


def broken(made: Sequence[Month], sizes: Mapping[Cell, int]) -> Iterator[tuple[str, int, Cell, tuple[int, ...]]]:
    """Every cell and every change that is 1 to 7, and of which fewer than five values are left."""
    for at, month in enumerate(made):
        for cell, values in month.possible.items():
            true, size = month.truth[cell], sizes.get(cell)
            assert true in values, (cell, true, values)
            if len(values) < FEWEST and (true in SMALL or (size is not None and size > 7 and size - true in range(8))):
                yield "count", at, cell, tuple(sorted(values))
            for before in made[:at]:
                if cell in before.possible and abs(true - before.truth[cell]) in SMALL:
                    changes = {now - then for now in values for then in before.possible[cell]}
                    changes = {change for change in changes if cell != DEAD or change >= 0}
                    if len(changes) < FEWEST:
                        yield "change", at, cell, tuple(sorted(changes))
