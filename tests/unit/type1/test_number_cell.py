"""Whoever's number may stand in a cell that cannot be read is found, so that an objection beside it is nobody's only where it must be."""

from __future__ import annotations

import pytest

from ndoo.type1.number_cell import people_in
from tests.support.numbers import some

NUMBER, OTHER = some(2, seed=77)


@pytest.mark.parametrize(
    "form",
    [
        "'{}",
        '="{}"',
        "{}\t",
        "\u00a0{}",
        "{}.0",
        "NHS {}",
        "{};",
        "({})",
        "0{}",
        "000{}",
        "{}0",
        "%20{}",
        "&nbsp;{}",
        "{} (verified)",
        "x{}y",
    ],
)
def test_a_decorated_number_is_found(form: str) -> None:
    assert NUMBER in [number.reveal() for number in people_in(form.format(NUMBER))]


def test_a_number_in_another_shape_is_found() -> None:
    parted = f"{NUMBER[:3]}/{NUMBER[3:6]}/{NUMBER[6:]}"
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in NUMBER)
    power = f"{NUMBER[0]}.{NUMBER[1:]}E9"
    for cell in (parted, wide, power, NUMBER[:9], f"{NUMBER[:5]},{NUMBER[5:]}"):
        assert [number.reveal() for number in people_in(cell)] == [NUMBER], cell
    both = people_in(f"{NUMBER}; {OTHER}")
    assert {number.reveal() for number in both} >= {NUMBER, OTHER}


@pytest.mark.parametrize("cell", ["", "x", "12345", "unknown", "1111111111", "44054006", "9.99E9"])
def test_where_nobody_s_number_stands_nobody_is_found(cell: str) -> None:
    assert people_in(cell) == []


def test_a_wrong_check_digit_is_not_mended() -> None:
    assert people_in(NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10)) == []
