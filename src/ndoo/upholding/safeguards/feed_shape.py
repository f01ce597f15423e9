"""Notices that a feed has changed its form since it was last looked at. Its shape is pinned in a file; another shape stops the run.

A supplier who moves a column, drops a heading or saves in another encoding seldom says so. What is pinned: the format, how text is
written (encoding, mark, delimiter, quoting, line ends), the columns in their order, what kind of value stands in each, and within
which bounds the number of rows and the share of people removed lie.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.domain.plurals import counted
from ndoo.evidence.document import DocumentPart, JsonObject, JsonValue
from ndoo.evidence.manifest import written
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.upholding.datasets.formats import Dataset
from ndoo.upholding.input_files.source import compression_of, first_bytes
from ndoo.upholding.text.reference import rows_of, unquoted

TIMES = 2.0
"""A feed of twice, or of half, as many rows as when it was pinned is another feed, until somebody widens the bounds."""
_LOOK = 1 << 16
_ROWS = 200
_OTHERS = frozenset(("format", "columns", "rows", "per_cent_removed"))
_ENUMERATION = re.compile(r"""("(?:[^"]|"")*")|\bENUM\s*\((?:\s*'(?:[^']|'')*'\s*,?)*\)""")
"""In a type as SQL says it: a name in its quotes, which is the group, or an enumeration with the values that it lists."""
_KINDS = (
    ("blank", re.compile(r"\s*")),
    ("digits", re.compile(r"[0-9]+")),
    ("number", re.compile(r"[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?")),
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")),
    ("date, day first", re.compile(r"[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}")),
)


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column: its type where the format has types, else which kinds of values stand in its first rows, where these were looked at."""

    name: str
    type: str | None = None
    kinds: tuple[str, ...] | None = None

    def document(self) -> JsonObject:
        """As it is pinned."""
        return {
            "name": self.name,
            **({"type": self.type} if self.type is not None else {}),
            **({"kinds": list(self.kinds)} if self.kinds is not None else {}),
        }

    def fits(self, was: ColumnShape) -> bool:
        """Is it what was pinned, or less?"""
        return {*(self.kinds or ())} <= {*(was.kinds or ())} and self.type == was.type


@dataclass(frozen=True, slots=True)
class FeedShape:
    """The form of a feed.

    Args:
        written: how it is written: of text its encoding, delimiter and the like; of a folder its partitions, or its tables.
    """

    format: str
    columns: tuple[ColumnShape, ...]
    written: JsonObject = field(default_factory=dict)

    def document(self) -> JsonObject:
        """As it is pinned, its bounds aside."""
        return {"format": self.format, **self.written, "columns": [column.document() for column in self.columns]}


@dataclass(frozen=True, slots=True)
class PinnedShape:
    """A shape with the bounds of its rows and of the share of people removed, in per cent."""

    shape: FeedShape
    rows: tuple[float, float]
    per_cent_removed: tuple[float, float]

    @classmethod
    def read(cls, said: DocumentPart) -> Self:
        """From its file. Raises TypeError, LookupError, ValueError where it makes no sense."""
        columns = tuple(
            ColumnShape(
                column.text_if_any("name") or "",
                _without_labels(column.text_if_any("type")),
                column.texts("kinds") if "kinds" in column else None,
            )
            for column in said.list_of_parts("columns")
        )
        told = {name: value for name, value in said.members.items() if name not in _OTHERS}
        pinned = cls(
            FeedShape(said.text("format"), columns, told), said.bounds("rows"), said.bounds("per_cent_removed")
        )
        if any(low > high for low, high in (pinned.rows, pinned.per_cent_removed)):
            raise ValueError("bounds")
        return pinned

    def document(self) -> JsonObject:
        """As it is written into its file."""
        return {**self.shape.document(), "rows": list(self.rows), "per_cent_removed": list(self.per_cent_removed)}


class Pin:
    """The shape of a feed in one run: as it was pinned, or to be pinned.

    Args:
        path: where; None where nobody asked for it.
        form: the feed's shape, which is looked at where somebody did.

    Raises:
        UnfitData: the feed is not written as it was pinned, or what is pinned cannot be read.
    """

    def __init__(self, path: Path | None, form: Callable[[], FeedShape]) -> None:
        self._form = form() if path else FeedShape("", ())
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
        return written(pinned(self._form, rows, people).document())


def typed(name: str, columns: Sequence[tuple[str, str]], **more: JsonValue) -> FeedShape:
    """The shape of what knows its columns' types: a format by this name, and each column's name and type."""
    return FeedShape(name, tuple(ColumnShape(column, _without_labels(type_)) for column, type_ in columns), more)


def _without_labels(type_: str | None) -> str | None:
    """A type as it may be kept: what an enumeration lists may be people, and is left out, also of shapes that were pinned with it."""
    return type_ and _ENUMERATION.sub(lambda found: found[1] or "ENUM", type_)


def shape_of(dataset: Dataset, path: Path) -> FeedShape:
    """The shape of a feed, as far as its heading and its first rows show it."""
    schema = getattr(dataset, "schema", None)
    if schema is not None:
        return typed(dataset.format, [(name, str(kind)) for name, kind in zip(schema.names, schema.types, strict=True)])
    dialect = getattr(dataset, "dialect", None)
    if dialect is None:
        return FeedShape("xlsx", tuple(map(ColumnShape, dataset.names)))
    head = first_bytes(path, _LOOK)
    whole = len(head) < _LOOK
    if compression_of(path):
        head = b""
    every, text = (head[at:].decode(dialect.encoding, "replace") for at in (dialect.mark, dialect.body_at))
    if not whole:
        every, text = (part[: part.rfind("\n") + 1] for part in (every, text))
    ends = {end for end in ("\r\n", "\n") if end in (every if end == "\r\n" else every.replace("\r\n", ""))}
    kinds = _kinds(text, dialect, len(dialect.names))
    return FeedShape(
        dataset.format,
        tuple(ColumnShape(name, kinds=seen) for name, seen in zip(dialect.names, kinds, strict=True)),
        {
            **dialect.described(),
            "mark": bool(dialect.mark and head),
            "line_ends": sorted({"\r\n": "CRLF", "\n": "LF"}[end] for end in ends),
        },
    )


def _kinds(text: str, dialect: Any, width: int) -> list[tuple[str, ...]]:
    """Which kinds of values stand in each column."""
    seen: list[set[str]] = [set() for _ in range(width)]
    for _, fields in islice(rows_of(text, dialect.delimiter, quotes=dialect.quotes), _ROWS):
        for at, cell in enumerate(fields[:width]):
            plain = unquoted(cell, quotes=dialect.quotes)
            seen[at].add(next((name for name, form in _KINDS if form.fullmatch(plain)), "text"))
    return [tuple(sorted(kinds - {"blank"})) for kinds in seen]


def pinned(shape: FeedShape, rows: Counts, people: PeopleCounts) -> PinnedShape:
    """A shape with its bounds, for its file."""
    share = _share(people)
    return PinnedShape(
        shape,
        (int(rows.read / TIMES), int(rows.read * TIMES) + 1),
        (round(share / TIMES, 2), round(min(share * TIMES + 1, 100), 2)),
    )


def read_shape(path: Path) -> PinnedShape | None:
    """What is pinned; None where nothing is yet.

    Raises:
        UnfitData: it cannot be read, so nobody can say whether the feed has changed.
    """
    try:
        if not path.exists():
            return None
        return PinnedShape.read(DocumentPart({"shape": json.loads(path.read_bytes())}).part("shape"))
    except OSError as error:
        raise explained(error, "the shape") from None
    except (ValueError, TypeError, LookupError):
        raise UnfitData(
            "shape-unreadable",
            f"--shape {masked(str(path))} is not a shape that ndoo pinned. Name another file; a new one is written if it does not exist.",
        ) from None


def refuse_other_shape(told: PinnedShape, shape: FeedShape, path: Path) -> None:
    """Raises UnfitData where the feed is not written as it was pinned; the sentence says in what."""
    now, then = ({"format": one.format, **one.written} for one in (shape, told.shape))
    wrong = [key.replace("_", " ") for key in sorted(now) if then.get(key) != now[key]]
    mine, theirs = shape.columns, told.shape.columns
    if [one.name for one in mine] != [one.name for one in theirs]:
        wrong.append("columns, or their order")
    else:
        other = [one.name for one, was in zip(mine, theirs, strict=True) if not one.fits(was)]
        if other:
            shown = ", ".join(repr(name) for name in other if not names_somebody(name))
            wrong.append(f"kind of values in {shown}")
    if wrong:
        raise UnfitData(
            "shape-changed",
            f"The feed is not as it was pinned in {masked(str(path))}: {'; '.join(wrong)}. Ask the supplier. If it is right, delete {masked(path.name)}, and the next run pins a new one.",
        )


def refuse_other_counts(told: PinnedShape, rows: Counts, people: PeopleCounts) -> None:
    """Raises UnfitData where there are too few or too many rows, NoUsableList where the share removed is another."""
    low, high = told.rows
    if not low <= rows.read <= high:
        raise UnfitData(
            "shape-rows",
            f"The feed has {counted(rows.read, 'row')}; {low:,} to {high:,} are pinned. It may be cut off, or doubled.",
        )
    least, most = told.per_cent_removed
    if people.read and not least <= _share(people) <= most:
        raise NoUsableList(
            "shape-share",
            f"{_share(people):.1f} per cent of the people would be removed; {least:g} to {most:g} are pinned.",
        )


def _share(people: PeopleCounts) -> float:
    return 100 * people.removed / people.read if people.read else 0.0
