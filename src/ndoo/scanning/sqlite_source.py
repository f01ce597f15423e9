"""The tables of a SQLite file, read only, every row; the standard library is enough."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ndoo.domain.errors import UnfitData
from ndoo.domain.progress import Progress
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.row_source import take_rows
from ndoo.scanning.survey import TableSurvey

_TABLES = "select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!' order by name"


def tables_of(path: Path, fingerprint: str | None) -> Iterator[ExaminedTable]:
    """Its tables; views only show what tables hold.

    Raises:
        UnfitData: it cannot be opened for reading.
    """
    try:
        with closing(_opened(path)) as connection:
            names = [str(name) for (name,) in connection.execute(_TABLES)]
    except sqlite3.Error:
        raise _refused() from None
    for name in names:
        yield ExaminedTable(name, f"{path.resolve()}\0{name}", fingerprint, _reading(path, name))


def _reading(path: Path, name: str) -> Callable[[Progress], Examined]:
    def read(told: Progress) -> Examined:
        quoted = '"' + name.replace('"', '""') + '"'
        try:
            with closing(_opened(path)) as connection:
                rows = _counted(connection, quoted)
                cursor = connection.execute(f"select * from {quoted}")  # noqa: S608  the name comes from the database itself
                survey = TableSurvey([str(column[0]) for column in cursor.description])
                examined = Examined(survey, 0)
                try:
                    take_rows(survey, cursor, lambda done: told(done, rows))
                except sqlite3.Error:
                    examined.whole = False
                    examined.notes.append("The table is damaged: not every row could be read.")
        except sqlite3.Error:
            raise _refused() from None
        examined.rows = survey.rows
        return examined

    return read


def _counted(connection: sqlite3.Connection, quoted: str) -> int:
    """How many rows a table has; 0 where it is damaged, and nobody can say."""
    try:
        return int(connection.execute(f"select count(*) from {quoted}").fetchone()[0])  # noqa: S608  as above
    except sqlite3.Error:
        return 0


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, timeout=5)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    connection.execute("pragma query_only = on")
    return connection


def _refused() -> UnfitData:
    return UnfitData("scan-database", "The database cannot be read: it is damaged, locked or encrypted.")
