"""The tables of a DuckDB file, read only, every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.extras import extra_missing
from ndoo.domain.progress import Progress
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.row_source import AT_ONCE, take_rows
from ndoo.scanning.survey import TableSurvey

_TABLES = """SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary
    AND database_name = current_database() ORDER BY 1, 2"""
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "lock_configuration": "true",
}
"""Nothing is read but this file, whatever a column or a default in it might mean."""


def tables_of(path: Path, fingerprint: str | None) -> Iterator[ExaminedTable]:
    """Its tables, as `table` or `schema.table`; views only show what tables hold.

    Raises:
        UsageFault: DuckDB is not installed. UnfitData: the file cannot be opened for reading.
    """
    try:
        import duckdb
    except ImportError:
        raise extra_missing("DuckDB databases", "databases") from None
    try:
        with closing(_opened(duckdb, path)) as database:
            names = database.execute(_TABLES).fetchall()
    except duckdb.Error:
        raise _refused() from None
    for schema, name in names:
        shown = name if schema == "main" else f"{schema}.{name}"
        yield ExaminedTable(
            shown, f"{path.resolve()}\0{schema}\0{name}", fingerprint, _reading(duckdb, path, schema, name)
        )


def _reading(duckdb: Any, path: Path, schema: str, name: str) -> Callable[[Progress], Examined]:
    def read(told: Progress) -> Examined:
        quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))
        try:
            with closing(_opened(duckdb, path)) as database:
                ((rows,),) = database.execute(f"SELECT COUNT(*) FROM {quoted}").fetchall()  # noqa: S608  see below
                found = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608  the names come from the database itself
                survey = TableSurvey([str(column[0]) for column in found.description])
                take_rows(survey, _rows(found), lambda done: told(done, rows))
        except duckdb.Error:
            raise _refused() from None
        return Examined(survey, survey.rows)

    return read


def _rows(found: Any) -> Iterator[Any]:
    while piece := found.fetchmany(AT_ONCE):
        yield from piece


def _opened(duckdb: Any, path: Path) -> Any:
    return duckdb.connect(str(path.absolute()), read_only=True, config=_CLOSED)


def _refused() -> UnfitData:
    return UnfitData(
        "scan-duckdb", "The DuckDB database cannot be read: it is damaged, encrypted, in use, or of another version."
    )
