"""Reads whom a list asks about. JSON, CSV or `.dat` in; everybody once, and lines that name nobody by their reason."""

from __future__ import annotations

import ctypes
from typing import Any

from ndoo.checking.numbers_file import GatheredNumbers, gather_text
from ndoo.domain.errors import UnfitData
from ndoo.domain.plurals import counted
from ndoo.numbers.column import validate
from ndoo.numbers.number_set import NumberSet
from ndoo.service.api_clients.bodies import document
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.list_checks.limits import limit

JSON = "application/json"
TEXTS = ("text/csv", "text/plain", "application/octet-stream")
FIELD = "nhs_numbers"
_LONGEST_LINE = 20


def most_bytes() -> int:
    """How long the body of a list may be."""
    return limit("largest_list") * _LONGEST_LINE


def taken_in(raw: bytes, kind: str) -> GatheredNumbers:
    """The people of a list; the whole list, or an error.

    Raises:
        Problem: another type (415), or no JSON (400). UnfitData: nobody is on it, or it is not one column of text.
    """
    if kind == JSON:
        gathered = _of_document(document(raw))
    elif kind in TEXTS:
        gathered = _of_text(raw)
    else:
        raise HTTPProblem(415, "list-kind", f"Send the list as {JSON}, {', '.join(TEXTS[:-1])} or {TEXTS[-1]}.")
    if gathered.read > limit("largest_list"):
        raise HTTPProblem(
            413, "list-too-long", f"A list may have {counted(limit('largest_list'), 'line')}. Send it in parts."
        )
    if not gathered.asked:
        raise UnfitData("list-nobody", "The list holds no valid NHS number, so there is no one to check.")
    return gathered


def _of_text(raw: bytes) -> GatheredNumbers:
    try:
        return gather_text(raw)
    except UnfitData as error:
        if error.code == "numbers-table":
            raise UnfitData(
                "list-table",
                "The list has several columns. Send the one with the NHS numbers alone: nothing else is needed.",
            ) from None
        raise


def _of_document(said: Any) -> GatheredNumbers:
    cells = said.get(FIELD) if isinstance(said, dict) and set(said) == {FIELD} else None
    if not isinstance(cells, list) or not all(cell is None or isinstance(cell, str) for cell in cells):
        raise UnfitData(
            "list-shape",
            f'Send {{"{FIELD}": ["…", …]}}, the numbers as text: a number that was arithmetic may have lost digits.',
        )
    gathered = GatheredNumbers(NumberSet(crowded=len(cells) > 100_000))
    column = validate(cells)
    gathered.take(ctypes.addressof(column.person), ctypes.addressof(column.why), column.length, column.undecided())
    return gathered
