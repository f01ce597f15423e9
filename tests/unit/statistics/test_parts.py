"""A publication about some of the practices of another is a part of it, and both are judged together."""

from __future__ import annotations

from datetime import date

from ndoo.statistics.cells import FEMALE, REG_GEO, TOTAL, UNALLOCATED, Cell, age_cells
from ndoo.statistics.parts import limits_of
from ndoo.statistics.publication import ShownCells, shown
from ndoo.statistics.recover import Attacker
from tests.spec.statistics_by_hand import counts_of

DAY = date(2026, 11, 1)


def published(registered: dict[str, int], unallocated: int = 0, step: int = 1) -> ShownCells:
    """Women of one band, by practice."""
    places = {Cell(REG_GEO, code): many for code, many in (registered | {UNALLOCATED: unallocated}).items()}
    counts = counts_of({("30-39", FEMALE): sum(places.values())}) | places
    return ShownCells(DAY, {cell: shown(counts.get(cell, 0), step) for cell in (*age_cells(), *places)})


WHOLE = published({"A": 40, "B": 50, "C": 10})
ONE, OTHER = published({"A": 40}), published({"B": 50})
THIRD = published({"C": 10}, step=5)


def test_the_third_part_is_bounded_by_the_whole_and_the_two_others() -> None:
    assert limits_of(THIRD, [WHOLE, ONE, OTHER])[TOTAL] == (10, 10)
    assert limits_of(THIRD, [WHOLE, ONE])[TOTAL] == (10, 60), "somebody may be in the part that nobody published"
    assert limits_of(WHOLE, [ONE, OTHER])[TOTAL] == (90, 100)
    more = published({"A": 40, "B": 50, "C": 10}, unallocated=9)
    assert limits_of(more, [ONE, OTHER])[TOTAL] == (90, 109)
    overlapping = published({"A": 30, "B": 20})
    assert limits_of(THIRD, [WHOLE, ONE, overlapping])[TOTAL] == (10, 60), "who is in both is counted once"


def test_publications_that_are_no_parts_bound_nothing() -> None:
    same = published({"A": 40, "B": 40, "C": 10})
    ages = ShownCells(DAY, {cell: one for cell, one in WHOLE.cells.items() if cell.table != REG_GEO})
    assert limits_of(WHOLE, [same]) == limits_of(ages, [WHOLE]) == limits_of(WHOLE, [ages]) == {}


def test_what_only_looks_like_a_part_is_judged_alone() -> None:
    """More people in the part than in the whole: one of them was corrected."""
    part = published({"A": 140})
    assert [one for one in Attacker([WHOLE]).found(part) if one.cell == TOTAL] == []


def test_a_small_part_that_two_others_leave_is_found_out() -> None:
    whole, third = published({"A": 40, "B": 50, "C": 7}), published({"C": 7})
    found = {(one.cell, one.low, one.high) for one in Attacker([whole, ONE, OTHER]).found(third)}
    assert (TOTAL, 7, 7) in found
