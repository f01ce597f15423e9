"""How is a table of SQLite upheld where it lies? Its values have types of their own, whatever the column says."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.upholding.in_place.address import Address, TableName
from ndoo.upholding.in_place.database import LIST, ROWS_AT_ONCE, Database, as_arrays
from ndoo.upholding.in_place.dialects import Kind
from ndoo.upholding.in_place.reading import TableColumn
from ndoo.upholding.in_place.sums import PARTS, whole

_PLAIN_TYPE = re.compile(r"[A-Za-z0-9_ ]*(\([0-9, ]*\))?")
_HIDDEN = 1
"""A virtual table's own columns."""


class SQLite(Database):
    """A file of SQLite."""

    dialect = "sqlite"
    digest_name = "sum of SHA-256 of each row's types and values, by ndoo"
    faults = (sqlite3.Error, sqlite3.Warning)

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        super().__init__(address, read_only=read_only)
        self._open: Any = None

    def begin(self) -> None:
        if not self.address.path or not self.address.path.is_file():
            raise UsageFault("no-such-file", "There is no such file: the database.")
        place = self.address.path.absolute().as_uri()
        mode = "ro" if self.read_only else "rw"
        self._open = sqlite3.connect(f"{place}?mode={mode}", uri=True, isolation_level=None)
        self._open.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self.run("PRAGMA temp_store = MEMORY")  # the list is never written to the disk
        self.width = 1 if self.run("PRAGMA encoding")[0][0] == "UTF-8" else 2
        self.run("BEGIN" if self.read_only else "BEGIN IMMEDIATE")

    def commit(self) -> None:
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

    def columns(self, table: TableName) -> list[TableColumn]:
        rows = self.run("SELECT name, type, \"notnull\" FROM pragma_table_xinfo(?, ?) WHERE hidden <> ? ORDER BY cid",
                        (table.name, table.schema or "main", _HIDDEN))  # fmt: skip
        return [TableColumn(name, Kind.TEXT, _type(kind), bool(required)) for name, kind, required in rows]

    def tables(self) -> list[tuple[TableName, bool]]:
        rows = self.run("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        return [(TableName(None, name), True) for (name,) in rows]

    def take_list(self, table: Any) -> None:
        names = table.column_names
        others = "".join(f", {name} INTEGER" for name in names[1:])
        self.run(f"CREATE TEMP TABLE {LIST} (number INTEGER PRIMARY KEY{others})")
        insert = f"INSERT INTO {LIST} VALUES ({', '.join('?' for _ in names)})"
        for batch in table.to_batches(max_chunksize=1 << 16):
            self._open.executemany(insert, zip(*(column.to_pylist() for column in batch.columns), strict=True))

    def digest(self, table: TableName) -> str:
        count, sums = 0, [0] * len(PARTS)
        for row in self._open.execute(f"SELECT * FROM {table.quoted}"):
            told = hashlib.sha256(b"".join(_told(value) for value in row)).hexdigest()
            sums = [
                so_far + int(told[at - 1 : at - 1 + length], 16)
                for so_far, (at, length) in zip(sums, PARTS, strict=True)
            ]
            count += 1
        return whole((count, *sums))


def _told(value: Any) -> bytes:
    """A value so that no two rows of different values are told alike."""
    raw = value if isinstance(value, bytes) else repr(value).encode("utf-8", "surrogateescape")
    return b"%s %d:%s" % (type(value).__name__.encode(), len(raw), raw)


def _type(declared: str) -> str:
    return declared if _PLAIN_TYPE.fullmatch(declared) else '"' + declared.replace('"', '""') + '"'
