"""Tells the names of the columns from somebody's data in the first row. A row of data taken for names would be told to everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ndoo.numbers.sight import in_text
from ndoo.scanning import forms
from ndoo.scanning.kinds import ColumnKind, detectors

_NUMBER = re.compile(r"[-+£$€]?[0-9][0-9,]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?%?")
_LONG_NUMBER = re.compile(r"[0-9]{10}")
_SHORT = 4
"""A number of so few digits may be a name: a year, a position."""
_TELLING = (ColumnKind.EMAIL, ColumnKind.POSTCODE, ColumnKind.PHONE)


def is_heading(first: Sequence[str], following: Sequence[Sequence[str]]) -> bool:
    """Judge the first row by itself and by the rows that follow, all without quoting."""
    cells = [cell.strip() for cell in first]
    if not any(cells) or any(_is_value(cell) for cell in cells if cell):
        return False
    words = [cell for cell in cells if any(character.isalpha() for character in cell)]
    if words and sum(forms.known_name(cell) for cell in words) * 2 > len(words):
        return False
    for at, cell in enumerate(cells):
        if cell and any(len(row) > at and row[at].strip() == cell for row in following):
            return False
    return True


def names_of(first: Sequence[str], following: Sequence[Sequence[str]]) -> list[str] | None:
    """The names that the first row gives; None where it is data, and the columns are named by position."""
    if not is_heading(first, following):
        return None
    return [cell.strip() or str(at) for at, cell in enumerate(first, start=1)]


def by_position(count: int) -> list[str]:
    """ "1", "2", …"""
    return [str(at) for at in range(1, count + 1)]


def _is_value(cell: str) -> bool:
    if in_text(cell):
        return True
    digits = sum(character.isdigit() for character in cell)
    if _LONG_NUMBER.search(cell):
        return True
    if len(cell.split()) > 1 and all(forms.known_name(word) for word in cell.split()):
        return True
    if _NUMBER.fullmatch(cell):
        return digits > _SHORT or "." in cell
    if forms.year_of(cell) is not None or forms.hashed(cell):
        return True
    return any(d.form is not None and d.form.fullmatch(cell) for d in detectors() if d.kind in _TELLING)
