"""Does a row that stays hold, in any other cell, the number of somebody who may not be released? As `upholding.mentions`.

Only cells that could hold ten digits are fetched; the database says which: text with nine digits or more (scientific
notation leaves out the tenth), with any character outside ASCII, or with eleven letters and digits in a row (base64); numbers
of ten digits or more; bytes as they are; whatever else is written as text, such as lists, structures and JSON. Dates, times and
UUIDs hold nobody's number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.database import Database
from ndoo.upholding.in_place.dialects import Kind
from ndoo.upholding.in_place.reading import TableColumn, prefix_for, quoted
from ndoo.upholding.mentions import Mentions

_AT_ONCE = 40
"""Columns in one statement."""
_BYTES_AS_TEXT = re.compile(rb"\\x([0-9a-f]+)")
"""How PostgreSQL writes bytes that stand in a list or a structure."""
_TEN_DIGITS = "BETWEEN 1000000000 AND 9000000000000000000"
_WORD = "[A-Za-z0-9]" * 11
_CODED, _CODED_IN_DUCKDB = "{} ~ '[A-Za-z0-9]{{11}}'", "REGEXP_MATCHES({}, '[A-Za-z0-9]{{11}}')"
_FEWEST = 9


def mentioned_in(
    database: Database, table: TableName, columns: Sequence[TableColumn], known: Sequence[str], cleaned: CleanedList | None,
    type1: Objections | None,
) -> Mentions:  # fmt: skip
    """Who is mentioned in any row of this table, in the columns that are not in `known`."""
    mentions = Mentions([column.name for column in columns], known, cleaned, type1)
    looked_at = [one for one in columns if one.name not in known and one.kind is not Kind.NOBODYS]
    prefix = prefix_for(columns)
    for some in (looked_at[at : at + _AT_ONCE] for at in range(0, len(looked_at), _AT_ONCE)):
        cells = ", ".join(f"{_cell(database, one)} AS {prefix}c{n}" for n, one in enumerate(some))
        any_of = " OR ".join(f"{prefix}c{n} IS NOT NULL" for n in range(len(some)))
        query = f"SELECT * FROM (SELECT {cells} FROM {table.quoted}) AS {prefix}some WHERE {any_of}"
        for values in database.pieces(query):
            for column, cells_of_it in zip(some, values, strict=True):
                mentions.look(column.name, cells_of_it)
                if column.kind is Kind.AROUND_BYTES and database.dialect == "postgres":
                    mentions.look(column.name, _bytes_in(cells_of_it))
    return mentions


def _bytes_in(cells: Any) -> Any:
    """The bytes that stand in these cells, which PostgreSQL wrote as text: each, and those of a cell as one."""
    import pyarrow as pa

    pieces = (
        [bytes.fromhex(one.decode()) for one in _BYTES_AS_TEXT.findall(cell)] for cell in cells.to_pylist() if cell
    )
    return pa.array((one for some in pieces for one in (*some, b"".join(some))), pa.large_binary())


def _cell(database: Database, column: TableColumn) -> str:
    """The column as text where it may hold a number, else NULL, in the database's own SQL."""
    name = quoted(column.name)
    if database.dialect == "sqlite":
        return _cell_of_sqlite(name, database.width)
    if column.kind in (Kind.WHOLE, Kind.FRACTIONS, Kind.MONEY):
        wide = f"CAST({name} AS NUMERIC)" if column.kind is Kind.MONEY else name
        return f"CASE WHEN ABS({wide}) {_TEN_DIGITS} THEN CAST(CAST(FLOOR(ABS({wide})) AS BIGINT) AS TEXT) END"
    if column.kind is Kind.BYTES:
        return f"CASE WHEN OCTET_LENGTH({name}) >= {_FEWEST} THEN {name} END"
    if column.kind is Kind.AROUND_BYTES and database.dialect == "duckdb":
        return name
    text = f"CAST({name} AS TEXT)"
    size = f"STRLEN({text})" if database.dialect == "duckdb" else f"OCTET_LENGTH(CONVERT_TO({text}, 'UTF8'))"
    digits = f"LENGTH({text}) - LENGTH(TRANSLATE({text}, '0123456789', ''))"
    short = f"{'STRLEN' if database.dialect == 'duckdb' else 'OCTET_LENGTH'}({text}) < {_FEWEST}"
    coded = (_CODED_IN_DUCKDB if database.dialect == "duckdb" else _CODED).format(text)
    return (
        f"CASE WHEN {short} THEN NULL WHEN {digits} >= {_FEWEST} OR {size} <> LENGTH({text}) OR {coded} THEN {text} END"
    )


def _cell_of_sqlite(name: str, width: int) -> str:
    """Whatever its column says, a value has a type of its own; LENGTH stops at a NUL, of a BLOB it does not."""
    without = name
    for digit in "0123456789":
        without = f"REPLACE({without}, '{digit}', '')"
    return (
        f"CASE TYPEOF({name}) WHEN 'integer' THEN CASE WHEN {name} {_TEN_DIGITS} OR -{name} {_TEN_DIGITS} THEN CAST({name} AS TEXT) END "
        f"WHEN 'real' THEN CASE WHEN ABS({name}) {_TEN_DIGITS} THEN CAST(CAST({name} AS INTEGER) AS TEXT) END "
        f"WHEN 'blob' THEN CASE WHEN LENGTH({name}) >= {_FEWEST} THEN {name} END "
        f"WHEN 'text' THEN CASE WHEN LENGTH(CAST({name} AS BLOB)) < {_FEWEST} THEN NULL "
        f"WHEN LENGTH({name}) - LENGTH({without}) >= {_FEWEST} "
        f"OR {name} GLOB '*[^' || CHAR(1) || '-~]*' OR {name} GLOB '*{_WORD}*' OR LENGTH(CAST({name} AS BLOB)) <> {width} * LENGTH({name}) "
        f"THEN {name} END END"
    )
