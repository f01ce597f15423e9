"""Reads coded entries from a table in a database, through SQLAlchemy, without changing anything, and nothing guessed."""

from __future__ import annotations

import hashlib
import math
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndoo.domain.database_file import refuse_other_file
from ndoo.domain.errors import NoUsableList, UnfitData, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import names_somebody
from ndoo.type1.arrow_entries import feed_arrow
from ndoo.type1.columns import places
from ndoo.type1.latest_entry import Reckoner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_AT_ONCE = 1 << 16
_IN_ENVIRONMENT = "env:"
_KNOWN = ("sqlite", "postgresql")
_NO_FILE = (":", "file:")
"""An address of SQLite that begins so means memory, or says itself how a file is opened."""


@dataclass(frozen=True, slots=True)
class CodesTable:
    """A table of coded entries in a database. The address may hold credentials and does not print."""

    address: str = field(repr=False)
    schema: str | None
    table: str


def is_table(text: str) -> bool:
    """Is this ADDRESS#TABLE, and no path?"""
    return text.startswith(_IN_ENVIRONMENT) or re.match(r"[a-z][a-z0-9+]*://", text) is not None


def table_named(text: str) -> CodesTable:
    """What the caller typed, taken apart: `sqlite:///gp.db#coded_entries`, `env:GP_DATABASE#schema.table`.

    Raises:
        UsageFault: no table is named, the address holds a password or somebody's number, or cannot be meant.
    """
    try:
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError
    except ImportError:
        raise _no_driver() from None
    address, _, name = text.rpartition("#")
    schema, _, table = name.rpartition(".")
    typed = not address.startswith(_IN_ENVIRONMENT)
    if not typed:
        address = os.environ.get(address.removeprefix(_IN_ENVIRONMENT), "")
    if names_somebody(text):
        raise UsageFault("name-identifies", "The address or the table's name holds what is a valid NHS number.")
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or not table:
        raise UsageFault(
            "codes-address",
            "Name a table of coded entries as ADDRESS#TABLE: sqlite:///gp.db#entries, postgresql://HOST/DATABASE#entries, or "
            "env:NAME#entries with the address in the environment.",
        )
    if typed and (url.password or "password" in url.query):
        raise UsageFault(
            "codes-password",
            "A password in an address can be seen by others. Put the address into the environment: env:NAME#TABLE.",
        )
    if url.get_backend_name() == "duckdb":
        raise _not_read("DuckDB")
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    return CodesTable(url.render_as_string(hide_password=False), schema or None, table)


def feed_sql(source: CodesTable, reckoner: Reckoner) -> tuple[str, int]:
    """Send every row to `reckoner`, as one moment of the database has them. A digest of the rows, and their bytes as text.

    Raises:
        NoUsableList: the database or the table is not there, or failed before the end.
        UnfitData: columns are missing, or of a type in which digits may be lost.
        UsageFault: there is no driver for the database.
    """
    import pyarrow as pa
    from sqlalchemy import column, inspect, select, table

    digest, size = hashlib.sha256(), 0
    with _reading(source) as connection:
        names = [str(each["name"]) for each in inspect(connection).get_columns(source.table, source.schema)]
        found = places(names)
        wanted: list[Any] = [column(names[at]) for at in found.every]
        rows = connection.execution_options(yield_per=_AT_ONCE).execute(
            select(*wanted).select_from(table(source.table, schema=source.schema))
        )
        for part in rows.partitions():
            columns = [[_text(value) for value in values] for values in zip(*part, strict=True)]
            for line in zip(*columns, strict=True):
                raw = "\x1f".join(line).encode() + b"\n"
                digest.update(raw)
                size += len(raw)
            feed_arrow([pa.array(texts, pa.large_string()) for texts in columns], found, reckoner)
    return digest.hexdigest(), size


@contextmanager
def _reading(source: CodesTable) -> Iterator[Connection]:
    """A connection that cannot write, where the database can promise that."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import NoSuchModuleError, NoSuchTableError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    try:
        engine = create_engine(_read_only(source.address), poolclass=NullPool)
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
            yield connection
    except (ImportError, NoSuchModuleError):
        known = source.address.startswith(_KNOWN)
        raise (_no_driver() if known else _not_read("this kind of database")) from None
    except NoSuchTableError:
        raise NoUsableList("codes-table", "The database has no such table of coded entries.") from None
    except SQLAlchemyError:
        raise NoUsableList(
            "codes-database", "The database of coded entries does not answer, or could not be read to its end."
        ) from None


def _read_only(address: str) -> str:
    """A file of SQLite is opened for reading, and not made where there is none.

    Raises:
        UnfitData, UsageFault, NotPermitted: it is another file: see `refuse_other_file`.
    """
    kind, _, path = address.partition(":///")
    if kind.partition("+")[0] != "sqlite" or not path or path.startswith(_NO_FILE):
        return address
    if (file := Path(path.partition("?")[0])).exists():
        refuse_other_file(file, "sqlite")
    return f"{kind}:///file:{path}{'&' if '?' in path else '?'}mode=ro&uri=true"


def _text(value: Any) -> str:
    """One value as it would be written; of fractions only those that are whole numbers, so that every digit is there."""
    if value is None or value != value:
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (float, Decimal)):
        if math.isfinite(value) and value == int(value):
            return str(int(value))
        raise UnfitData(
            "codes-type",
            "A column of the coded entries is stored as decimal fractions: digits may be lost. Store text.",
        )
    if isinstance(value, datetime):
        return (london_date(value) if value.tzinfo else value.date()).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).encode("utf-8", "replace").decode()


def _not_read(kind: str) -> UsageFault:
    return UsageFault("codes-kind", f"Coded entries are not read from {kind}; use CSV, Parquet, SQLite or PostgreSQL.")


def _no_driver() -> UsageFault:
    return extra_missing("Databases", "databases", "postgresql")
