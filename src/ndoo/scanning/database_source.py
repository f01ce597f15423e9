"""The tables of any database that SQLAlchemy knows, in a transaction that only reads; where it can, a random sample of each.

The address may hold a password: it is never shown, and no error of the driver is repeated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ndoo.domain.database_file import refuse_other_file
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted, were
from ndoo.domain.progress import Progress
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.row_source import AT_ONCE, take_rows
from ndoo.scanning.survey import TableSurvey

WHOLE = 1_000_000
"""A table of no more rows than this is read whole; of a larger one about so many rows, taken at random."""
_SYSTEM = frozenset(
    ("information_schema", "pg_catalog", "pg_toast", "sys", "mysql", "performance_schema", "INFORMATION_SCHEMA")
)
_CHANGES = """
select c.relfilenode::text || ' ' || coalesce(s.n_tup_ins, 0) || ' ' || coalesce(s.n_tup_upd, 0) || ' ' ||
       coalesce(s.n_tup_del, 0) || ' ' || coalesce(d.stats_reset::text, '') || ' ' || c.relnatts
from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
  join pg_stat_database d on d.datname = current_database()
where c.relname = :name and c.relkind in ('r', 'p') and c.relnamespace = (select oid from pg_namespace where nspname = :schema)
"""
"""What PostgreSQL counts of each table: every insert, update and delete, and which file it lies in."""


def tables_of(address: str) -> Iterator[ExaminedTable]:
    """Every table of every schema that this account may see, under `table` or `schema.table`.

    Raises:
        UsageFault: no such address. Fault: SQLAlchemy or the driver is not installed. UnfitData: it cannot be reached.
    """
    try:
        import sqlalchemy
    except ImportError:
        raise extra_missing("Databases", "databases") from None
    try:
        url = sqlalchemy.make_url(address)
    except sqlalchemy.exc.ArgumentError:
        raise _unreadable() from None
    if (kind := url.get_backend_name()) in ("sqlite", "duckdb"):
        from ndoo.scanning import duckdb_source, sqlite_source
        from ndoo.scanning.places import file_fingerprint

        path = Path(url.database or "")
        if not path.name:
            raise _unreadable()
        _refuse_part(path)
        refuse_other_file(path, kind)
        yield from (sqlite_source if kind == "sqlite" else duckdb_source).tables_of(path, file_fingerprint(path))
        return
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, hide_parameters=True)
    except (sqlalchemy.exc.ArgumentError, ImportError):
        raise UsageFault(
            "scan-driver",
            f"Databases of the kind {url.get_backend_name()!r} cannot be scanned here: their driver is not installed. PostgreSQL, DuckDB and "
            "SQLite can be.",
        ) from None
    yield from _Database(sqlalchemy, engine, url).tables()


class _Database:
    def __init__(self, sqlalchemy: Any, engine: Any, url: Any) -> None:
        self._sa, self._engine = sqlalchemy, engine
        self._postgresql = url.get_backend_name() == "postgresql"
        self._place = hashlib.sha256(f"{url.host} {url.port} {url.database}".encode()).hexdigest()

    def tables(self) -> Iterator[ExaminedTable]:
        """All of them; nothing is read yet."""
        found: list[tuple[str | None, str, str | None]] = []
        try:
            with self._engine.connect() as connection:
                self._read_only(connection)
                inspector = self._sa.inspect(connection)
                default = inspector.default_schema_name
                for schema in inspector.get_schema_names():
                    if schema in _SYSTEM:
                        continue
                    for name in sorted(inspector.get_table_names(schema)):
                        own = None if schema == default else schema
                        found.append((own, name, self._changes(connection, schema, name)))
        except Exception:  # noqa: BLE001  a driver's error may show the address and the password
            raise _unreached() from None
        for schema, name, mark in found:
            shown = f"{schema}.{name}" if schema else name
            yield ExaminedTable(shown, f"{self._place}\0{schema}\0{name}", mark, self._reading(schema, name))

    def _read_only(self, connection: Any) -> None:
        if self._postgresql:
            connection.execution_options(postgresql_readonly=True)

    def _changes(self, connection: Any, schema: str, name: str) -> str | None:
        if not self._postgresql:
            return None
        mark = connection.execute(self._sa.text(_CHANGES), {"schema": schema, "name": name}).scalar()
        return None if mark is None else str(mark)

    def _reading(self, schema: str | None, name: str) -> Callable[[Progress], Examined]:
        def read(told: Progress) -> Examined:
            try:
                return self._examined(schema, name, told)
            except Exception:  # noqa: BLE001  a driver's error may show a row
                raise UnfitData("scan-table", "The table cannot be read with this account.") from None

        return read

    def _examined(self, schema: str | None, name: str, told: Progress) -> Examined:
        sa = self._sa
        with self._engine.connect() as connection:
            self._read_only(connection)
            table = sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection, resolve_fks=False)
            rows = int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
            query = sa.select(table)
            part = rows > WHOLE and self._postgresql
            if part:
                share = sa.func.bernoulli(100 * WHOLE / rows)
                query = sa.select(sa.tablesample(table, share, name="sampled", seed=sa.literal(1)))
            survey = TableSurvey([column.name for column in table.columns])
            result = connection.execution_options(stream_results=True, yield_per=AT_ONCE).execute(query)
            take_rows(survey, result, lambda done: told(done, WHOLE if part else rows))
            connection.rollback()
        examined = Examined(survey, rows if part else survey.rows, read=survey.rows)
        if part:
            examined.notes.append(
                f"{survey.rows:,} of {counted(rows, 'row')} {were(survey.rows)} read, chosen at random. Something that fewer than "
                f"{1 - 0.05 ** (1 / max(survey.rows, 1)):.4%} of rows hold may not have been seen, NHS numbers too."
            )
        return examined


def _refuse_part(path: Path) -> None:
    """Raises UsageFault where one table of a file is asked for."""
    whole, mark, _ = path.name.rpartition("#")
    if mark and not path.exists() and path.with_name(whole).is_file():
        raise UsageFault(
            "scan-whole",
            f"A scan reads every table of a database: leave out what stands behind {masked(whole)} in the address.",
        )


def _unreadable() -> UsageFault:
    return UsageFault(
        "scan-address",
        "The database's address cannot be read. It has the form kind://user@host/name, or sqlite:///FILE.",
    )


def _unreached() -> UnfitData:
    return UnfitData("scan-unreached", "The database cannot be reached or opened with this address. Nothing was read.")
