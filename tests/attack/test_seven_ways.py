"""The seven ways in which published statistics were broken, each against the method of before November 2026 and against today's.

The attacker reads the tables, knows the rules, and counts what is left; it has no solver. Broken is a count, or a change, of 1 to 7 that is left
fewer than five values. `pytest -s` prints how many of how many were.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.statistics.cells import (
    AGE_GEN,
    DEAD,
    FEMALE,
    MALE,
    REG_GEO,
    TOTAL,
    UNALLOCATED,
    Cell,
    age_cells,
)
from ndoo.statistics.publication import ShownCells
from ndoo.statistics.references import References
from ndoo.statistics.tables import written
from tests.attack.statistics_attacker import FEWEST, SMALL, Method, broken, months, of_few
from tests.attack.test_statistics_attacked import BROKEN_BEFORE, alone, alone_before, before, ours
from tests.spec.statistics_by_hand import counts_of

MONTHS = (date(2026, 10, 1), date(2026, 11, 1))
AGES = (*age_cells(),)
PRACTICES = tuple(Cell(REG_GEO, f"P{at}") for at in range(6))
REST = Cell(REG_GEO, UNALLOCATED)
MANY = 1000
Tally = tuple[int, int]
"""How many were tried, and how many of them broken."""
Way = Callable[[Method], Tally]


def span(said: ShownCells, cell: Cell) -> range:
    """What one cell says by itself, to whoever knows that a star is 1 to 7 (or nothing at all, where the whole table is stars)."""
    shown = said.cells[cell]
    if shown.value is None:
        told = any(one.value for other, one in said.cells.items() if other.table == cell.table and other != DEAD)
        return range(1, 8) if told or cell == DEAD else range(MANY)
    if shown.step == 1 or shown.value == 0:
        return range(shown.value, shown.value + 1)
    return range(max(8, shown.value - 2), shown.value + 3)


def tally(tried: Iterator[tuple[int, int]]) -> Tally:
    """Of pairs of a true number and how many values are left for it: the small ones, and those left too few."""
    left = [values for true, values in tried if true in SMALL]
    return len(left), sum(values < FEWEST for values in left)


def all_months(method: Method) -> Tally:
    """Every world that the method turns into what was published."""
    single, seen = (alone_before, None) if method is before else (alone, of_few)
    made = [months(method, single, seed, 1, patience=200, seen=seen) for seed in BROKEN_BEFORE[:3]]
    return len(made), sum(any(broken(*one)) for one in made)


def towns(draw: random.Random, change: int) -> Iterator[dict[Cell, int]]:
    """A town in two months, of which some are new."""
    women, men = draw.randrange(200, 300), draw.randrange(200, 300)
    yield counts_of({("30-39", FEMALE): women, ("50-59", MALE): men})
    yield counts_of({("30-39", FEMALE): women, ("50-59", MALE): men + change})


def two(method: Method, first: Mapping[Cell, int], second: Mapping[Cell, int]) -> tuple[ShownCells, ShownCells]:
    one = method(first, AGES, MONTHS[0], {}, [])
    return one, method(second, AGES, MONTHS[1], {}, [one])


def never_fewer_deaths(method: Method) -> Tally:
    """Between two months nobody of the dead comes back."""

    def tried() -> Iterator[tuple[int, int]]:
        for at in range(12):
            draw = random.Random(at)
            change = draw.randrange(1, 5)
            dead = draw.randrange(9, 60)
            first, second = towns(draw, 0)
            one, other = two(method, first | {DEAD: dead}, second | {DEAD: dead + change})
            yield change, len({b - a for a in span(one, DEAD) for b in span(other, DEAD) if b >= a})

    return tally(tried())


def living_plus_deceased(method: Method) -> Tally:
    """Whoever dies goes from the one number to the other: neither changes by few, and both together grow by the new choices alone."""

    def tried() -> Iterator[tuple[int, int]]:
        for at in range(12):
            draw = random.Random(100 + at)
            new, died = draw.randrange(1, 6), draw.randrange(14, 30)
            first, second = towns(draw, new - died)
            one, other = two(method, first | {DEAD: 40}, second | {DEAD: 40 + died})
            then, now = ({a + b for a in span(said, TOTAL) for b in span(said, DEAD)} for said in (one, other))
            yield new, len({b - a for a in then for b in now})

    return tally(tried())


def list_sizes_as_caps(method: Method) -> Tally:
    """Nobody opts out who is not registered: of a list of twelve, a 10 says that 0 to 4 did not."""

    def tried() -> Iterator[tuple[int, int]]:
        for at in range(15):
            draw = random.Random(200 + at)
            size = draw.randrange(8, 30)
            stay = draw.randrange(1, 8)
            count = max(0, size - stay)
            places = PRACTICES[:3]
            counts = counts_of({("30-39", FEMALE): 200, ("50-59", MALE): 200}) | {
                places[0]: count,
                places[1]: 150,
                places[2]: 250 - count,
                REST: 0,
            }
            said = method(
                counts, [*AGES, *places, REST], MONTHS[0], {places[0]: size, places[1]: 4000, places[2]: 4000}, []
            )
            left = [many for many in span(said, places[0]) if many <= size]
            if said.cells[places[0]].value is None:
                left = list(range(size + 1))  # a star may stand here because few stay
            yield stay, len(left)

    return tally(tried())


def codes_that_come_and_go(method: Method) -> Tally:
    """One day with a practice and without it: its people are what is unallocated more."""

    def tried() -> Iterator[tuple[int, int]]:
        for at in range(12):
            draw = random.Random(300 + at)
            closed, rest = draw.randrange(1, 8), draw.randrange(8, 40)
            there = [PRACTICES[0], PRACTICES[1]]
            counts = counts_of({("30-39", FEMALE): 200, ("50-59", MALE): 200})
            left = {there[1]: 400 - closed - rest}
            one = method(counts | left | {there[0]: closed, REST: rest}, [*AGES, *there, REST], MONTHS[0], {}, [])
            other = method(counts | left | {REST: rest + closed}, [*AGES, there[1], REST], MONTHS[0], {}, [one])
            yield (
                closed,
                len([x for x in span(one, there[0]) if any(b - x in span(one, REST) for b in span(other, REST))]),
            )

    return tally(tried())


def parts_and_wholes(method: Method) -> Tally:
    """A whole and two of its three parts: the third is what is left."""

    def tried() -> Iterator[tuple[int, int]]:
        for at in range(4):
            draw = random.Random(at)
            cells = [(band, sex) for band in ("20-29", "30-39", "50-59", "60-69", "80-89") for sex in (FEMALE, MALE)]
            towns = [
                {
                    cell: draw.choice([0, 0, 0, 1, 2, 3] if part == 2 else [0, 8, 9, 12, 15, 20, 31, 44])
                    for cell in cells
                }
                for part in range(3)
            ]
            whole = {cell: sum(town[cell] for town in towns) for cell in cells}
            made = list[ShownCells]()
            try:
                for inner, places in (
                    (whole, PRACTICES),
                    *((town, PRACTICES[2 * part : 2 * part + 2]) for part, town in enumerate(towns)),
                ):
                    made.append(method(registered(inner, places), [*AGES, *places, REST], MONTHS[0], {}, made))
            except NotPermitted:
                continue  # nothing more is published of that day
            truth = counts_of(towns[2])
            for cell in AGES:
                if cell != DEAD:
                    all_of, *others = (span(said, cell) for said in made[:3])
                    low = all_of[0] - sum(other[-1] for other in others)
                    high = all_of[-1] - sum(other[0] for other in others)
                    yield (
                        truth[cell],
                        len(
                            [many for many in span(made[3], cell)[: MANY if high > 0 else 1] if low <= many <= high][:9]
                        ),
                    )

    return tally(tried())


def registered(inner: Mapping[tuple[str, str], int], places: Sequence[Cell]) -> dict[Cell, int]:
    counts = counts_of(inner)
    left = counts[TOTAL]
    for place in places[:-1]:
        counts[place] = left // 2
        left -= left // 2
    return counts | {places[-1]: left, REST: 0}


def rates_times_sizes(method: Method) -> Tally:
    """A rate of two decimals, times how many are registered, is a count: before, where it is the rate of the true count, as others
    publish it."""

    def tried() -> Iterator[tuple[int, int]]:
        bands = ("20-29", "30-39", "50-59", "60-69", "80-89")
        counts = counts_of({(band, sex): 23 + at for at, band in enumerate(bands) for sex in (FEMALE, MALE)})
        sizes = {cell: 1000 + at for at, cell in enumerate(AGES) if cell != DEAD}
        said = method(counts, AGES, MONTHS[0], sizes, [])
        rates = {cell: f"{100 * counts[cell] / size:.2f}" for cell, size in sizes.items()}
        if method is not before:
            lines = written(said, References({}, {}, {}))["age_gen.csv"].decode().splitlines()[1:]
            rates = {Cell(AGE_GEN, *line.split(",")[1:3]): line.split(",")[5] for line in lines}
        for cell, size in sizes.items():
            if counts[cell]:
                of = {many: many if method is before else int(alone(many, None)) for many in range(8, MANY)}
                yield 1, sum(f"{100 * many / size:.2f}" == rates[cell] for many in of.values())

    return tally(tried())


WAYS: dict[str, Way] = {
    "all months, every world tried": all_months,
    "the dead are never fewer": never_fewer_deaths,
    "the living plus the deceased": living_plus_deceased,
    "list sizes as caps": list_sizes_as_caps,
    "codes that come and go": codes_that_come_and_go,
    "parts and wholes": parts_and_wholes,
    "rates times sizes": rates_times_sizes,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_broke_the_statistics_of_before_breaks_nothing_now(way: str) -> None:
    (tried, then), (again, now) = (WAYS[way](method) for method in (before, ours))
    print(f"\n{way}: {then} of {tried} before, {now} of {again} now")
    assert then > 0, "the attacker bites"
    assert now == 0
