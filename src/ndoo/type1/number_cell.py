"""Whose entry it is, where the cell of the NHS number cannot be read as it stands. Whoever may be meant.

Nothing is guessed into a number here either: nobody is removed for what this finds. But an objection stands in the row, so whoever's number
may be in the cell is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.type1.bare_text import bare_text, written_forms

_POWER = re.compile(r"([0-9])[.,]([0-9]{7,9})e\+?0?9", re.ASCII)
_GROUPS = re.compile(r"(?<![0-9])[0-9]{3}[^0-9a-z]{0,3}[0-9]{3}[^0-9a-z]{0,3}[0-9]{4}(?![0-9])", re.ASCII)
_RUNS = re.compile("[0-9]+")
_FOREIGN = re.compile("[^0-9]+")


def people_in(cell: str) -> list[NHSNumber]:
    """The people whose NHS number stands in this cell under any decoration: spaces, quotes, words, a decimal point, noughts lost or added."""
    found = {}
    for text in written_forms(bare_text(cell).casefold()):
        for digits in _candidates(text):
            number = read(digits)
            if isinstance(number, NHSNumber):
                found[number.person] = number
    return list(found.values())


def _candidates(text: str) -> Iterator[str]:
    if (power := _POWER.fullmatch(text)) is not None:
        text = power[1] + power[2].ljust(9, "0")
    for group in _GROUPS.findall(text):
        yield _FOREIGN.sub("", group)
    for run in (*_RUNS.findall(text), _FOREIGN.sub("", text)):
        yield run
        yield run.lstrip("0")
        if len(run) == 9:
            yield f"0{run}"  # its nought was lost
            yield f"{run}{check_digit(run)}"  # its last digit was lost: the first nine name the person
        elif len(run) > 10:
            yield from (run[at : at + 10] for at in range(len(run) - 9))
