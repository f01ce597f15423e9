"""Notices that a feed has changed its form since it was last looked at. Its shape is pinned in a file; another shape stops the run.

A supplier who moves a column, drops a heading or saves in another encoding seldom says so. What is pinned: the format, how text is
written (encoding, mark, delimiter, quoting, line ends), the columns in their order, what kind of value stands in each, and within
which bounds the number of rows and the share of people removed lie.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.evidence.manifest import written
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.upholding.formats import Dataset
from ndoo.upholding.reference import rows_of, unquoted
from ndoo.upholding.source import compression_of, first_bytes

TIMES = 2.0
"""A feed of twice, or of half, as many rows as when it was pinned is another feed, until somebody widens the bounds."""
_LOOK = 1 << 16
_ROWS = 200
_KINDS = (
    ("blank", re.compile(r"\s*")),
    ("digits", re.compile(r"[0-9]+")),
    ("number", re.compile(r"[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?")),
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")),
    ("date, day first", re.compile(r"[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}")),
)


class Pin:
    """The shape of a feed in one run: as it was pinned, or to be pinned.

    Args:
        path: where; None where nobody asked for it.
        form: the feed's shape, which is looked at where somebody did.

    Raises:
        UnfitData: the feed is not written as it was pinned, or what is pinned cannot be read.
    """

    def __init__(self, path: Path | None, form: Callable[[], dict[str, Any]]) -> None:
        self._form = form() if path else {}
        self._told = read_shape(path) if path else None
        if path and self._told is not None:
            refuse_other_shape(self._told, self._form, path)
        self.target = path if self._told is None else None
        """Where it is to be pinned; None where it stands already, or nobody asked."""

    def judged(self, rows: Counts, people: PeopleCounts) -> bytes:
        """What is to be pinned.

        Raises:
            UnfitData, NoUsableList: as `refuse_other_counts`.
        """
        if self._told is not None:
            refuse_other_counts(self._told, rows, people)
        return written(pinned(self._form, rows, people))


def typed(name: str, columns: Sequence[tuple[str, str]], **more: Any) -> dict[str, Any]:
    """The shape of what knows its columns' types: a format by this name, and each column's name and type."""
    return {"format": name, **more, "columns": [{"name": column, "type": type_} for column, type_ in columns]}


def shape_of(dataset: Dataset, path: Path) -> dict[str, Any]:
    """The shape of a feed, as far as its heading and its first rows show it."""
    schema = getattr(dataset, "schema", None)
    if schema is not None:
        return typed(dataset.format, [(name, str(kind)) for name, kind in zip(schema.names, schema.types, strict=True)])
    dialect = getattr(dataset, "dialect", None)
    if dialect is None:
        return {"format": "xlsx", "columns": [{"name": name} for name in dataset.names]}
    head = first_bytes(path, _LOOK)
    whole = len(head) < _LOOK
    if compression_of(path):
        head = b""
    every, text = (head[at:].decode(dialect.encoding, "replace") for at in (dialect.mark, dialect.body_at))
    if not whole:
        every, text = (part[: part.rfind("\n") + 1] for part in (every, text))
    ends = {end for end in ("\r\n", "\n") if end in (every if end == "\r\n" else every.replace("\r\n", ""))}
    return {
        "format": dataset.format,
        **dialect.described(),
        "mark": bool(dialect.mark and head),
        "line_ends": sorted({"\r\n": "CRLF", "\n": "LF"}[end] for end in ends),
        "columns": [
            {"name": name, "kinds": kinds}
            for name, kinds in zip(dialect.names, _kinds(text, dialect, len(dialect.names)), strict=True)
        ],
    }


def _kinds(text: str, dialect: Any, width: int) -> list[list[str]]:
    """Which kinds of values stand in each column."""
    seen: list[set[str]] = [set() for _ in range(width)]
    for _, fields in islice(rows_of(text, dialect.delimiter, quotes=dialect.quotes), _ROWS):
        for at, cell in enumerate(fields[:width]):
            plain = unquoted(cell, quotes=dialect.quotes)
            seen[at].add(next((name for name, form in _KINDS if form.fullmatch(plain)), "text"))
    return [sorted(kinds - {"blank"}) for kinds in seen]


def pinned(shape: dict[str, Any], rows: Counts, people: PeopleCounts) -> dict[str, Any]:
    """A shape with its bounds, for its file."""
    share = _share(people)
    return {
        **shape,
        "rows": [int(rows.read / TIMES), int(rows.read * TIMES) + 1],
        "per_cent_removed": [round(share / TIMES, 2), round(min(share * TIMES + 1, 100), 2)],
    }


def read_shape(path: Path) -> dict[str, Any] | None:
    """What is pinned; None where nothing is yet.

    Raises:
        UnfitData: it cannot be read, so nobody can say whether the feed has changed.
    """
    try:
        if not path.exists():
            return None
        told = json.loads(path.read_bytes())
        if not isinstance(told, dict) or not {"format", "columns", "rows", "per_cent_removed"} <= set(told):
            raise ValueError("not one of ours")
        [low, high], [least, most] = told["rows"], told["per_cent_removed"]
        if not low <= high or not least <= most:
            raise ValueError("bounds")
    except OSError as error:
        raise explained(error, "the shape") from None
    except (ValueError, TypeError):
        raise UnfitData(
            "shape-unreadable",
            f"--shape {masked(str(path))} is not a shape that ndoo pinned. Name another file; a new one is written if it does not exist.",
        ) from None
    return told


def refuse_other_shape(told: dict[str, Any], shape: dict[str, Any], path: Path) -> None:
    """Raises UnfitData where the feed is not written as it was pinned; the sentence says in what."""
    wrong = [key.replace("_", " ") for key in sorted(shape) if key != "columns" and told.get(key) != shape[key]]
    mine, theirs = shape["columns"], told["columns"]
    if [one["name"] for one in mine] != [one.get("name") for one in theirs]:
        wrong.append("columns, or their order")
    else:
        other = [one["name"] for one, was in zip(mine, theirs, strict=True) if not _fits(one, was)]
        if other:
            shown = ", ".join(repr(name) for name in other if not names_somebody(name))
            wrong.append(f"kind of values in {shown}")
    if wrong:
        raise UnfitData(
            "shape-changed",
            f"The feed is not as it was pinned in {masked(str(path))}: {'; '.join(wrong)}. Ask the supplier. If it is right, delete {masked(path.name)}, and the next run pins a new one.",
        )


def refuse_other_counts(told: dict[str, Any], rows: Counts, people: PeopleCounts) -> None:
    """Raises UnfitData where there are too few or too many rows, NoUsableList where the share removed is another."""
    low, high = told["rows"]
    if not low <= rows.read <= high:
        raise UnfitData(
            "shape-rows",
            f"The feed has {rows.read:,} rows; {low:,} to {high:,} are pinned. It may be cut off, or doubled.",
        )
    least, most = told["per_cent_removed"]
    if people.read and not least <= _share(people) <= most:
        raise NoUsableList(
            "shape-share",
            f"{_share(people):.1f} per cent of the people would be removed; {least:g} to {most:g} are pinned.",
        )


def _fits(now: dict[str, Any], was: dict[str, Any]) -> bool:
    return set(now.get("kinds", [])) <= set(was.get("kinds", [])) and now.get("type") == was.get("type")


def _share(people: PeopleCounts) -> float:
    return 100 * people.removed / people.read if people.read else 0.0
