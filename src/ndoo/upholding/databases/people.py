"""The people whom tables of a database name: their numbers come out of it, once each, and are kept in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from ndoo.numbers.column import validate
from ndoo.numbers.kernel import library
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.database_address import InDatabase, TableName
from ndoo.upholding.databases.database import Database, open_database
from ndoo.upholding.databases.table_choice import chosen_in, keys_of
from ndoo.upholding.decision.people_by_row import CELL, PeopleByRow, beside
from ndoo.upholding.sql.read_cells import VALID, TableColumn, prefix_for, reading, script

if TYPE_CHECKING:
    from ndoo.upholding.databases.postgresql import PostgreSQL


def people_named(
    database: Database, tables: Iterable[tuple[TableName, Sequence[TableColumn], Sequence[TableColumn]]]
) -> tuple[NumberSet, int]:
    """Everybody whom the keys, which stand behind each table's columns, name; and how many they are."""
    everybody, count = NumberSet(crowded=True), 0
    for table, columns, keys in tables:
        prefix = prefix_for(columns)
        for key in keys:
            steps = reading(table.quoted, [key], prefix)
            whom = f"SELECT DISTINCT CAST({prefix}number0 AS TEXT) AS {prefix}whom FROM {prefix}judged WHERE {prefix}why0 = {VALID}"
            for (texts,) in database.pieces(script(steps, whom, database.dialect, width=database.width)):
                read = validate(texts)
                addresses = ctypes.addressof(read.person), ctypes.addressof(read.why)
                count += int(library.ndoo_add(everybody.address, *addresses, read.length))
    return everybody, count


def rows_named(
    database: Database, kept: TableName, source: TableName, columns: Sequence[TableColumn], keys: Sequence[TableColumn]
) -> PeopleByRow:
    """Who stands together in the rows of a table by its keys: in those that were `kept` of it, and in all others of the source."""
    together, prefix = PeopleByRow([key.name for key in keys]), prefix_for(columns)
    numbers = ", ".join(
        f"CASE WHEN {prefix}why{at} = {VALID} THEN CAST({prefix}number{at} AS TEXT) ELSE '' END AS {prefix}whom{at}"
        for at in range(len(keys))
    )
    for table in (kept, source):
        steps = reading(table.quoted, keys, prefix)
        whom = f"SELECT DISTINCT {numbers} FROM {prefix}judged"
        for piece in database.pieces(script(steps, whom, database.dialect, width=database.width)):
            read = [validate(texts) for texts in piece]
            length = read[0].length
            cells = bytes(beside([column.person for column in read], length))[: CELL * len(keys) * length]
            rows = {cells[at : at + CELL * len(keys)] for at in range(0, len(cells), CELL * len(keys))}
            together.add(*((rows, ()) if table is kept else ((), rows - together.kept)))
    return together


def people_in_table(source: InDatabase, choice: ColumnChoice) -> tuple[NumberSet, int]:
    """See `engine.Engine.people`."""
    with open_database(source.address, read_only=True) as database, database.guarded():
        table = database.resolved(source.name)
        columns = database.needed(table)
        keys = keys_of(columns, chosen_in(database, table, columns, choice, asked=True))
        return people_named(database, [(table, columns, keys)])


def people_in_schema(source: InDatabase, choice: ColumnChoice) -> tuple[NumberSet, int]:
    """As `people_in_table`, of all tables of a schema."""
    from ndoo.upholding.databases.read_schema import sheets_of
    from ndoo.upholding.databases.schema_choice import chosen  # its driver need not be installed

    with open_database(source.address, read_only=True) as opened, opened.guarded():
        database = cast("PostgreSQL", opened)
        sheets = sheets_of(database, source.name.name)
        keys = chosen(database, sheets, choice).keys
        return people_named(database, ((sheet.table, sheet.columns, keys[sheet.name]) for sheet in sheets))
