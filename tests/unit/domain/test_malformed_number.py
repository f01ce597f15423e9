"""Whoever repairs the source is told what a malformed number shows, and no number is made of it."""

from __future__ import annotations

import pytest

from ndoo.domain.malformed_number import NOTHING, Malformed, malformed_as
from ndoo.domain.nhs_number import check_digit
from tests.support.numbers import some

[VALID] = some(1, seed=23)
BEGINS_WITH_ZERO = f"012345678{check_digit('012345678')}"
SHOWS: dict[Malformed | None, tuple[str, ...]] = {
    Malformed.NULL_TEXT: ("NULL", " n/a ", "'None'", "nan", "\\N", "Unknown"),
    Malformed.LOST_LEADING_ZERO: (
        BEGINS_WITH_ZERO[1:],
        f"{BEGINS_WITH_ZERO[1:3]} {BEGINS_WITH_ZERO[3:6]} {BEGINS_WITH_ZERO[6:]}",
    ),
    Malformed.SCIENTIFIC: ("9.99E+09", "9e9", "9,99E9", "999000001E1"),
    Malformed.DECIMAL_TAIL: (f"{VALID}.0", f"{VALID}.", f"{VALID},00", f"{BEGINS_WITH_ZERO[1:]}.0"),
    Malformed.NON_DIGIT: (f"{VALID}x", f"\u0669{VALID[1:]}", f"{VALID}\t", f"{VALID[:3]}/{VALID[3:]}", "12.5"),
    None: ("1", VALID[:9], f"{VALID}0", f"{VALID[:3]}  {VALID[3:]}"),
}


@pytest.mark.parametrize(("finer", "cells"), SHOWS.items(), ids=str)
def test_what_a_cell_shows_is_said(finer: Malformed | None, cells: tuple[str, ...]) -> None:
    assert [malformed_as(cell) for cell in cells] == [finer] * len(cells)


def test_texts_of_nothing_are_compared_in_small_letters() -> None:
    assert all(text == text.lower() for text in NOTHING)
