"""Cells as people and machines write them, and what the reader says of each: the measure for the kernel."""

from __future__ import annotations

from hypothesis import strategies as st

from ndoo.domain.nhs_number import NHSNumber, Undecided, check_digit, read
from ndoo.numbers import kernel

CODES = {
    Undecided.MISSING: kernel.MISSING,
    Undecided.MALFORMED: kernel.MALFORMED,
    Undecided.CHECK_DIGIT: kernel.CHECK_DIGIT,
    Undecided.PLACEHOLDER: kernel.PLACEHOLDER,
}
NOBODY = 0xFFFFFFFF


def _number(nine: int) -> str:
    digit = check_digit(f"{nine:09}")
    return f"{nine:09}{0 if digit is None else digit}"


NUMBERS = st.integers(0, 999_999_999).map(_number)
"""Ten digits of every range; most are valid."""
TEN_DIGITS = st.integers(0, 9_999_999_999).map("{:010}".format)
REPEATED = st.sampled_from([digit * 10 for digit in "0123456789"])


@st.composite
def _dressed(draw: st.DrawFn) -> str:
    """Ten digits with spaces, hyphens and quotes, most of them where they may stand."""
    ten = draw(NUMBERS | TEN_DIGITS | REPEATED)
    separator = st.sampled_from(["", "", " ", "-", "  ", "_"])
    cell = ten[:3] + draw(separator) + ten[3:6] + draw(separator) + ten[6:]
    spaces = st.sampled_from(["", "", " ", "   ", " " * 40])
    for quote in draw(st.lists(st.sampled_from(["", '"', "'", '""']), max_size=2)):
        cell = quote + draw(spaces) + cell + draw(spaces) + quote
    return draw(spaces) + cell + draw(spaces)


NOISE = st.text(st.sampled_from("0123456789 -'\"\t\r\n,٣９é🙂\0"), max_size=80)
CELLS = NUMBERS | _dressed() | NOISE | st.text(max_size=20)
COLUMNS = st.lists(st.none() | CELLS, max_size=12)


def expected(cell: str | None) -> tuple[int, int]:
    """The kernel's reason and person for a cell, by the reader of the domain."""
    answer = read(cell)
    if isinstance(answer, NHSNumber):
        return kernel.VALID, answer.person
    return CODES[answer], NOBODY
