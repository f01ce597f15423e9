"""Looks in the other cells of a frame for people who may not be released: Spark lays aside the few that could name one, the kernel looks here.

A cell could name somebody if it has nine digits (scientific notation leaves out the tenth), whatever stands between them, a letter
beyond ASCII, which may be a digit of another script, eleven letters and digits in a row, which may be the code of others, or nine bytes
that are no text. Of lists, structures and maps every value counts, keys too, at any depth. The rest never leaves the executors; they need no
Python for it. All is said in SQL, which means the same in a session on this machine and in one of Spark Connect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.release_record import Columns
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import refuse_mentioned
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.spark.trusted_sql import TrustedSQL
from ndoo.upholding.sql.read_cells import identifier

MOST_ROWS = 1_000_000
"""Rows with such cells that are looked at: they come to this process."""
_SMALLEST, _LARGEST = 10**9, 9 * 10**18
_FEWEST = 9
_CODED = "[A-Za-z0-9]{11}"
_TEXTS, _BYTES = "ARRAY<STRING>", "ARRAY<BINARY>"
_TIMES = ("Date", "Timestamp", "TimestampNTZ", "Time", "DayTimeInterval", "YearMonthInterval", "CalendarInterval")
_NAMING_NOBODY = frozenset(f"{name}Type" for name in ("Null", "Boolean", *_TIMES))
_AS_TEXT = frozenset(f"{name}Type" for name in ("String", "Char", "Varchar", "Decimal"))
_WHOLE = frozenset(f"{name}Type" for name in ("Byte", "Short", "Integer", "Long"))


def refuse_mentions(trusted: TrustedSQL, kept: Any, chosen: Columns, opt_outs: OptOuts) -> None:
    """Look at every cell of the rows that stay, in columns that nobody classified.

    Raises:
        UsageFault: one holds the number of somebody withheld; or too many rows would have to be looked at.
        UnfitData: a column is of a type that nobody here can look into.
    """
    columns = [
        _Column(at, field.name, _looked_at(field.name, identifier(field.name, "spark"), field.dataType))
        for at, field in enumerate(kept.schema.fields)
        if field.name not in chosen.classified
    ]
    columns = [column for column in columns if column.seen.texts or column.seen.raw]
    if not columns:
        return
    laid_aside = trusted.select(kept, [value for column in columns for value in column.values])
    some = trusted.select(laid_aside, [cell for column in columns for cell in column.cells])
    some = some.where(" OR ".join(f"{name} IS NOT NULL" for name in some.columns)).limit(MOST_ROWS + 1)
    table = some.toArrow()
    if table.num_rows > MOST_ROWS:
        raise UsageFault(
            "cells-too-many",
            f"More than {MOST_ROWS:,} rows hold ten digits in other columns, too many to be looked at one by one. Leave out what is "
            "not needed, say ignored= of columns that may stay as they are, or uphold it as a folder: ndoo uphold --engine spark.",
        )
    mentions = MentionSearch([column.name for column in columns], (), opt_outs)
    for batch in table.to_batches():
        mentions.batch(batch.select([column.main for column in columns]))
        for column in columns:
            if column.beside:
                mentions.look(column.name, batch.column(column.beside))
    refuse_mentioned(mentions.found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Two SQL expressions for what a value holds: its texts, and its bytes; None where it holds none. Of a value that is a list,
    structure or map they are arrays."""

    texts: str | None = None
    raw: str | None = None
    nested: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as it is laid aside, under names of our own."""

    at: int
    name: str
    seen: _Seen

    @property
    def main(self) -> str:
        return f"t{self.at}" if self.seen.texts else f"b{self.at}"

    @property
    def beside(self) -> str | None:
        """The bytes in a value that holds texts too."""
        return f"b{self.at}" if self.seen.texts and self.seen.raw else None

    @property
    def values(self) -> Iterator[str]:
        for word, sql in (("t", self.seen.texts), ("b", self.seen.raw)):
            if sql:
                yield f"{sql} AS {word}{self.at}"

    @property
    def cells(self) -> Iterator[str]:
        if self.seen.texts:
            name = f"t{self.at}"
            text = f"array_join({name}, ' ')" if self.seen.nested else name
            could = (
                f"octet_length({text}) <> length({text}) OR length(regexp_replace({text}, '[^0-9]', '')) >= {_FEWEST} "
                f"OR regexp_like({text}, '{_CODED}')"
            )
            yield f"CASE WHEN {could} THEN {name} END AS {name}"
        if self.seen.raw:
            name = f"b{self.at}"
            could = (
                f"exists({name}, b -> octet_length(b) >= {_FEWEST})"
                if self.seen.nested
                else f"octet_length({name}) >= {_FEWEST}"
            )
            yield f"CASE WHEN {could} THEN {name} END AS {name}"


def _looked_at(column: str, value: str, kind: Any, depth: int = 0) -> _Seen:
    """What `value`, an SQL expression, holds.

    Args:
        depth: of the lists around it.
    """
    match type(kind).__name__:
        case name if name in _NAMING_NOBODY:
            return _Seen()
        case name if name in _AS_TEXT:
            return _Seen(f"CAST({value} AS STRING)")
        case name if name in _WHOLE and depth:  # small ones, side by side, may be parts of a number
            return _Seen(f"CAST({value} AS STRING)")
        case name if name in _WHOLE:
            large = f"{value} BETWEEN {_SMALLEST} AND {_LARGEST} OR {value} BETWEEN -{_LARGEST} AND -{_SMALLEST}"
            return _Seen(f"CASE WHEN {large} THEN CAST({value} AS STRING) END")
        case "FloatType" | "DoubleType":
            whole = f"CAST(try_cast({value} AS BIGINT) AS STRING)"
            return _Seen(f"CASE WHEN abs({value}) BETWEEN {_SMALLEST} AND {_LARGEST} THEN {whole} END")
        case "BinaryType":
            return _Seen(None, value)
        case "ArrayType":
            return _items_of(column, value, kind.elementType, depth)
        case "MapType":
            keys, items = (
                _items_of(column, f"{function}({value})", inner, depth)
                for function, inner in (("map_keys", kind.keyType), ("map_values", kind.valueType))
            )
            return _together([keys, items])
        case "StructType":
            fields = [(identifier(field.name, "spark"), field.dataType) for field in kind.fields]
            return _together([_looked_at(column, f"{value}.{name}", inner, depth) for name, inner in fields])
        case name:
            raise UnfitData(
                "type-unseen",
                f"The column {column!r} is, or holds, a {name.removesuffix('Type').lower()} of Spark, which cannot be searched for the numbers of people who may not be released. Turn it into text, leave it out, or say ignored= to let it stay as it is.",
            )


def _items_of(column: str, value: str, kind: Any, depth: int) -> _Seen:
    """What all items of a list hold, each of this type."""
    item = f"e{depth}"
    seen = _looked_at(column, item, kind, depth + 1)

    def every(sql: str | None, typed: str) -> str | None:
        if sql is None:
            return None
        each = f"transform({value}, {item} -> {sql})"
        return f"coalesce({f'flatten({each})' if seen.nested else each}, CAST(array() AS {typed}))"

    return _Seen(every(seen.texts, _TEXTS), every(seen.raw, _BYTES), nested=True)


def _together(parts: Sequence[_Seen]) -> _Seen:
    """One array of what several values hold."""
    found: list[str | None] = []
    for typed, sqls in (
        (_TEXTS, [(part.texts, part.nested) for part in parts]),
        (_BYTES, [(part.raw, part.nested) for part in parts]),
    ):
        arrays = [sql if nested else f"array({sql})" for sql, nested in sqls if sql]
        found.append(f"concat({', '.join(arrays)}, CAST(array() AS {typed}))" if arrays else None)
    texts, raw = found
    return _Seen(texts, raw, nested=True)
