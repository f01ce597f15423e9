"""Nobody finds by subtraction how few opted out of a group; the attacker here solves whatever is shown."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.impact import suppression
from ndoo.impact.cells import BITS, Cells
from ndoo.impact.report import _margins, _sums
from ndoo.impact.suppression import Group, Sum, Triple, hidden, recovered

Cell = tuple[int, ...]


def naive(counts: dict[Group, Triple], sums: list[Sum]) -> frozenset[Group]:
    """What most tools do: leave out the small counts, each by itself."""
    return frozenset(group for group, counted in counts.items() if not counted.showable)


def rank(rows: list[list[Fraction]]) -> int:
    rows, found = [row[:] for row in rows], 0
    for at in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(found, len(rows)) if rows[r][at]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for r in range(found + 1, len(rows)):
            times = rows[r][at] / rows[found][at]
            rows[r] = [a - times * b for a, b in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def solved(sums: list[Sum], out: frozenset[Group]) -> set[Group]:
    """The groups whose counts the attacker knows: those whose unit vector adds nothing to what the sums say."""
    unknown = sorted(out)
    rows = [[Fraction((group in one.members) - (group == one.whole)) for group in unknown] for one in sums]
    unit = {group: [Fraction(group == other) for other in unknown] for group in unknown}
    return {group for group in unknown if rank(rows) == rank([*rows, unit[group]])}


def given_away(counts: dict[Group, Triple], sums: list[Sum], out: frozenset[Group]) -> bool:
    """Is a hidden group found exactly, or are hidden groups found together with a count that may not be shown?"""
    if solved(sums, out):
        return True
    for one in sums:
        gone = [group for group in one.members if group in out]
        if gone and one.whole not in out and not sum((counts[g] for g in gone), Triple(0, 0)).showable:
            return True
    return False


def world(first: dict[Cell, int], left: dict[Cell, int]) -> tuple[dict[Group, Triple], list[Sum]]:
    names = [{n: f"{n:02}" for n in range(100)} for _ in next(iter(first))]
    before, after = (counted(cells) for cells in (first, left))
    return _margins(before, after, names), _sums(before, names)


def counted(cells: dict[Cell, int]) -> Cells:
    """As the command counts them: a key for everybody."""
    found = Cells(len(next(iter(cells))))
    keys = [reduce(lambda key, group: key << BITS | group, cell, 0) for cell, n in cells.items() for _ in range(n)]
    found.add(pa.array(keys, pa.int64()))
    return found


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[Group, Triple], list[Sum]]:
    """Practices in areas, and a third column across both; some of the areas hold one practice only."""
    areas = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    first: dict[Cell, int] = {}
    left: dict[Cell, int] = {}
    practice = 0
    for area, size in enumerate(areas):
        for _ in range(size):
            for sex in range(draw(st.integers(1, 2))):
                n = draw(st.integers(1, 60))
                gone = min(n, draw(st.one_of(st.integers(0, 3), st.integers(0, 25))))
                first[area, practice, sex], left[area, practice, sex] = n, n - gone
            practice += 1
    return world(first, left)


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_whatever_the_table_nothing_hidden_is_given_away(made: tuple[dict[Group, Triple], list[Sum]]) -> None:
    counts, sums = made
    total = sum((counts[group] for group in counts if group[0] == 0), Triple(0, 0))
    if not total.showable:
        return
    out = hidden(counts, sums)
    assert naive(counts, sums) <= out
    assert not given_away(counts, sums, out)
    assert recovered(sums, out) == solved(sums, out) == set()


@settings(max_examples=200, deadline=None)
@given(worlds(), st.integers(0, 2**16))
def test_the_elimination_finds_what_the_attacker_finds(made: tuple[dict[Group, Triple], list[Sum]], dice: int) -> None:
    counts, sums = made
    out = frozenset(group for at, group in enumerate(sorted(counts)) if dice >> at % 16 & 1)
    assert recovered(sums, out) == solved(sums, out)


ONE_SMALL = ({(0,): 100, (1,): 200, (2,): 300}, {(0,): 97, (1,): 180, (2,): 270})
"""Three people of group 0 are gone: all others shown, they are the total less the rest."""
IN_AN_AREA = ({(0, 0): 100, (0, 1): 100, (1, 2): 100, (1, 3): 100}, {(0, 0): 97, (0, 1): 80, (1, 2): 95, (1, 3): 70})
"""One practice in each area is small: the column's total tells their sum, each area's tells each of them."""
ALL_GONE = ({(0,): 40, (1,): 200, (2,): 300}, {(0,): 0, (1,): 180, (2,): 270})
"""Everybody of group 0 opted out: to show it says so of each of them."""
TWO_TOGETHER = ({(0,): 100, (1,): 200, (2,): 300}, {(0,): 98, (1,): 197, (2,): 270})
"""Two are hidden, and together they lost five."""


@pytest.mark.parametrize("made", [ONE_SMALL, IN_AN_AREA, ALL_GONE, TWO_TOGETHER])
def test_leaving_out_small_counts_alone_gives_them_away(made: tuple[dict[Cell, int], dict[Cell, int]]) -> None:
    counts, sums = world(*made)
    assert given_away(counts, sums, naive(counts, sums))
    assert not given_away(counts, sums, hidden(counts, sums))


def test_what_is_hidden_in_one_column_is_not_shown_by_its_equal_in_another() -> None:
    """Each area is one practice; of two that would do as the second to hide, each column would take another."""
    counts, sums = world(
        {(1, 9): 100, (5, 0): 100, (2, 3): 100, (7, 7): 300}, {(1, 9): 91, (5, 0): 91, (2, 3): 97, (7, 7): 270}
    )
    out = hidden(counts, sums)
    assert out == {(0, "01"), (0, "02"), (0, "05"), (1, "09"), (1, "03"), (1, "00")}
    assert not given_away(counts, sums, out)


def test_a_column_of_one_group_that_may_not_be_shown_ends_the_search() -> None:
    assert hidden({(0, "a"): Triple(9, 8)}, [Sum(None, ((0, "a"),))]) == {(0, "a")}


def test_a_column_in_which_anything_can_be_solved_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last defence, with the one before it out of the way."""
    monkeypatch.setattr(suppression, "_settle", lambda *_: None)
    counts, sums = world(*ONE_SMALL)
    assert hidden(counts, sums) == set(counts)
    alone = {(0, "a"): Triple(9, 8)}
    assert hidden(alone, [Sum(None, ((0, "a"),))]) == set(alone), "a column of one group is the cohort: it ends"


def test_as_little_more_is_hidden_as_it_takes() -> None:
    counts, sums = world(*ONE_SMALL)
    assert hidden(counts, sums) == {(0, "00"), (0, "01")}
    fine = world({(0,): 100, (1,): 200}, {(0,): 90, (1,): 180})
    assert hidden(*fine) == frozenset()


def test_a_practice_alone_in_its_area_is_not_shown_by_the_area() -> None:
    counts, sums = world(
        {(0, 0): 50, (1, 1): 60, (2, 2): 70, (2, 3): 90}, {(0, 0): 47, (1, 1): 51, (2, 2): 60, (2, 3): 80}
    )
    out = hidden(counts, sums)
    assert {(0, "00"), (1, "00")} <= out
    assert not given_away(counts, sums, out)
