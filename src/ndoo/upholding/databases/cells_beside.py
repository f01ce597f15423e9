"""The rows of a table that have ten digits in cells side by side, which may be one number:
as `upholding.other_cells.cells_beside`, which looks at them.

The database says of each cell how many digits it is, if it is from one to nine and nothing else but blanks and quotes. Side by side these
are a text of digits, in which some that stand together come to ten: all such rows are fetched, because what chance gives is told by all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.database import Database
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, prefix_for, quoted

_MOST = 9
"""Digits of a cell that is a part."""
_LONGEST = 24
"""Bytes of one, with its blanks."""
_PART = '^[ "]*[0-9][0-9 "]*$'
_NO_PART = "'x'"
_AT_ONCE = 40
"""Cells joined in one go: databases count how deep a statement is."""


def columns_beside(columns: Sequence[TableColumn], known: Collection[str]) -> Iterator[list[TableColumn]]:
    """The columns side by side that may hold parts of a number, two at least; nothing goes on across those that were classified."""
    for may, some in groupby(
        columns, lambda one: one.name not in known and one.kind in (TypeKind.TEXT, TypeKind.WHOLE)
    ):
        beside = list(some)
        if may and len(beside) > 1:
            yield beside


def rows_beside(database: Database, table: TableName, columns: Sequence[TableColumn], key: str = "") -> str:
    """The query for the cells of these columns, as text, in rows in which some side by side have ten digits together.

    Args:
        key: an expression that is fetched after them.
    """
    prefix = prefix_for(columns)
    lengths = [_length(database, column) for column in columns]
    joined = " || ".join(f"({' || '.join(lengths[at : at + _AT_ONCE])})" for at in range(0, len(lengths), _AT_ONCE))
    cells = ", ".join(f"CAST({quoted(column.name)} AS TEXT) AS {prefix}c{n}" for n, column in enumerate(columns))
    names = ", ".join(f"{prefix}c{n}" for n in range(len(columns)))
    if key:
        cells, names = f"{cells}, {key} AS {prefix}key", f"{names}, {prefix}key"
    return (
        f"SELECT {names} FROM (SELECT {cells}, {joined} AS {prefix}lengths FROM {table.quoted}) AS {prefix}some "
        f"WHERE {_matches(database, f'{prefix}lengths', coming_to(10))}"
    )


@lru_cache
def coming_to(sum_: int) -> str:
    """A regular expression for digits, none of them 0, that come to this together."""
    ways = [f"{digit}{coming_to(sum_ - digit)}" for digit in range(1, min(sum_, _MOST) + 1)]
    return f"(?:{'|'.join(ways)})" if ways else ""


def _length(database: Database, column: TableColumn) -> str:
    name = quoted(column.name)
    if database.dialect == "sqlite":
        return (
            f"CASE TYPEOF({name}) WHEN 'integer' THEN {_of_whole(name)} WHEN 'text' THEN {_of_text(database, name)} "
            f"ELSE {_NO_PART} END"
        )
    if column.kind is TypeKind.WHOLE:
        return _of_whole(name)
    return _of_text(database, f"CAST({name} AS TEXT)" + (' COLLATE "C"' if database.dialect == "postgres" else ""))


def _of_whole(name: str) -> str:
    lengths = " ".join(f"WHEN {name} < {10**digits} THEN '{digits}'" for digits in range(1, _MOST + 1))
    return f"CASE WHEN {name} < 0 THEN {_NO_PART} {lengths} ELSE {_NO_PART} END"


def _of_text(database: Database, text: str) -> str:
    size, is_part = {
        "duckdb": (f"STRLEN({text})", _matches(database, text, _PART)),
        "postgres": (f"OCTET_LENGTH({text})", _matches(database, text, _PART)),
        "sqlite": (f"LENGTH({text})", f"{text} NOT GLOB '*[^0-9 \"]*' AND {text} GLOB '*[0-9]*'"),
    }[database.dialect]
    digits = f"LENGTH(REPLACE(REPLACE({text}, ' ', ''), '\"', ''))"
    return (
        f"CASE WHEN {size} <= {_LONGEST} AND {is_part} AND {digits} <= {_MOST} "
        f"THEN CAST({digits} AS TEXT) ELSE {_NO_PART} END"
    )


def _matches(database: Database, text: str, pattern: str) -> str:
    match database.dialect:
        case "duckdb":
            return f"REGEXP_MATCHES({text}, '{pattern}')"
        case "postgres":
            return f"{text} ~ '{pattern}'"
        case _:
            return f"{text} REGEXP '{pattern}'"
