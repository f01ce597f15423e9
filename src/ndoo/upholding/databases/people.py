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
