"""Upholds a table of SQLite where it lies. Its values have types of their own, whatever the column says."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.upholding.database_address import Address, TableName
from ndoo.upholding.databases.database import ROWS_AT_ONCE, Database, as_arrays, own_file, told_of
from ndoo.upholding.databases.sums import PARTS, whole
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, quoted

_HIDDEN = 1
"""A virtual table's own columns."""
_SESSION = (
    "PRAGMA temp_store = MEMORY",  # the list is never written to the disk
    "PRAGMA secure_delete = ON",  # of an older result nothing stays in the file's free pages
    "PRAGMA trusted_schema = OFF",  # a view calls no function that does more than reckon
    "PRAGMA writable_schema = OFF",
    "PRAGMA legacy_alter_table = ON",  # to give a table its name is to change no view, and to ask none whether it can be read
)
_MAIN = ("main",)
_OWN = "sqlite_"
"""Tables of this name are its own."""
_KINDS_OF_VALUES = ("integer", "real", "text", "blob")
_AT_ONCE = 400
"""Columns in one statement."""


class SQLite(Database):
    """A file of SQLite."""

    dialect = "sqlite"
    digest_name = "names, types, and sum of SHA-256 of each row's types and values, by ndoo"
    faults = (sqlite3.Error, sqlite3.Warning)

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        super().__init__(address, read_only=read_only)
        self._open: Any = None

    def begin(self) -> None:
        place = own_file(self.address, written=not self.read_only).as_uri()
        mode = "ro" if self.read_only else "rw"
        self._open = sqlite3.connect(f"{place}?mode={mode}", uri=True, isolation_level=None)
        self._open.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self._open.create_function("regexp", 2, _matches, deterministic=True)
        for setting in _SESSION:
            self.run(setting)
        self.width = 1 if self.run("PRAGMA encoding")[0][0] == "UTF-8" else 2
        self.run("BEGIN" if self.read_only else "BEGIN IMMEDIATE")

    def _commit(self) -> None:
        self.run("COMMIT")

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def fault_code(self, error: Exception) -> str:
        return str(getattr(error, "sqlite_errorname", type(error).__name__))

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return list(self._open.execute(sql, values).fetchall())

    def pieces(self, sql: str) -> Iterator[Sequence[Any]]:
        cursor = self._open.execute(sql)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield as_arrays(rows)

    def resolved(self, table: TableName) -> TableName:
        return replace(table, at=table.at or ((table.schema.lower(),) if table.schema else _MAIN))

    def keeps_tables(self, table: TableName) -> bool:
        return self.resolved(table).at == _MAIN and not table.name.lower().startswith(_OWN)

    def is_plain(self, table: TableName) -> bool:
        if self.resolved(table).at != _MAIN:
            return False
        rows = self.run(
            "SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE", (table.name,)
        )
        kept = all(not hidden for *_, hidden in self._columns(table))
        return kept and [sql.startswith("CREATE TABLE") for (sql,) in rows] == [True]

    def refuse_damage(self, table: TableName) -> None:
        name = TableName(None, table.name).quoted
        if self.run(f"PRAGMA main.index_list({name})") and self.run(f"PRAGMA main.integrity_check({name})") != [
            ("ok",)
        ]:
            raise UnfitData(
                "table-damaged",
                f"An index of {str(table)!r}, or the file, says other than the table's rows, so that not everybody is shown the same. "
                "`PRAGMA integrity_check` says what is wrong.",
            )

    def columns(self, table: TableName) -> list[TableColumn]:
        found = self.resolved(table)
        if found.at != _MAIN:
            return []
        return [
            TableColumn(name, TypeKind.TEXT, kind, bool(required))
            for _, name, kind, required, _, _, hidden in self._columns(table)
            if hidden != _HIDDEN
        ]

    def _columns(self, table: TableName) -> list[tuple[Any, ...]]:
        # As a statement, because a table or a view may have the name of the function that tells the same.
        return self.run(f"PRAGMA main.table_xinfo({TableName(None, table.name).quoted})")

    def tables(self) -> list[tuple[TableName, bool]]:
        rows = self.run("SELECT name FROM main.sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        return [(TableName(None, name, _MAIN), True) for (name,) in rows]

    def create_like(self, source: TableName, columns: Sequence[TableColumn], name: TableName) -> None:
        rows = self.run(f"PRAGMA main.table_list({TableName(None, source.name).quoted})")
        strict = " STRICT" if any(strict for *_, strict in rows) else ""
        told = told_of([replace(column, type=column.type and quoted(column.type)) for column in columns])
        self.run(f"CREATE TABLE {name.quoted} ({told}){strict}")

    def changed(self, source: TableName, columns: Sequence[TableColumn], rows: str, table: TableName) -> list[str]:
        """A table's values went through the same types before. Those of a view did not: a type makes numbers of text, or text of numbers, or
        fractions of whole numbers, and not the other way round, so none was changed where no kind of value is more or less than before."""
        if self.is_plain(source):
            return []
        return [
            column.name
            for some in (columns[at : at + _AT_ONCE] for at in range(0, len(columns), _AT_ONCE))
            for column, before, after in zip(
                some, self._kinds(some, rows), self._kinds(some, table.quoted), strict=True
            )
            if before != after
        ]

    def _kinds(self, columns: Sequence[TableColumn], rows: str) -> list[tuple[int, ...]]:
        """How many values of each kind stand in each column."""
        counts = ", ".join(f"TOTAL(TYPEOF({quoted(c.name)}) = '{kind}')" for c in columns for kind in _KINDS_OF_VALUES)
        found = self.run(f"SELECT {counts} FROM {rows}")[0]
        return [found[at : at + len(_KINDS_OF_VALUES)] for at in range(0, len(found), len(_KINDS_OF_VALUES))]

    def take_list(self, table: Any) -> None:
        names = table.column_names
        others = "".join(f", {name} INTEGER" for name in names[1:])
        self.run(f"CREATE TEMP TABLE {self.listed} (number INTEGER PRIMARY KEY{others})")
        insert = f"INSERT INTO {self.listed} VALUES ({', '.join('?' for _ in names)})"
        for batch in table.to_batches(max_chunksize=1 << 16):
            self._open.executemany(insert, zip(*(column.to_pylist() for column in batch.columns), strict=True))

    def digest(self, table: TableName) -> str:
        count, sums = 0, [0] * len(PARTS)
        columns = self.columns(table)
        cells = ", ".join(quoted(column.name) for column in columns)
        for row in self._open.execute(f"SELECT {cells} FROM {table.quoted}"):
            told = hashlib.sha256(b"".join(_told(value) for value in row)).hexdigest()
            sums = [
                so_far + int(told[at - 1 : at - 1 + length], 16)
                for so_far, (at, length) in zip(sums, PARTS, strict=True)
            ]
            count += 1
        return whole(columns, (count, *sums))


def _matches(pattern: str, text: str) -> bool:
    """What SQLite asks for where SQL says REGEXP, which it has not."""
    return re.search(pattern, text) is not None


def _told(value: Any) -> bytes:
    """A value so that no two rows of different values are told alike."""
    raw = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogateescape")
    return b"%s %d:%s" % (type(value).__name__.encode(), len(raw), raw)
