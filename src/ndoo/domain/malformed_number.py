"""What became of an NHS number that cannot be read, as far as its cell shows: a hint for whoever repairs the source.

No number is ever guessed from it: a damaged number is nobody's.
"""

from __future__ import annotations

import re
from enum import StrEnum

from ndoo.domain.nhs_number import NHSNumber, read

NOTHING = frozenset(
    (
        "",
        "null",
        "none",
        "nan",
        "na",
        "n/a",
        "n/k",
        "nk",
        "\\n",
        "-",
        ".",
        "?",
        "unknown",
        "not known",
        "missing",
        "not recorded",
        "not available",
        "not stated",
        "withheld",
        "blank",
        "empty",
        "nil",
        "tbc",
        "invalid",
        "anonymous",
        "redacted",
        "true",
        "false",
    )
)
"""What stands for no number in somebody's row, in small letters."""
_TAIL = re.compile(r"[0-9]{9,10}[.,][0-9]*", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+", re.ASCII)
_DIGITS = re.compile(r"[0-9 -]*", re.ASCII)


class Malformed(StrEnum):
    """The finer reasons beside `malformed`."""

    NULL_TEXT = "null_text"
    """A text that says that there is no number."""
    LOST_LEADING_ZERO = "lost_leading_zero"
    """Nine digits that are a valid number with a zero before them, as spreadsheets leave them."""
    SCIENTIFIC = "scientific"
    """Scientific notation, as spreadsheets write it."""
    DECIMAL_TAIL = "decimal_tail"
    """A number that was arithmetic on its way: a point or a comma behind its digits."""
    NON_DIGIT = "non_digit"
    """Something that is neither a digit nor a space or hyphen between digits."""


def malformed_as(cell: str) -> Malformed | None:
    """The finer reason why a cell that is malformed is; None where it has digits alone, too few or too many of them.

    Args:
        cell: its CSV quoting already undone.
    """
    text = cell.strip(" \"'")
    if text.lower() in NOTHING:
        return Malformed.NULL_TEXT
    if _TAIL.fullmatch(text):
        return Malformed.DECIMAL_TAIL
    if _SCIENTIFIC.fullmatch(text):
        return Malformed.SCIENTIFIC
    if not _DIGITS.fullmatch(text):
        return Malformed.NON_DIGIT
    digits = text.replace(" ", "").replace("-", "")
    lost = len(digits) == 9 and isinstance(read("0" + digits), NHSNumber)
    return Malformed.LOST_LEADING_ZERO if lost else None
