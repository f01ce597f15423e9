"""How is a table of PostgreSQL upheld where it lies?"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pyarrow.csv

from ndoo.domain.errors import NotPermitted
from ndoo.upholding.in_place.address import Address, TableName
from ndoo.upholding.in_place.database import LIST, ROWS_AT_ONCE, Database, as_arrays
from ndoo.upholding.in_place.dialects import Kind
from ndoo.upholding.in_place.reading import TableColumn
from ndoo.upholding.in_place.sums import PARTS, whole

_TEXT = {"text", "varchar", "bpchar", "name", "citext"}
_WHOLE = {"int2", "int4", "int8"}
_FRACTIONS = {"float4", "float8", "numeric"}
_COLUMNS = """
    SELECT a.attname, CASE coalesce(b.typtype, t.typtype) WHEN 'e' THEN 'text' ELSE coalesce(b.typname, t.typname) END, format_type(a.atttypid, a.atttypmod), a.attnotnull
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = nullif(t.typbasetype, 0)
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""
_TABLES = """
    SELECT n.nspname, c.relname, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 1, 2"""
_AS_ALWAYS = "SET LOCAL {} = '{}'"
_SAID = {"timezone": "UTC", "datestyle": "ISO", "intervalstyle": "postgres", "extra_float_digits": "1", "bytea_output": "hex",
         "client_encoding": "UTF8"}  # fmt: skip
"""How values are written as text, so that a digest is the same in every session."""


class PostgreSQL(Database):
    """A server of PostgreSQL."""

    dialect = "postgres"
    digest_name = "sum of SHA-256 of each row as text, by PostgreSQL"
    faults = (psycopg.Error,)

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        super().__init__(address, read_only=read_only)
        self._open: Any = None

    def begin(self) -> None:
        try:
            self._open = psycopg.connect(self.address.whole or "", connect_timeout=30, application_name="ndoo")
        except psycopg.Error:  # its message holds the account's name
            raise NotPermitted(
                "database-closed", f"{self.address.shown} cannot be reached, or does not let this account in."
            ) from None
        self._open.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for name, value in _SAID.items():
            self.run(_AS_ALWAYS.format(name, value))

    def commit(self) -> None:
        self._open.commit()

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def fault_code(self, error: Exception) -> str:
        return str(getattr(error, "sqlstate", None) or type(error).__name__)

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._open.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def pieces(self, sql: str) -> Iterator[Sequence[Any]]:
        with self._open.cursor(name="ndoo_pieces") as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield as_arrays(rows)

    def columns(self, table: TableName) -> list[TableColumn]:
        rows = self.run(_COLUMNS, (table.quoted,))
        return [TableColumn(name, _kind(kind), said, required) for name, kind, said, required in rows]

    def tables(self) -> list[tuple[TableName, bool]]:
        return [(TableName(schema, name), may) for schema, name, may in self.run(_TABLES)]

    def create_like(self, source: TableName, columns: Sequence[TableColumn], name: TableName) -> None:
        self.run(f"CREATE TABLE {name.quoted} (LIKE {source.quoted})")

    def take_list(self, table: Any) -> None:
        others = "".join(f", {name} SMALLINT NOT NULL" for name in table.column_names[1:])
        self.run(f"CREATE TEMPORARY TABLE {LIST} (number BIGINT PRIMARY KEY{others}) ON COMMIT DROP")
        with self._open.cursor() as cursor, cursor.copy(f"COPY {LIST} FROM STDIN (FORMAT csv)") as copy:
            for batch in table.to_batches(max_chunksize=1 << 18):
                lines = io.BytesIO()
                pyarrow.csv.write_csv(batch, lines, pyarrow.csv.WriteOptions(include_header=False))
                copy.write(lines.getvalue())
        self.run(f"ANALYZE {LIST}")

    def settle(self) -> None:
        self.run("SET TRANSACTION READ ONLY")

    def digest(self, table: TableName) -> str:
        pieces = ", ".join(
            f"SUM(CAST(CAST('x' || SUBSTRING(h, {at}, {length}) AS bit(60)) AS bigint))" for at, length in PARTS
        )
        each = f"SELECT encode(sha256(convert_to(CAST(t AS text), 'UTF8')), 'hex') AS h FROM {table.quoted} AS t"
        return whole(self.run(f"SELECT COUNT(*), {pieces} FROM ({each}) AS each")[0])


def _kind(type_: str) -> Kind:
    for kind, types in ((Kind.TEXT, _TEXT), (Kind.WHOLE, _WHOLE), (Kind.FRACTIONS, _FRACTIONS)):
        if type_ in types:
            return kind
    return Kind.OTHER
