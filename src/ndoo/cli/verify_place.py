"""`ndoo verify ADDRESS`: a table or a schema that stands in a database with its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ndoo.domain.errors import UsageFault

if TYPE_CHECKING:
    from ndoo.upholding.found_releases import FoundRelease


def released_at(text: str, table: str | None, schema: str | None) -> FoundRelease:
    """The release that the arguments name.

    Raises:
        UsageFault: nothing, or several things, are named. UnfitData: there is no manifest. NotPermitted, Fault: see `Database`.
    """
    from ndoo.upholding.database_address import address_of, table_named, taken_apart
    from ndoo.upholding.databases.database import open_database
    from ndoo.upholding.databases.manifest_table import released
    from ndoo.upholding.found_releases import found_in

    place, behind = taken_apart(text)
    named = [name for name in (behind, table, schema) if name]
    if len(named) != 1:
        raise click.UsageError(
            "Give the table: ADDRESS#TABLE, or --table TABLE; all tables of a schema: ADDRESS#SCHEMA, or --schema SCHEMA.",
            click.get_current_context(),
        )
    address = address_of(place)
    if schema and address.kind != "postgresql":
        raise UsageFault("schema-elsewhere", "--schema goes with PostgreSQL. Name a table.")
    with open_database(address, read_only=True) as database, database.guarded():
        found = released(database, table_named(named[0]), whole_schema=None if behind else bool(schema))
        return found_in(address, found)
