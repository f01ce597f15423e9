"""Where does the manifest of a result stand, in a database? In a table of its own: beside a table, or in its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import parsed_manifest, written
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.database import Database

OF_A_TABLE = "_manifest"
"""Added to a result's name, the name of the table that holds its manifest."""
OF_A_SCHEMA = "ndoo_manifest"
"""The table of the manifest, in the schema of the result."""


@dataclass(frozen=True, slots=True)
class Released:
    """A table or a schema that stands in a database with its manifest. Of a schema, `name.name` is its name."""

    name: TableName
    whole_schema: bool
    manifest: dict[str, Any]


def put(database: Database, beside: TableName, manifest: Mapping[str, Any]) -> None:
    """Write the manifest into a table of this name."""
    database.run(f"CREATE TABLE {beside.quoted} (manifest TEXT NOT NULL)")
    text = written(dict(manifest)).decode("ascii").replace("'", "''")
    database.run(f"INSERT INTO {beside.quoted} VALUES ('{text}')")


def released(database: Database, name: TableName, *, whole_schema: bool | None) -> Released:
    """What was released under this name, by the manifest beside it.

    Args:
        whole_schema: is it a schema? None where the caller did not say: whichever has a manifest.

    Raises:
        UsageFault: a table and a schema of that name were released, and the caller did not say which.
        UnfitData: there is no manifest, or it cannot be read.
    """
    places = [] if whole_schema else [(False, name.beside(name.name + OF_A_TABLE))]
    if whole_schema is not False and name.schema is None and database.address.kind == "postgresql":
        places.append((True, TableName(name.name, OF_A_SCHEMA)))
    found = [(is_schema, beside) for is_schema, beside in places if database.columns(beside)]
    if not found:
        raise UnfitData(
            "manifest-missing",
            "There is no manifest of that name in this database, so nothing is known about the table: do not release it.",
        )
    if len(found) > 1:
        raise UsageFault("table-or-schema", "A table and a schema of that name were released. Say --table or --schema.")
    ((is_schema, beside),) = found
    rows = database.run(f"SELECT * FROM {beside.quoted}")
    if len(rows) != 1 or len(rows[0]) != 1 or not isinstance(rows[0][0], str):
        raise UnfitData("manifest-unreadable", "The manifest beside this table cannot be read as one of ndoo's.")
    return Released(name, is_schema, parsed_manifest(rows[0][0]))
