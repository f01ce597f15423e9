"""Where the manifest of a result stands in a database: in a table of its own: beside a table, or in its schema."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import ReleaseManifest, parsed_manifest
from ndoo.evidence.release import ReleaseKind, kind_of
from ndoo.upholding.database_address import LONGEST_NAME, TableName
from ndoo.upholding.databases.database import Database

OF_A_TABLE = "_manifest"
"""Added to a result's name, the name of the table that holds its manifest."""


def manifest_beside(table: TableName) -> TableName:
    """The table that holds its manifest. A name that would be too long is cut, and told apart by a digest."""
    name = table.name + OF_A_TABLE
    if len(name.encode()) > LONGEST_NAME:
        told = f"_{hashlib.sha256(table.name.encode()).hexdigest()[:8]}{OF_A_TABLE}"
        name = table.name.encode()[: LONGEST_NAME - len(told)].decode(errors="ignore") + told
    return table.beside(name)


OF_A_SCHEMA = "ndoo_manifest"
"""The table of the manifest, in the schema of the result."""
_COLUMN = "manifest"
_RENAMED = (
    "It is the manifest of what was released, and is not called as one: TABLE_manifest, or ndoo_manifest in a schema. Give it that name, "
    "and look again."
)


def manifest_within(schema: TableName) -> TableName:
    """The table that holds the manifest of a schema; `schema.name` is its name."""
    return TableName(schema.name, OF_A_SCHEMA, (schema.name,))


@dataclass(frozen=True, slots=True)
class ReleaseInDatabase:
    """A table or a schema that stands in a database with its manifest. Of a schema, `name.name` is its name."""

    name: TableName
    whole_schema: bool
    manifest: ReleaseManifest


def put(database: Database, beside: TableName, manifest: ReleaseManifest) -> str:
    """Write the manifest into a table of this name; the table's digest."""
    database.create(beside, f"{_COLUMN} TEXT NOT NULL")
    text = manifest.written().decode("ascii").replace("'", "''")
    database.run(f"INSERT INTO {beside.quoted} VALUES ('{text}')")
    return database.digest(beside)


def released(database: Database, name: TableName, *, whole_schema: bool | None) -> ReleaseInDatabase:
    """What was released under this name, by the manifest beside it.

    Args:
        whole_schema: is it a schema? None where the caller did not say: whichever has a manifest.

    Raises:
        UsageFault: a table and a schema of that name were released, and the caller did not say which.
        UnfitData: there is no manifest, or it cannot be read.
    """
    name = database.resolved(name)
    places = [] if whole_schema else [(False, manifest_beside(name))]
    if whole_schema is not False and name.schema is None and database.address.kind == "postgresql":
        places.append((True, manifest_within(name)))
    found = [(is_schema, beside) for is_schema, beside in places if database.is_plain(beside)]
    if not found:
        raise UnfitData(
            "manifest-missing",
            "The database holds no manifest of that name, so the table cannot be verified. Do not release it.",
        )
    if len(found) > 1:
        raise UsageFault("table-or-schema", "A table and a schema of that name were released. Use --table or --schema.")
    ((is_schema, beside),) = found
    return ReleaseInDatabase(name, is_schema, _read(database, beside, of_schema=is_schema))


@dataclass(frozen=True, slots=True)
class UnclearTable:
    """A table that is named as manifests are and cannot be read as one, and why."""

    name: TableName
    because: str


def released_in(database: Database) -> Iterator[ReleaseInDatabase | UnclearTable]:
    """Everything that was released in a database, by the manifests that stand in it.

    A table of that name which has other columns than a manifest is somebody's data, and is left aside. A manifest whose table has another
    name with that word in it is told.
    """
    every = database.tables()
    whose = {manifest_beside(table): table for table, _ in every}
    for table, readable in every:
        of_schema = table.name == OF_A_SCHEMA and database.address.kind == "postgresql"
        if not (of_schema or table.name.endswith(OF_A_TABLE)):
            if _COLUMN in table.name.lower() and readable and _is_renamed(database, table):
                yield UnclearTable(table, _RENAMED)
        elif not readable:
            yield UnclearTable(table, "This account may not read the manifest.")
        elif [column.name for column in database.columns(table)] == [_COLUMN]:
            name = whose.get(table, table.beside(table.name.removesuffix(OF_A_TABLE)))
            if of_schema:
                name = TableName(None, table.schema or "")
            try:
                yield ReleaseInDatabase(name, of_schema, _read(database, table, of_schema=of_schema))
            except UnfitData as error:
                yield UnclearTable(table, error.sentence)


def _is_renamed(database: Database, table: TableName) -> bool:
    try:
        return [column.name for column in database.columns(table)] == [_COLUMN] and _said(database, table) is not None
    except UnfitData:
        return False


def _read(database: Database, beside: TableName, *, of_schema: bool) -> ReleaseManifest:
    manifest = _said(database, beside)
    if kind_of(manifest) is not (ReleaseKind.SCHEMA if of_schema else ReleaseKind.TABLE):
        raise _unreadable()
    return manifest


def _said(database: Database, table: TableName) -> ReleaseManifest:
    database.needed(table)
    rows = database.run(f"SELECT * FROM {table.quoted} LIMIT 2")
    if len(rows) != 1 or len(rows[0]) != 1 or not isinstance(rows[0][0], str):
        raise _unreadable()
    return parsed_manifest(rows[0][0])


def _unreadable() -> UnfitData:
    return UnfitData("manifest-unreadable", "The manifest beside this table cannot be read as one of ndoo's.")
