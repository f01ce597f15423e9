"""Nobody finds by subtraction how few opted out of a group; the attacker here solves whatever is shown."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.impact import ties
from ndoo.impact.attacker import Triple, found
from ndoo.impact.cells import BITS, CombinationCounts
from ndoo.impact.report import _margins
from ndoo.impact.suppression import hidden
from ndoo.impact.ties import Group, Rest, Ties, ties_between
from tests.attack.naive_impact import Sum, recovered, sums_of

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
    """Is a hidden group found exactly, or are hidden groups found together, with a count that may not be shown?"""
    if any(not counts[group].showable for group in solved(sums, out)):
        return True
    for one in sums:
        gone = [group for group in one.members if group in out]
        if gone and one.whole not in out and not sum((counts[g] for g in gone), Triple(0, 0)).showable:
            return True
    return False


World = tuple[dict[Group, Triple], list[Sum], Ties]


def world(first: dict[Cell, int], left: dict[Cell, int], unknowns: int = ties.MOST_UNKNOWNS) -> World:
    names = [{n: f"{n:02}" for n in range(100)} for _ in next(iter(first))]
    before, after = (counted(cells) for cells in (first, left))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ties, "MOST_UNKNOWNS", unknowns)
        tied = ties_between(before, names)
    return _margins(before, after, names), sums_of(before, names), tied


def counted(cells: dict[Cell, int]) -> CombinationCounts:
    """As the command counts them: a key for everybody."""
    found = CombinationCounts(len(next(iter(cells))))
    keys = [reduce(lambda key, group: key << BITS | group, cell, 0) for cell, n in cells.items() for _ in range(n)]
    found.add(pa.array(keys, pa.int64()))
    return found


@st.composite
def worlds(draw: st.DrawFn) -> World:
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
    return world(first, left, draw(st.sampled_from([ties.MOST_UNKNOWNS, 6, 0])))


@settings(max_examples=25, deadline=None)
@given(worlds())
def test_whatever_the_table_nothing_hidden_is_given_away(made: World) -> None:
    """Also where there are too many combinations to think of each."""
    counts, sums, tied = made
    total = sum((counts[group] for group in counts if group[0] == 0), Triple(0, 0))
    if not total.showable:
        return
    out = hidden(counts, tied).groups
    assert naive(counts, sums) <= out
    assert not given_away(counts, sums, out)
    assert recovered(sums, out) == solved(sums, out), "the one value of a column is everybody, who may be shown"


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
    counts, sums, tied = world(*made)
    assert given_away(counts, sums, naive(counts, sums))
    assert not given_away(counts, sums, hidden(counts, tied).groups)


def test_what_is_hidden_in_one_column_is_not_shown_by_its_equal_in_another() -> None:
    """Each area is one practice, so the two are hidden alike."""
    counts, sums, tied = world(
        {(1, 9): 100, (5, 0): 100, (2, 3): 100, (7, 7): 300}, {(1, 9): 91, (5, 0): 91, (2, 3): 97, (7, 7): 270}
    )
    out = hidden(counts, tied).groups
    same = {"01": "09", "05": "00", "02": "03", "07": "07"}
    assert {(1, same[name]) for at, name in out if at == 0} == {group for group in out if group[0] == 1}
    assert (0, "02") in out
    assert not given_away(counts, sums, out)


def test_as_little_more_is_hidden_as_it_takes() -> None:
    counts, _, tied = world(*ONE_SMALL)
    assert hidden(counts, tied).groups == {(0, "00"), (0, "01")}
    counts, _, tied = world({(0,): 100, (1,): 200}, {(0,): 90, (1,): 180})
    assert hidden(counts, tied).groups == frozenset()


def test_which_group_was_small_is_not_told_by_which_is_hidden_beside_it() -> None:
    """The smallest loss was hidden beside it, so that whoever knew that knew the other."""
    before = {(0,): 100, (1,): 110, (2,): 300, (3,): 310}
    made = [world(before, dict(zip(before, left, strict=True))) for left in ((97, 90, 270, 300), (80, 107, 270, 300))]
    assert {hidden(counts, tied).groups for counts, _, tied in made} == {frozenset({(0, "00"), (0, "01")})}


def test_three_small_groups_that_can_only_be_sevens_are_not_left_so() -> None:
    """Of three hidden groups twenty were lost: seven, seven and six, if each is small, so more is hidden."""
    counts, _, tied = world(
        dict.fromkeys([(0,), (1,), (2,), (3,), (4,), (5,)], 100),
        {(at,): 100 - lost for at, lost in enumerate((7, 7, 30, 30, 30, 30))},
    )
    assert len(hidden(counts, tied).groups) > 2


def test_a_practice_alone_in_its_area_is_not_shown_by_the_area() -> None:
    counts, sums, tied = world(
        {(0, 0): 50, (1, 1): 60, (2, 2): 70, (2, 3): 90}, {(0, 0): 47, (1, 1): 51, (2, 2): 60, (2, 3): 80}
    )
    out = hidden(counts, tied).groups
    assert {(0, "00"), (1, "00")} <= out
    assert not given_away(counts, sums, out)


def test_what_an_earlier_report_gave_away_is_said() -> None:
    """Somebody showed all but the three of the first group; nothing that is hidden now changes that."""
    counts, _, tied = world(*ONE_SMALL)
    assert hidden(counts, tied, published={0: {"01", "02"}}).told_before
    assert not hidden(counts, tied, published={0: {"02"}}).told_before
    assert hidden(counts, tied, published={0: {"02"}}).groups == {(0, "00"), (0, "01")}


def test_rows_of_few_people_are_hidden_until_enough_people_are_behind_them() -> None:
    """Behind two groups of a hundred rows lost are the same three people; a third has others."""
    counts, _, tied = world(dict.fromkeys([(0,), (1,), (2,), (3,)], 500), dict.fromkeys([(0,), (1,), (2,), (3,)], 400))
    people = {(0, "00"): Triple(11, 8), (0, "01"): Triple(11, 8), (0, "02"): Triple(16, 8), (0, "03"): Triple(16, 8)}
    assert hidden(counts, tied, people=people).groups == set(people)
    assert hidden(counts, tied, people=dict.fromkeys(people, Triple(16, 8))).groups == frozenset()
    nobody_left = dict.fromkeys(people, Triple(16, 8)) | dict.fromkeys([(0, "00"), (0, "01")], Triple(8, 0))
    assert hidden(counts, tied, people=nobody_left).groups == set(people)


def test_what_is_left_of_a_group_is_judged_too() -> None:
    """Two were lost of those of group 0 who are not in group 5 of the other column, and neither is small."""
    counts, _, tied = world({(0, 5): 200, (0, 6): 20, (1, 6): 300}, {(0, 5): 180, (0, 6): 18, (1, 6): 250})
    assert Rest((0, "00"), ((1, "05"),)) in found(counts, tied, frozenset())
    assert hidden(counts, tied).groups
