"""Upholds a table of PostgreSQL where it lies."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow.csv

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.upholding.database_address import Address, TableName
from ndoo.upholding.databases import postgresql_rights as rights
from ndoo.upholding.databases.database import ROWS_AT_ONCE, Database, as_arrays
from ndoo.upholding.databases.labels_that_go import TextPlace, labels_that_go, of_column
from ndoo.upholding.databases.postgresql_catalogue import (
    CODE,
    COLUMNS,
    GRANTED_ON_SCHEMA,
    GRANTED_ON_TABLE,
    IS_PLAIN,
    LISTED,
    TABLES,
    kind_of_column,
)
from ndoo.upholding.databases.sums import PARTS, whole
from ndoo.upholding.sql.read_cells import TableColumn, quoted

_AS_ALWAYS = "SET LOCAL {} = {}"
_SAID = {
    "search_path": "pg_catalog, pg_temp",
    "row_security": "off",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "timezone": "'UTC'",
    "datestyle": "'ISO'",
    "intervalstyle": "'postgres'",
    "extra_float_digits": "1",
    "bytea_output": "'hex'",
    "lc_monetary": "'C'",
    "xmlbinary": "'base64'",
    "quote_all_identifiers": "off",
    "array_nulls": "on",
    "client_encoding": "'UTF8'",
    "log_parameter_max_length_on_error": "0",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}
"""What an account, a database or a server may have been given otherwise. Names are the catalogue's own and nobody else's; a policy that hides rows
is an error; SQL means what it says; values are written as text in one way, so that a digest is the same in every session; nothing is logged."""

_IN_CONDITIONS = re.compile(r"'(?:[^']|'')*'|[0-9]+")
"""Texts and whole numbers in the condition of a domain."""


class PostgreSQL(Database):
    """A server of PostgreSQL."""

    dialect = "postgres"
    digest_name = "names, types, and sum of SHA-256 of each row as text, by PostgreSQL"
    faults = (psycopg.Error,)
    not_allowed = ("42501",)
    depended_on = ("2BP01",)

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        super().__init__(address, read_only=read_only)
        self._open: Any = None
        self._path: list[str] = []
        """Where this account's own names are looked for."""

    def begin(self) -> None:
        try:
            self._open = psycopg.connect(
                self.address.whole or "", connect_timeout=30, application_name="ndoo", client_encoding="UTF8"
            )
        except psycopg.Error:  # its message holds the account's name
            raise NotPermitted(
                "database-closed",
                f"{self.address.shown} cannot be reached, or does not let this account in, which needs CONNECT there.",
            ) from None
        self._open.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        # Of the session before nothing is trusted, but where it looks for names that its account types without a schema.
        self._path = self.run("SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]")[0][0]
        for name, value in _SAID.items():
            self.run(_AS_ALWAYS.format(name, value))

    def _commit(self) -> None:
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

    def resolved(self, table: TableName) -> TableName:
        if table.at:
            return table
        if table.schema:
            return TableName(table.schema, table.name, (table.schema,))
        found = [TableName(None, table.name, (place,)) for place in self._path or ["pg_catalog"]]
        return next(
            (one for one in found if self.run("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (one.quoted,))), found[0]
        )

    def identity(self, table: TableName) -> tuple[str, ...]:
        found = self.resolved(table)
        return (*found.at, found.name)

    def keeps_tables(self, table: TableName) -> bool:
        (schema,) = self.resolved(table).at
        mine = schema.startswith("pg_") or schema == "information_schema"
        return not mine and bool(self.run("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)))

    def is_plain(self, table: TableName) -> bool:
        return bool(self.run(IS_PLAIN, self.identity(table)))

    def refuse_unreadable(self, table: TableName) -> None:
        rights.refuse_unreadable(self.run, *self.identity(table))

    def refuse_code(self, table: TableName) -> None:
        if found := [name for (name,) in self.run(CODE, (self.resolved(table).quoted,))]:
            named = ", ".join(masked(name) for name in found)
            raise UnfitData(
                "table-runs-code",
                f"To read {str(table)!r} is to run functions that another account made: {named}. They would see what this run sees, the list "
                "too. Make a table of what they show.",
            )

    def columns(self, table: TableName) -> list[TableColumn]:
        rows = self.run(COLUMNS, self.identity(table))
        return [
            TableColumn(
                name,
                kind_of_column(is_plain, inside, scale),
                said,
                required,
                collated,
                tuple(fields),
                kind_of_column(len(inside) == 1, inside) if is_list else None,
            )
            for name, is_plain, inside, scale, is_list, said, required, collated, fields in rows
        ]

    def listed_beside(self, table: TableName) -> Mapping[str, Sequence[str]]:
        return dict(self.run(LISTED, self.identity(table)))

    def left_listed(self, source: TableName, into: TableName) -> Mapping[str, int]:
        if not (listed := self.listed_beside(source)):
            return {}
        places = [_place(column, listed.get(column.name, ())) for column in self.columns(source)]
        gone = labels_that_go(self, places, source.quoted, into.quoted, lambda texts: False)
        return {place.column: len(some) for place, some in zip(places, gone, strict=True) if some}

    def tables(self) -> list[tuple[TableName, bool]]:
        return [(TableName(schema, name, (schema,)), may) for schema, name, may in self.run(TABLES)]

    def create_like(self, source: TableName, columns: Sequence[TableColumn], name: TableName) -> None:
        self.refuse_making_alike(source)
        self.create(name, f"LIKE {source.quoted}")

    def refuse_making_alike(self, table: TableName) -> None:
        """Raises NotPermitted where this account may make no table with the types of this one."""
        rights.refuse_making_alike(self.run, *self.identity(table))

    def drop(self, table: TableName) -> None:
        rights.refuse_dropping_table(self.run, *self.identity(table))
        super().drop(table)

    @contextmanager
    def unreadable_view(self, table: TableName) -> Iterator[None]:
        """Nothing: PostgreSQL binds a view to the table itself, and does not drop a table that a view reads."""
        yield

    def drop_schema(self, name: str, tables: Sequence[str]) -> None:
        """A schema and these tables of it, and nothing that depends on any."""
        rights.refuse_dropping_schema(self.run, name)
        for table in tables:
            rights.refuse_dropping_table(self.run, name, table)
        self.run(f"DROP TABLE {', '.join(TableName(name, table).quoted for table in tables)}")
        self.run(f"DROP SCHEMA {quoted(name)}")

    def create(self, table: TableName, columns: str) -> None:
        rights.refuse_making_table(self.run, self.identity(table)[0])
        super().create(table, columns)
        self._close_off("TABLE", table.quoted, self.run(GRANTED_ON_TABLE, (table.quoted,)))

    def create_temporary(self, name: str, columns: str) -> None:
        self.run(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")

    def create_schema(self, name: str) -> None:
        """A new schema that nobody but this account may use."""
        rights.refuse_making_schema(self.run)
        self.run(f"CREATE SCHEMA {quoted(name)}")
        self._close_off("SCHEMA", quoted(name), self.run(GRANTED_ON_SCHEMA, (name,)))

    def _close_off(self, kind: str, name: str, grantees: list[tuple[Any, ...]]) -> None:
        for (whom,) in grantees:  # default privileges grant them
            self.run(f"REVOKE ALL ON {kind} {name} FROM {whom} CASCADE")

    def take_list(self, table: Any) -> None:
        rights.refuse_making_lists(self.run)
        others = "".join(f", {name} SMALLINT NOT NULL" for name in table.column_names[1:])
        self.run(f"CREATE TEMPORARY TABLE {self.listed} (number BIGINT NOT NULL{others}) ON COMMIT DROP")
        with self._open.cursor() as cursor, cursor.copy(f"COPY {self.listed} FROM STDIN (FORMAT csv)") as copy:
            for batch in table.to_batches(max_chunksize=1 << 18):
                lines = io.BytesIO()
                pyarrow.csv.write_csv(batch, lines, pyarrow.csv.WriteOptions(include_header=False))
                copy.write(lines.getvalue())
        # The planner learns from the key how many there are. ANALYZE would write numbers into pg_statistic, where they stay.
        self.run(f"ALTER TABLE {self.listed} ADD PRIMARY KEY (number)")

    def settle(self) -> None:
        self.run("SET TRANSACTION READ ONLY")

    def digest(self, table: TableName) -> str:
        pieces = ", ".join(
            f"SUM(CAST(CAST('x' || SUBSTRING(h, {at}, {length}) AS bit(60)) AS bigint))" for at, length in PARTS
        )
        columns = self.columns(table)
        cells = ", ".join(quoted(column.name) for column in columns)
        each = f"SELECT encode(sha256(convert_to(CAST(ROW({cells}) AS text), 'UTF8')), 'hex') AS h FROM {table.quoted}"
        return whole(columns, self.run(f"SELECT COUNT(*), {pieces} FROM ({each}) AS each")[0])


def _place(column: TableColumn, listed: Sequence[str]) -> TextPlace:
    """The values of a column, with what its type lists: values of an enumeration, and of domains what stands in their conditions."""
    labels = {*listed, *(text.strip("'").replace("''", "'") for one in listed for text in _IN_CONDITIONS.findall(one))}
    in_parts = bool(listed) and (column.elements is not None or bool(column.fields))
    said = "JSONB_PATH_QUERY(TO_JSONB({}), 'strict $.**') #>> ARRAY[]::text[]" if in_parts else "CAST({} AS TEXT)"
    return TextPlace(column.name, of_column(column.name, said), tuple(labels))
