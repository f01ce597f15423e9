"""Whom does a table, or a schema, name? So that somebody outside can be asked about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.database_address import TableName
from ndoo.upholding.in_place.database import Database
from ndoo.upholding.in_place.people import people_named
from ndoo.upholding.in_place.table_choice import chosen_in, keys_of

if TYPE_CHECKING:  # its driver need not be installed
    from ndoo.upholding.in_place.postgresql import PostgreSQL


def people_in_table(
    database: Database, table: TableName, nhs_number: str | None, also: Sequence[str], ignored: Sequence[str]
) -> tuple[NumberSet, int]:
    """The people of a table, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as `uphold` would of this table.
    """
    with database, database.guarded():
        table = database.resolved(table)
        columns = database.needed(table)
        keys = keys_of(columns, chosen_in(database, table, columns, nhs_number, also, ignored, asked=True))
        return people_named(database, [(table, columns, keys)])


def people_in_schema(
    database: PostgreSQL, schema: str, nhs_number: str | None, also: Sequence[str], ignored: Sequence[str]
) -> tuple[NumberSet, int]:
    """As `people_in_table`, of all tables of a schema."""
    from ndoo.upholding.in_place.schema_choice import chosen
    from ndoo.upholding.in_place.schema_reading import sheets_of

    with database, database.guarded():
        sheets = sheets_of(database, schema)
        choice = chosen(database, sheets, nhs_number, also, ignored)
        return people_named(database, ((sheet.table, sheet.columns, choice.keys[sheet.name]) for sheet in sheets))
