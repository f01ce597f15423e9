"""Attack 5, by whoever knows the method and has all the time there is: no cell of 1 to 7, and no change, is bounded to fewer than five values.

The disclosure control of before November 2026 is kept in `naive_statistics`; what breaks it must not break ours.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, combinations

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.statistics import disclosure
from ndoo.statistics.cells import (
    AGE_GEN,
    BANDS,
    DEAD,
    FEMALE,
    MALE,
    NOT_SAID,
    REG_GEO,
    TOTAL,
    UNALLOCATED,
    Cell,
    age_cells,
)
from ndoo.statistics.disclosure import controlled
from ndoo.statistics.publication import ShownCells, shown
from ndoo.statistics.recover import Attacker
from ndoo.statistics.system import System
from tests.attack import naive_statistics
from tests.attack.statistics_attacker import Counts, broken, months, of_few
from tests.spec.statistics_by_hand import counts_of

DAY = date(2026, 11, 1)
BROKEN_BEFORE = (6, 9, 15, 29, 53)
"""Towns whose one month gave somebody away."""


def ours(
    counts: Counts, cells: Sequence[Cell], as_at: date, sizes: Mapping[Cell, int], earlier: Sequence[ShownCells]
) -> ShownCells:
    return controlled(counts, cells, as_at, sizes, earlier, earlier_accepted=True)


def before(
    counts: Counts, cells: Sequence[Cell], as_at: date, sizes: Mapping[Cell, int], earlier: Sequence[ShownCells]
) -> ShownCells:
    made: ShownCells = naive_statistics.controlled(counts, cells, as_at, sizes, earlier, earlier_accepted=True)  # type: ignore[arg-type, assignment]
    return made


def alone(count: int, size: int | None) -> str:
    return shown(count, 5, size).text


def alone_before(count: int, _: int | None) -> str:
    return naive_statistics.shown(count, 5).text


@pytest.mark.parametrize("seed", BROKEN_BEFORE)
def test_whoever_tries_every_world_breaks_what_was_published_before(seed: int) -> None:
    made, sizes = months(before, alone_before, seed, 1)
    assert list(broken(made, sizes)), "the attacker bites"
    made, sizes = months(ours, alone, seed, 1, patience=200, seen=of_few)
    assert list(broken(made, sizes)) == []


@pytest.fixture(autouse=True)
def earlier_months_are_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The method is asked about many worlds beside the same earlier months: what these say is worked out for the first of them."""
    last: list[tuple[list[ShownCells], Attacker]] = []

    def kept(earlier: Sequence[ShownCells] = ()) -> Attacker:
        if not last or [*map(id, last[0][0])] != [*map(id, earlier)]:
            last[:] = [([*earlier], Attacker(earlier))]
        return last[0][1]

    monkeypatch.setattr(disclosure, "Attacker", kept)


@dataclass(slots=True)
class Attacked:
    """What whoever tries every world came to, of some towns."""

    towns: int = 0
    months: int = 0
    tried: int = 0
    """Months of which every world was tried."""
    withheld: int = 0
    """Months that were stars alone: any world may stand behind them, and only the dead are left to try."""
    with_none: int = 0
    """Towns of which no month could be tried, for the worlds were too many."""

    def __str__(self) -> str:
        left = self.months - self.tried - self.withheld
        return (
            f"{self.towns - self.with_none} of {self.towns} towns: of {self.months} months {self.tried} were tried in every world, "
            f"{self.withheld} said nothing but of the dead, {left} had too many worlds; nothing was found"
        )


def attacked(seeds: range, many: int) -> Attacked:
    """In none of the months of these towns was anything found."""
    done = Attacked()
    for seed in seeds:
        made, sizes = months(ours, alone, seed, many, patience=40, seen=of_few)
        assert list(broken(made, sizes)) == [], seed
        done.towns += 1
        done.months += many
        done.tried += sum(len(month.possible) > 1 for month in made)
        done.withheld += sum(len(month.possible) == 1 for month in made)
        done.with_none += not any(month.possible for month in made)
    return done


def test_no_world_can_be_excluded_until_a_small_count_is_known() -> None:
    assert attacked(range(1000, 1024), 1).tried >= 8


@pytest.mark.parametrize(
    ("seed", "many"),
    [(13_097, 1), (14_686, 1), (12_700, 9), (16_134, 2)],
    ids=["one", "another", "three sexes", "a change"],
)
def test_nor_where_all_that_is_said_by_sex_is_small(seed: int, many: int) -> None:
    """14 people, 7 women and 7 men: 15, a star and a star. The stars were taken for what was withheld as a whole, and were 6 or 7."""
    assert attacked(range(seed, seed + 1), many).towns == 1


def test_nor_where_that_few_places_are_withheld_would_tell() -> None:
    """22 people elsewhere and 6 here were two stars; with 5 here the sum had been wide, and the 22 shown. The method is asked about every table
    of places, and not only about those that it should see differently."""
    made, sizes = months(ours, alone, 14_329, 1, patience=400)
    assert len(made[0].possible) > 1
    assert list(broken(made, sizes)) == []


def test_nor_from_month_to_month() -> None:
    assert attacked(range(2000, 2004), 2).tried >= 1


LENGTHS = (1, 2, 1, 3, 1, 6, 1, 12, 1, 24)
"""Months of the towns of one lot."""


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(80))
def test_nor_in_thousands_of_towns(lot: int) -> None:
    """4,896 towns of 1 to 24 months, about half of which can be tried; `-rP` prints the counts of each lot."""
    many = LENGTHS[lot % len(LENGTHS)]
    towns = max(5, 100 // many)
    done = attacked(range(10_000 + 100 * lot, 10_000 + 100 * lot + towns), many)
    print(done)
    assert done.tried >= 20, "the attacker looks at something"


def test_a_total_does_not_give_the_only_star(
    places: tuple[Cell, ...] = (Cell(REG_GEO, "A"), Cell(REG_GEO, "B")),
) -> None:
    """A = 100, B = 7, everything else nought: with an exact 107, B was 5, 6 or 7."""
    counts = counts_of({("30-39", FEMALE): 107}) | dict(
        zip((*places, Cell(REG_GEO, UNALLOCATED)), (100, 7, 0), strict=True)
    )
    cells = [*age_cells(), *places, Cell(REG_GEO, UNALLOCATED)]
    for method in (before, ours):
        said = method(counts, cells, DAY, {}, [])
        total = range(105, 110) if said.cells[TOTAL].value == 105 else range(103, 108)
        exact = said.cells[TOTAL].step == 1
        first = said.cells[places[0]].value
        assert said.cells[places[1]].value is None
        left = {
            t - a
            for t in ([107] if exact else total)
            for a in (range(first - 2, first + 3) if first else range(1, 107))
        }
        assert (len(left & set(range(1, 8))) < 5) is (method is before and first == 100 and exact)


def test_the_dead_of_one_month_are_not_told_by_the_next() -> None:
    """21 dead and then 22, who are never fewer: exact numbers said that one had died."""
    counts = counts_of({("30-39", FEMALE): 400, ("30-39", MALE): 300})
    told = {}
    for method in (before, ours):
        first = method(counts | {DEAD: 21}, [*age_cells()], DAY, {}, [])
        second = method(counts | {DEAD: 22}, [*age_cells()], date(2026, 12, 1), {}, [first])
        told[method] = [one.cells[DEAD].text for one in (first, second)]
    assert told[ours] == ["20", "20"], "between none and four have died"
    exact = controlled(counts | {DEAD: 22}, [*age_cells()], DAY, {}, exact_national=True)
    assert (exact.cells[DEAD].text, exact.cells[TOTAL].text) == ("22", "700"), "the price of the official form"


def test_deaths_that_an_older_exact_number_would_tell_are_hidden() -> None:
    """Somebody published 24 exactly; 25 is 23 to 27, and never fewer than 24."""
    counts = counts_of({("30-39", FEMALE): 400})
    older = ShownCells(date(2026, 10, 1), {DEAD: shown(24, 1)})
    safe = controlled(counts | {DEAD: 25}, [*age_cells()], DAY, {}, [older], earlier_accepted=True)
    assert safe.cells[DEAD].text == "*"
    corrected = controlled(counts | {DEAD: 9}, [*age_cells()], DAY, {}, [older], earlier_accepted=True)
    assert corrected.cells[DEAD].text == "10", "a number that fell was corrected, and ties nothing"


def test_what_another_publication_of_the_day_gives_away_cannot_be_taken_back() -> None:
    """Everything is hidden, one after the other, and nothing helps: so nothing more is published of that day."""
    counts = counts_of({(band, FEMALE): 20 for band in BANDS[:6]} | {("0-9", NOT_SAID): 3})
    careless = ShownCells(DAY, {cell: shown(counts.get(cell, 0), 1) for cell in age_cells()})
    with pytest.raises(NotPermitted) as refused:
        controlled(counts, [*age_cells()], DAY, {}, [careless], earlier_accepted=True)
    assert refused.value.code == "statistics-recoverable"


def test_a_table_of_places_is_withheld_as_a_whole() -> None:
    """13 to 17 in all, and 13 to 17 of them in one practice: the two others had four at most."""
    places = [Cell(REG_GEO, code) for code in ("A1", "A2", UNALLOCATED)]
    counts = counts_of({("30-39", FEMALE): 17}) | dict(zip(places, (13, 3, 1), strict=True))
    said = controlled(counts, [*age_cells(), *places], DAY, {})
    assert {said.cells[cell].text for cell in places} == {"*"}
    assert said.cells[Cell(AGE_GEN, "30-39", FEMALE)].text == "15"


def test_a_change_is_judged_against_every_earlier_month() -> None:
    """A practice of a list of another day has few values left; beside a wide month that tells nothing, beside a narrow one it does."""
    cell, rest = Cell(REG_GEO, "A1"), Cell(REG_GEO, UNALLOCATED)
    wide, narrow, now = (
        ShownCells(day, {TOTAL: shown(total, 1), cell: shown(count, 5), rest: shown(total - count, 1)})
        for day, count, total in ((date(2026, 9, 1), 60, 500), (date(2026, 10, 1), 31, 501), (DAY, 33, 503))
    )
    loose = ShownCells(wide.as_at, {cell: shown(33, 5), rest: shown(470, 5)})
    assert [one for one in Attacker([loose]).found(now) if one.cell == cell] == []
    assert [(one.low, one.high) for one in Attacker([narrow]).found(now) if one.cell == cell] == [(2, 2)]
    far = ShownCells(wide.as_at, {TOTAL: shown(900, 1), cell: shown(60, 5), rest: shown(840, 1)})
    assert [one for one in Attacker([far]).found(now) if one.cell == cell] == [], "27 less is not few"
    other = ShownCells(wide.as_at, {DEAD: shown(20, 5)})
    assert [one for one in Attacker([other]).found(now) if one.since] == [], "nothing was said of it before"
    nowhere = ShownCells(now.as_at, {TOTAL: shown(503, 1), Cell(REG_GEO, "A2"): shown(20, 1)})
    assert System([now, nowhere]).possible


@pytest.mark.parametrize(
    ("size", "count", "text"), [(8, 8, "*"), (8, 0, "0"), (7, 0, "*"), (30, 23, "*"), (30, 20, "20"), (400, 393, "*")]
)
def test_a_list_never_says_that_all_or_all_but_a_few_opted_out(size: int, count: int, text: str) -> None:
    said = shown(count, 5, size)
    assert said.text == text
    assert not said.value or said.value + 2 <= size - 8


def test_a_total_does_not_say_that_a_whole_list_opted_out() -> None:
    """All 8 to 12 are of one practice, and on its list are 8: nobody is left who did not opt out."""
    places = [Cell(REG_GEO, code) for code in ("A1", "A2", UNALLOCATED)]
    counts = counts_of({("30-39", MALE): 8}) | dict(zip(places, (8, 0, 0), strict=True))
    said = controlled(counts, [*age_cells(), *places], DAY, {places[0]: 8, places[1]: 8})
    assert {said.cells[cell].text for cell in places} == {"*"}
    assert said.cells[TOTAL].text == "10"


def test_what_is_unallocated_does_not_tell_who_was_in_a_practice_that_left() -> None:
    """Of one day, with and without a practice: its people are the difference of what is unallocated."""
    closed, stays, rest = Cell(REG_GEO, "A1"), Cell(REG_GEO, "A2"), Cell(REG_GEO, UNALLOCATED)
    counts = counts_of({("30-39", FEMALE): 60, ("40-49", MALE): 50})
    one = controlled(counts | {closed: 3, stays: 87, rest: 20}, [*age_cells(), closed, stays, rest], DAY, {})
    other = controlled(counts | {stays: 87, rest: 23}, [*age_cells(), stays, rest], DAY, {}, [one])
    found = Attacker([one]).found(other)
    assert found == []
    low, high = System([one, other]).bounds(closed)
    assert high - low >= 4
    exact = ShownCells(DAY, {cell: shown(count, 1) for cell, count in {stays: 87, rest: 23}.items()})
    whole = ShownCells(DAY, {cell: shown(count, 1) for cell, count in {closed: 3, stays: 87, rest: 20}.items()})
    assert System([whole, exact]).bounds(closed) == (3, 3), "careless, it is exact"
    assert not System([whole]).same_meaning(rest, System([exact]))


@pytest.mark.parametrize(
    "months_said", [24, pytest.param(84, marks=pytest.mark.soak)], ids=["two years", "seven years"]
)
def test_years_of_a_region_of_forty_practices(months_said: int) -> None:
    """Published month after month, and attacked whole; nothing is refused, and most of what is there is shown."""
    draw = random.Random(7)
    practices = [Cell(REG_GEO, f"P{at:02}") for at in range(40)]
    sizes = {cell: draw.randrange(1500, 15_000) for cell in practices}
    living = {
        (band, sex): draw.randrange(30, 400)
        for band in ("0-9", "20-29", "30-39", "40-49", "50-59", "60-69", "90+")
        for sex in (FEMALE, MALE)
    }
    truth = list[Counts]()
    dead, earlier, stars, cells = 3, list[ShownCells](), 0, [*age_cells(), *practices, Cell(REG_GEO, UNALLOCATED)]
    weights = [draw.random() ** 3 for _ in practices]
    for month in range(months_said):
        counts = counts_of(living) | {DEAD: dead}
        left = counts[TOTAL]
        for cell, weight in zip(practices, weights, strict=True):
            counts[cell] = min(left, int(counts[TOTAL] * weight / sum(weights)))
            left -= counts[cell]
        counts[Cell(REG_GEO, UNALLOCATED)] = left
        said = controlled(counts, cells, date(2020 + month // 12, month % 12 + 1, 1), sizes, earlier[-3:])
        stars += sum(one.value is None for one in said.cells.values())
        for cell, one in said.cells.items():
            assert counts[cell] in range(1, 10**6) if one.value is None else abs(one.value - counts[cell]) <= 2
        earlier.append(said)
        truth.append({cell: counts[cell] for cell in cells})
        dead += draw.choice([0, 0, 1])
        living = {cell: max(0, many + draw.choice([-2, -1, 0, 0, 1, 3])) for cell, many in living.items()}
        if month == months_said - 3:  # in the last two months few of one band and sex
            living["20-29", MALE] = 3
    assert Attacker(earlier[:-1]).found(earlier[-1]) == [], "the last month beside all years"
    tried, told = changes(earlier, truth)
    print(
        f"{months_said} months of {len(cells)} cells, {stars} of them stars: of {tried} changes of 1 to 7 people {len(told)} are left "
        "fewer than 5 values"
    )
    assert tried > 1000
    assert told == []
    assert stars < months_said * len(cells) / 4
    assert Cell(AGE_GEN, "0-9", FEMALE) in earlier[0].cells


def changes(made: Sequence[ShownCells], truth: Sequence[Counts]) -> tuple[int, list[tuple[Cell, date, date]]]:
    """How many changes of 1 to 7 there are between any two of the months, and those that are left fewer than five values, without a solver:
    each cell by what it says itself, and the dead by what every month says of them, because they are never fewer."""
    cells, tried, told = dict.fromkeys(cell for said in made for cell in said.cells), 0, []
    views = {cell: [said.interval(cell) for said in made] for cell in cells}
    lows = list(accumulate((low for low, _ in views[DEAD]), max))
    highs = list(accumulate((high for _, high in reversed(views[DEAD])), min))[::-1]
    views[DEAD] = list(zip(lows, highs, strict=True))
    for at, then in combinations(range(len(made)), 2):
        for cell, view in views.items():
            if abs(truth[then][cell] - truth[at][cell]) in range(1, 8):
                (first, last), (low, high) = view[at], view[then]
                least = max(0, low - last) if cell == DEAD else low - last
                tried += 1
                if high - first - least < 4:
                    told.append((cell, made[at].as_at, made[then].as_at))
    return tried, told
