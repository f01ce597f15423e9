"""Reads an NHS number, or says why a text is none.

Ten ASCII digits with a modulus 11 check digit (NHS Data Model and Dictionary, "NHS NUMBER"), written bare or
3-3-4 with spaces or hyphens; spaces and one pair of quotes around it are tolerated, nothing else is. Other
scripts' digits, a trailing line feed, integers padded with zeros and floating point numbers are not NHS numbers.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NoReturn

LONGEST_CELL = 64
"""A cell longer than this, spaces around it left aside, is malformed; it bounds the work on hostile input."""

_IN_TEXT = re.compile(r"(?<![0-9])([0-9]{3})[ _-]?([0-9]{3})[ _-]?([0-9]{4})(?![0-9])", re.ASCII)
_SHAPE = re.compile(r"([0-9]{3})[ -]?([0-9]{3})[ -]?([0-9]{4})", re.ASCII)


class Undecided(StrEnum):
    """Why nobody can say whose row this is, or what that person chose. The contract's reasons for held rows."""

    MISSING = "missing"
    MALFORMED = "malformed"
    CHECK_DIGIT = "check_digit"
    PLACEHOLDER = "placeholder"
    NOT_COVERED = "not_covered"
    AMBIGUOUS = "ambiguous"
    ORPHAN = "orphan"
    """In linked tables: the row leads to a row that is not there."""
    TYPE1_UNDECIDED = "type1_undecided"
    """The person's Type 1 entries were held."""
    UNSEARCHABLE = "unsearchable"
    """In FHIR: it carries a document that is no text, so nobody can say whose numbers stand in it."""
    MENTIONS = "mentions"
    """Another cell of the row holds the number of somebody who may not be released."""


@dataclass(frozen=True, slots=True, repr=False)
class NHSNumber:
    """A valid NHS number that does not print; `reveal()` is the only way to its digits."""

    _digits: str

    def __repr__(self) -> str:
        return "NHSNumber(**********)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("an NHS number is not pickled")

    def reveal(self) -> str:
        """The ten digits. Each call is a place where an identifier leaves the type that guards it."""
        return self._digits

    @property
    def person(self) -> int:
        """The first nine digits, 0 to 999,999,999: they name the person, because the tenth follows from them."""
        return int(self._digits[:9])


def check_digit(first_nine: str) -> int | None:
    """The tenth digit for nine; None where they make no NHS number (the check would be 10)."""
    remainder = 11 - sum(int(d) * w for d, w in zip(first_nine, range(10, 1, -1), strict=True)) % 11
    return {11: 0, 10: None}.get(remainder, remainder)


def read(cell: str | None) -> NHSNumber | Undecided:
    """Read one cell, its CSV quoting already undone.

    Raises:
        TypeError: for an int, a float or bytes. A number that was ever arithmetic may have lost digits.
    """
    if cell is None:
        return Undecided.MISSING
    if not isinstance(cell, str):
        raise TypeError("an NHS number is read from text only")
    text = cell.strip(" ")
    if len(text) > LONGEST_CELL:
        return Undecided.MALFORMED
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip(" ")
    if not text:
        return Undecided.MISSING
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return Undecided.MALFORMED
    digits = "".join(shape.groups())
    if len(set(digits)) == 1:
        return Undecided.PLACEHOLDER
    if check_digit(digits[:9]) != int(digits[9]):
        return Undecided.CHECK_DIGIT
    return NHSNumber(digits)


def masked(text: str) -> str:
    """The text with asterisks for every valid NHS number in it: the last guard of what is said to anybody."""
    return _IN_TEXT.sub(lambda m: "**********" if isinstance(read("".join(m.groups())), NHSNumber) else m[0], text)


def names_somebody(text: str) -> bool:
    """Does a valid NHS number stand in this text, in any of the forms that file names and sentences have?"""
    return masked(text) != text


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers issued, or kept free, for one purpose. `first` and `last` are whole ten-digit numbers, both included."""

    first: str
    last: str
    use: str
    in_national_register: bool
    source: str
    read_on: date

    @property
    def people(self) -> tuple[int, int]:
        """The same range in first nine digits."""
        return int(self.first[:9]), int(self.last[:9])


@cache
def ranges() -> tuple[Range, ...]:
    """The dated table of ranges, `nhs_number_ranges.toml`, in ascending order."""
    text = files("ndoo.domain").joinpath("nhs_number_ranges.toml").read_text(encoding="utf-8")
    return tuple(Range(**entry) for entry in tomllib.loads(text)["range"])


def range_of(number: NHSNumber) -> Range | None:
    """The range that holds this number; None where nobody has laid claim to it."""
    return next((r for r in ranges() if r.people[0] <= number.person <= r.people[1]), None)
