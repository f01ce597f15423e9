"""Marks the rows of a table that hold the number of somebody withheld: a temporary view of it, with a column that says so.

A row is known by the text of its cell, or of its cells side by side: what may be a number is fetched once, as for `stray_numbers`, the
texts in which somebody stands are put into a temporary table, and every row with such a text is marked. So it takes no row number, which a view does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.cells_beside import columns_beside, rows_beside
from ndoo.upholding.databases.database import Database, working_name
from ndoo.upholding.databases.stray_numbers import cells_of, look_at
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, prefix_for, quoted

_AT_ONCE = 500
"""Texts in one statement."""


@dataclass(frozen=True, slots=True)
class MarkedRows:
    """A table with one more column."""

    source: str
    """The temporary view, quoted."""
    mark: str
    """The column: 1 in rows that hold the number of somebody withheld, else 0."""


def mark_rows(
    database: Database,
    table: TableName,
    columns: Sequence[TableColumn],
    holding: Sequence[str],
    opt_outs: OptOuts,
) -> MarkedRows:
    """Mark the rows that hold, in one of the columns `holding`, the number of somebody withheld."""
    texts, view, mark = working_name(), working_name(), f"{prefix_for(columns)}mark"
    database.create_temporary(texts, "place SMALLINT NOT NULL, text TEXT NOT NULL")
    held = [column for column in columns if column.name in holding]
    others = [column.name for column in columns if column.name not in holding]
    looks = [_Look(database, table, [column]) for column in held]
    looks += [_Look(database, table, some) for some in columns_beside(columns, others)]
    conditions = []
    for place, look in enumerate(looks):
        mentions = MentionSearch([column.name for column in look.columns], (), opt_outs)
        _put(database, texts, place, iter(sorted(look.texts_in(mentions))))
        conditions.append(f"{look.key} IN (SELECT text FROM {texts} WHERE place = {place})")
    database.run(
        f"CREATE TEMPORARY VIEW {view} AS SELECT *, CASE WHEN {' OR '.join(conditions)} THEN 1 ELSE 0 END AS {mark} FROM {table.quoted}"
    )
    return MarkedRows(quoted(view), mark)


class _Look:
    """Looks at the cells of one column, or at those of several side by side together."""

    def __init__(self, database: Database, table: TableName, columns: Sequence[TableColumn]) -> None:
        self._database, self._table, self.columns = database, table, columns
        self._cells = cells_of(database, columns[0]) if len(columns) == 1 else []
        self.key = self._key()
        """In SQL: what tells rows apart by these cells, as text in hexadecimal, which needs no quoting and keeps every byte."""

    def texts_in(self, mentions: MentionSearch) -> set[str]:
        """The keys of rows in which somebody stands."""
        found = set[str]()
        for *values, keys in self._database.pieces(self._query()):
            marks = mentions.mark(len(keys), partial(self._look_at, mentions, values))
            found.update(_text(key) for key, marked in zip(keys.to_pylist(), marks, strict=False) if marked)
        return found

    def _query(self) -> str:
        if not self._cells:
            return rows_beside(self._database, self._table, self.columns, self.key)
        prefix = prefix_for(self.columns)
        said = ", ".join(f"{cell.sql} AS {prefix}c{n}" for n, cell in enumerate(self._cells))
        some = f"SELECT {said}, {self.key} AS {prefix}key FROM {self._table.quoted}"
        return f"SELECT * FROM ({some}) AS {prefix}some WHERE {prefix}key IS NOT NULL"

    def _key(self) -> str:
        if self._cells:
            return self._in_hexadecimal(self._cells[-1].sql, as_bytes=self.columns[0].kind is TypeKind.BYTES)
        each = (self._in_hexadecimal(f"CAST({quoted(column.name)} AS TEXT)") for column in self.columns)
        return " || '.' || ".join(f"COALESCE({one}, '')" for one in each)

    def _in_hexadecimal(self, text: str, *, as_bytes: bool = False) -> str:
        if self._database.dialect != "postgres":
            return f"HEX({text})"
        raw = text if as_bytes else f"CONVERT_TO({text}, 'UTF8')"
        return f"ENCODE({raw}, 'hex')"

    def _look_at(self, mentions: MentionSearch, values: Sequence[Any], first: int, end: int) -> None:
        some = [array.slice(first, end - first) for array in values]
        if not self._cells:
            mentions.look_beside({column.name: array for column, array in zip(self.columns, some, strict=True)})
        for cell, array in zip(self._cells, some, strict=False):
            look_at(mentions, self.columns[0], cell, array)


def _text(key: str | bytes) -> str:
    return key.decode("ascii") if isinstance(key, bytes) else key


def _put(database: Database, texts: str, place: int, found: Iterator[str]) -> None:
    while some := list(islice(found, _AT_ONCE)):
        rows = ", ".join(f"({place}, '{text}')" for text in some)
        database.run(f"INSERT INTO {texts} VALUES {rows}")
