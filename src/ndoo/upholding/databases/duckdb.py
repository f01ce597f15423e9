"""Upholds a table of DuckDB where it lies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ndoo.domain.machine_faults import explained
from ndoo.upholding.database_address import Address, TableName
from ndoo.upholding.databases.database import ROWS_AT_ONCE, Database, own_file, working_name
from ndoo.upholding.databases.duckdb_types import kind_of_type, labels_of, places_in, without
from ndoo.upholding.databases.labels_that_go import labels_that_go
from ndoo.upholding.databases.sums import added_up, whole
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, quoted

_MEMORY = """
    SELECT least(greatest(2, current_setting('threads')) * 1073741824, parse_formatted_bytes(current_setting('memory_limit')))"""
"""Bytes: one GiB a thread, and two at least. By itself it keeps as much of the table as four fifths of the machine hold, and is no faster."""
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
}
"""Nothing is read but the file that was named: no other database, file or variable that a view, or a name, might mean."""
_SESSION = (
    "SET search_path = 'system.main'",
    "SET TimeZone = 'UTC'",
    "SET temp_file_encryption = true",
    "SET force_mbedtls_unsafe = true",
)
"""DuckDB's own functions come before macros of the same name that stand in the file. What does not fit into memory may be the list, so it is
encrypted, in a private folder. By itself DuckDB encrypts only with the library of an extension, which is not loaded here, and fails as soon
as it spills; with its own it calls the keys weak, as their random numbers are."""
_OWN = "SELECT database_name FROM system.main.duckdb_databases() WHERE NOT internal"
_COLUMNS = """
    SELECT column_name, data_type, NOT is_nullable FROM duckdb_columns()
    WHERE database_name = ? AND lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index"""
_TABLES = """
    SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal
    UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal ORDER BY 1, 2"""
_IS_PLAIN = """
    SELECT 1 FROM duckdb_tables() WHERE database_name = $1 AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3)
    AND NOT temporary AND NOT EXISTS (SELECT 1 FROM system.information_schema.columns WHERE table_catalog = $1
      AND lower(table_schema) = lower($2) AND lower(table_name) = lower($3) AND is_generated <> 'NEVER')"""


class DuckDB(Database):
    """A file of DuckDB, which one process at a time may write."""

    dialect = "duckdb"
    digest_name = "names, types, and sum of SHA-256 of each row as JSON, by DuckDB"
    faults = (duckdb.Error,)

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        super().__init__(address, read_only=read_only)
        self._open: Any = None
        self._spilled: TemporaryDirectory[str] | None = None
        self._own = ""
        """What DuckDB calls the file."""

    def begin(self) -> None:
        path = own_file(self.address, written=not self.read_only)
        self._spilled = _folder_beside(path)
        config = {**_CLOSED, "temp_directory": self._spilled.name}
        self._open = duckdb.connect(str(path), read_only=self.read_only, config=config)
        ((self._own,),) = self.run(_OWN)
        for setting in _SESSION:
            self.run(setting)
        self.run(f"SET memory_limit = '{self.run(_MEMORY)[0][0]}B'")
        self.run("BEGIN TRANSACTION")

    def _commit(self) -> None:
        self.run("COMMIT")

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        if self._spilled is not None:
            self._spilled.cleanup()

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return list(self._open.execute(sql, list(values)).fetchall())

    def pieces(self, sql: str) -> Iterator[Sequence[Any]]:
        for batch in self._open.sql(sql).to_arrow_reader(ROWS_AT_ONCE):
            yield batch.columns

    def resolved(self, table: TableName) -> TableName:
        return replace(table, at=table.at or (self._own, table.schema or "main"))

    def keeps_tables(self, table: TableName) -> bool:
        _, schema = self.resolved(table).at
        there = "SELECT 1 FROM duckdb_schemas() WHERE database_name = ? AND lower(schema_name) = lower(?)"
        return bool(self.run(there, (self._own, schema)))

    def is_plain(self, table: TableName) -> bool:
        return bool(self.run(_IS_PLAIN, self._named(table)))

    def columns(self, table: TableName) -> list[TableColumn]:
        return [self._column(*row) for row in self.run(_COLUMNS, self._named(table))]

    def _column(self, name: str, said: str, required: bool) -> TableColumn:
        try:
            type_ = self._open.sqltype(said)
        except duckdb.Error:  # one that an extension has, which is not loaded
            return TableColumn(name, TypeKind.UNKNOWN, said, required)
        return TableColumn(name, kind_of_type(type_), said, required, labels=labels_of(type_))

    def narrowed(
        self,
        source: TableName,
        columns: Sequence[TableColumn],
        rows: str,
        names_withheld: Callable[[Sequence[str]], bool],
    ) -> Sequence[TableColumn]:
        types = {c.name: self._open.sqltype(c.type) for c in columns if c.kind is not TypeKind.UNKNOWN}
        inside = {name: places_in(name, type_) for name, type_ in types.items()}
        places = [place for some in inside.values() for place in some]
        if not any(place.labels for place in places):
            return columns
        gone = labels_that_go(self, places, source.quoted, rows, names_withheld)
        less = {
            name: [some for place, some in zip(places, gone, strict=True) if place.column == name] for name in inside
        }
        return [
            replace(column, type=without(types[column.name], iter(less[column.name])))
            if any(less.get(column.name, ()))
            else column
            for column in columns
        ]

    def tables(self) -> list[tuple[TableName, bool]]:
        found = self.run(_TABLES, (self._own,))
        return [(TableName(schema, name, (self._own, schema)), True) for schema, name in found]

    def _named(self, table: TableName) -> tuple[str, ...]:
        return (*self.resolved(table).at, table.name)

    def take_list(self, table: Any) -> None:
        given = working_name()
        self._open.register(given, table)
        self.run(f"CREATE TEMP TABLE {self.listed} AS SELECT * FROM {given}")
        self._open.unregister(given)

    def digest(self, table: TableName) -> str:
        columns = self.columns(table)
        cells = ", ".join(_told(column) for column in columns)
        digests = self.pieces(f"SELECT sha256(CAST(json_array({cells}) AS VARCHAR)) FROM {table.quoted}")
        return whole(columns, added_up(some for (some,) in digests))


def _folder_beside(database: Path) -> TemporaryDirectory[str]:
    """Where nobody else may look, for what does not fit into memory: beside the database, where there is room for as much, if this
    account may write there."""
    beside = database.parent if os.access(database.parent, os.W_OK | os.X_OK) else None
    try:
        return TemporaryDirectory(prefix=".ndoo-", dir=beside)
    except OSError as error:
        raise explained(error, "the folder for what does not fit into memory") from None


def _told(column: TableColumn) -> str:
    """A column so that no two values of it are told alike: to put JSON into JSON is to take away its blanks and some of its digits."""
    name = quoted(column.name)
    return f"{name}, CAST({name} AS VARCHAR)" if "JSON" in column.type else name
