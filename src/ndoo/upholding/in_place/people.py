"""Whom do columns of tables name? Their numbers come out of the database, once each, and are kept in memory."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence

from ndoo.numbers.column import validate
from ndoo.numbers.kernel import library
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.database_address import TableName
from ndoo.upholding.in_place.database import Database
from ndoo.upholding.sql.read_cells import VALID, TableColumn, prefix_for, reading, script


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
