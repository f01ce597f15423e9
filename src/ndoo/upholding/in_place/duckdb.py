"""How is a table of DuckDB upheld where it lies?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from ndoo.domain.errors import UsageFault
from ndoo.upholding.in_place.address import Address, TableName
from ndoo.upholding.in_place.database import LIST, ROWS_AT_ONCE, Database
from ndoo.upholding.in_place.dialects import Kind
from ndoo.upholding.in_place.reading import TableColumn
from ndoo.upholding.in_place.sums import PARTS, whole

_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}  # fmt: skip
_MEMORY = """
    SELECT least(greatest(2, current_setting('threads')) * 1073741824, parse_formatted_bytes(current_setting('memory_limit')))"""
"""Bytes: one GiB a thread, and two at least. By itself it keeps as much of the table as four fifths of the machine hold, and is no faster."""
_COLUMNS = """
    SELECT column_name, data_type, NOT is_nullable FROM duckdb_columns()
    WHERE database_name = current_database() AND schema_name = coalesce(?, current_schema()) AND table_name = ?
    ORDER BY column_index"""

_TABLES = """
    SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal
    UNION ALL SELECT schema_name, view_name FROM duckdb_views()
    WHERE database_name = current_database() AND NOT internal ORDER BY 1, 2"""


class DuckDB(Database):
    """A file of DuckDB, which one process at a time may write."""

    dialect = "duckdb"
    digest_name = "sum of SHA-256 of each row as JSON, by DuckDB"
    faults = (duckdb.Error,)

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        super().__init__(address, read_only=read_only)
        self._open: Any = None

    def begin(self) -> None:
        if not self.address.path or not self.address.path.is_file():
            raise UsageFault("no-such-file", "There is no such file: the database.")
        self._open = duckdb.connect(str(self.address.path), read_only=self.read_only)
        self.run("SET TimeZone = 'UTC'")
        self.run(f"SET memory_limit = '{self.run(_MEMORY)[0][0]}B'")
        self.run("SET temp_file_encryption = true")  # what does not fit into memory may be the list
        self.run("BEGIN TRANSACTION")

    def commit(self) -> None:
        self.run("COMMIT")

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return list(self._open.execute(sql, list(values)).fetchall())

    def pieces(self, sql: str) -> Iterator[Sequence[Any]]:
        for batch in self._open.sql(sql).to_arrow_reader(ROWS_AT_ONCE):
            yield batch.columns

    def columns(self, table: TableName) -> list[TableColumn]:
        rows = self.run(_COLUMNS, (table.schema, table.name))
        return [TableColumn(name, _kind(kind), kind, required) for name, kind, required in rows]

    def tables(self) -> list[tuple[TableName, bool]]:
        return [(TableName(schema, name), True) for schema, name in self.run(_TABLES)]

    def take_list(self, table: Any) -> None:
        self._open.register("ndoo_arrow", table)
        self.run(f"CREATE TEMP TABLE {LIST} AS SELECT * FROM ndoo_arrow")
        self._open.unregister("ndoo_arrow")

    def digest(self, table: TableName) -> str:
        pieces = ", ".join(f"SUM(CAST('0x' || SUBSTRING(h, {at}, {length}) AS BIGINT))" for at, length in PARTS)
        each = f"SELECT sha256(CAST(to_json(t) AS VARCHAR)) AS h FROM {table.quoted} AS t"
        return whole(self.run(f"SELECT COUNT(*), {pieces} FROM ({each})")[0])


def _kind(type_: str) -> Kind:
    if type_ == "VARCHAR" or type_.startswith("ENUM("):
        return Kind.TEXT
    if type_ in _WHOLE:
        return Kind.WHOLE
    return Kind.FRACTIONS if type_ in ("DOUBLE", "FLOAT") or type_.startswith("DECIMAL") else Kind.OTHER
