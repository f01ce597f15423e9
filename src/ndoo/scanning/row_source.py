"""Rows of Python values, as databases, workbooks and JSON give them: each value as the text that a person would see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, time
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from ndoo.scanning.survey import TableSurvey

AT_ONCE = 5_000


def spoken(value: Any) -> str | None:
    """One value as text; None where there is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, date | time | UUID):  # a datetime is a date
        return value.isoformat() if not isinstance(value, UUID) else str(value)
    if isinstance(value, dict | list | tuple | set):
        return json.dumps(value if isinstance(value, dict) else list(value), default=str, ensure_ascii=False)
    return str(value)


def take_rows(
    survey: TableSurvey, rows: Iterable[Sequence[Any]], told: Callable[[int], object] = lambda _: None
) -> None:
    """Look at rows that are as wide as the survey; `told` is called with how many were looked at."""
    before = survey.rows
    for piece in _pieces(rows):
        survey.take_texts([[spoken(value) for value in column] for column in zip(*piece, strict=True)])
        told(survey.rows - before)


def _pieces(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    source = iter(rows)
    while piece := list(islice(source, AT_ONCE)):
        yield piece
