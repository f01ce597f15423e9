"""Looks for the numbers of people who may not be released in the other cells of rows that stay, as `upholding.other_cells.stray_numbers`.

Only cells that could hold ten digits are fetched; the database says which: text with nine digits or more (scientific
notation leaves out the tenth), with any character outside ASCII, or with eleven letters and digits in a row (base64); numbers
of ten digits or more; bytes as they are; whatever else is written as text with its digits, such as lists, structures and JSON; and what
is written in a code, which is undone here (`value_codes`). What may stand in a type is decided in `column_types`. Of cells side by side
those are fetched that have ten digits together (`cells_beside`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.cells_beside import columns_beside, rows_beside
from ndoo.upholding.databases.column_types import refuse_unknown_types
from ndoo.upholding.databases.database import Database
from ndoo.upholding.databases.value_codes import undone
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, prefix_for, quoted

_AT_ONCE = 40
"""Columns in one statement."""
_LEAST = 1_000_000_000
_NO_INTEGER = 9_000_000_000_000_000_000
"""What 64 bits do not hold as a fraction is nobody's number."""
_WORD = "[A-Za-z0-9]{11}"
_WORD_OF_SQLITE = "[A-Za-z0-9]" * 11
_IN_UUID = "[0-9]{10}|(3[0-9]){10}"
"""Ten digits, or the bytes of them, in its 32 digits."""
_FEWEST = 9


def mentioned_in(
    database: Database,
    table: TableName,
    columns: Sequence[TableColumn],
    known: Sequence[str],
    opt_outs: OptOuts,
    *,
    ignored: Collection[str] = (),
) -> MentionSearch:
    """Who is mentioned in any row of this table, in the columns that are not in `known`.

    Args:
        ignored: columns that may stay, whatever they hold, and are looked at where that can be done.

    Raises:
        UnfitData: another column is of a type that cannot be searched.
    """
    refuse_unknown_types(columns, (*known, *ignored))
    mentions = MentionSearch([column.name for column in columns], known, opt_outs)
    looked_at = [
        one for one in columns if one.name not in known and one.kind not in (TypeKind.NOBODYS, TypeKind.UNKNOWN)
    ]
    prefix = prefix_for(columns)
    for some in (looked_at[at : at + _AT_ONCE] for at in range(0, len(looked_at), _AT_ONCE)):
        fetched = [(column, cell) for column in some for cell in cells_of(database, column)]
        said = ", ".join(f"{cell.sql} AS {prefix}c{n}" for n, (_, cell) in enumerate(fetched))
        any_of = " OR ".join(f"{prefix}c{n} IS NOT NULL" for n in range(len(fetched)))
        query = f"SELECT * FROM (SELECT {said} FROM {table.quoted}) AS {prefix}some WHERE {any_of}"
        for values in database.pieces(query):
            for (column, cell), cells in zip(fetched, values, strict=True):
                look_at(mentions, column, cell, cells)
    for some in columns_beside(columns, {*known, *ignored}):
        for values in database.pieces(rows_beside(database, table, some)):
            mentions.look_beside({column.name: cells for column, cells in zip(some, values, strict=True)})
    return mentions


def look_at(mentions: MentionSearch, column: TableColumn, cell: FetchedCell, values: Any) -> None:
    """Look at an Arrow array of what was fetched of a column."""
    mentions.look(column.name, values)
    if cell.in_a_code:
        mentions.look(column.name, undone(values, only_uuids=column.kind is TypeKind.UUID))


@dataclass(frozen=True, slots=True)
class FetchedCell:
    """What is fetched of a column: NULL where it cannot hold a number."""

    sql: str
    in_a_code: bool = False


def cells_of(database: Database, column: TableColumn) -> list[FetchedCell]:
    """As text, which comes last; and in DuckDB as it is where bytes may stand in it. In the database's own SQL."""
    name = quoted(column.name)
    if database.dialect == "sqlite":
        return [FetchedCell(_cell_of_sqlite(name, database.width))]
    text = f"CAST({name} AS TEXT)" + (' COLLATE "C"' if database.dialect == "postgres" else "")
    match column.kind:
        case TypeKind.WHOLE:
            return [FetchedCell(f"CASE WHEN {name} >= {_LEAST} OR {name} <= -{_LEAST} THEN {text} END")]
        case TypeKind.FRACTIONS:
            whole = f"CAST(CAST(FLOOR(ABS({name})) AS BIGINT) AS TEXT)"
            return [FetchedCell(f"CASE WHEN ABS({name}) BETWEEN {_LEAST} AND {_NO_INTEGER} THEN {whole} END")]
        case TypeKind.DECIMALS:
            return [
                FetchedCell(f"CASE WHEN LENGTH({text}) > {_FEWEST} AND {_digits(text)} > {_FEWEST} THEN {text} END")
            ]
        case TypeKind.BYTES:
            return [FetchedCell(f"CASE WHEN OCTET_LENGTH({name}) >= {_FEWEST} THEN {name} END")]
        case TypeKind.UUID:
            digits = f"REPLACE({text}, '-', '')"
            return [FetchedCell(f"CASE WHEN {_like(database, digits, _IN_UUID)} THEN {text} END", in_a_code=True)]
        case TypeKind.CODED:
            return [*([FetchedCell(name)] if database.dialect == "duckdb" else []), FetchedCell(text, in_a_code=True)]
        case _:
            return [FetchedCell(_cell_of_text(database, text))]


def _cell_of_text(database: Database, text: str) -> str:
    length = "STRLEN" if database.dialect == "duckdb" else "OCTET_LENGTH"
    size = f"STRLEN({text})" if database.dialect == "duckdb" else f"OCTET_LENGTH(CONVERT_TO({text}, 'UTF8'))"
    return (
        f"CASE WHEN {length}({text}) < {_FEWEST} THEN NULL "
        f"WHEN {_digits(text)} >= {_FEWEST} OR {size} <> LENGTH({text}) OR {_like(database, text, _WORD)} THEN {text} END"
    )


def _digits(text: str) -> str:
    return f"LENGTH({text}) - LENGTH(TRANSLATE({text}, '0123456789', ''))"


def _like(database: Database, text: str, pattern: str) -> str:
    return f"REGEXP_MATCHES({text}, '{pattern}')" if database.dialect == "duckdb" else f"{text} ~ '{pattern}'"


def _cell_of_sqlite(name: str, width: int) -> str:
    """Whatever its column says, a value has a type of its own; LENGTH stops at a NUL, of a BLOB it does not."""
    without = name
    for digit in "0123456789":
        without = f"REPLACE({without}, '{digit}', '')"
    return (
        f"CASE TYPEOF({name}) WHEN 'integer' THEN CASE WHEN {name} >= {_LEAST} OR {name} <= -{_LEAST} THEN CAST({name} AS TEXT) END "
        f"WHEN 'real' THEN CASE WHEN ABS({name}) BETWEEN {_LEAST} AND {_NO_INTEGER} THEN CAST(CAST({name} AS INTEGER) AS TEXT) END "
        f"WHEN 'blob' THEN CASE WHEN LENGTH({name}) >= {_FEWEST} THEN {name} END "
        f"WHEN 'text' THEN CASE WHEN LENGTH(CAST({name} AS BLOB)) < {_FEWEST} THEN NULL "
        f"WHEN LENGTH({name}) - LENGTH({without}) >= {_FEWEST} "
        f"OR {name} GLOB '*[^' || CHAR(1) || '-~]*' OR {name} GLOB '*{_WORD_OF_SQLITE}*' OR LENGTH(CAST({name} AS BLOB)) <> {width} * LENGTH({name}) "
        f"THEN {name} END END"
    )
