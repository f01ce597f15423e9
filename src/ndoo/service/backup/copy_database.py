"""The database as it stands at one moment, in a file, and back: by SQLite itself, or by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, UsageFault
from ndoo.service.backup.contents import POSTGRESQL, SQLITE

Database = dict[str, Any]
"""As `dj_database_url` and Django describe one: ENGINE, NAME, HOST, PORT, USER, PASSWORD, OPTIONS."""


def is_sqlite(database: Database) -> bool:
    """Is this a file of SQLite?"""
    return str(database["ENGINE"]).endswith("sqlite3")


def dump(database: Database, folder: Path) -> str:
    """Copy the database into this folder while others go on writing; the name of the file.

    Of SQLite only what is in use is copied: no page of what was erased goes along.

    Raises:
        Fault: the database does not let itself be copied. UsageFault: PostgreSQL's programs are not installed.
    """
    target = folder / (SQLITE if is_sqlite(database) else POSTGRESQL)
    target.touch(0o600, exist_ok=False)
    if not is_sqlite(database):
        _run("pg_dump", database, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        return target.name
    try:
        source = sqlite3.connect(f"file:{Path(str(database['NAME'])).absolute()}?mode=ro", uri=True, timeout=60)
        try:
            source.execute("VACUUM INTO ?", [str(target)])
        finally:
            source.close()
    except sqlite3.Error:
        raise _not_copied() from None
    return target.name


def load(file: Path, database: Database) -> None:
    """Put a dump of PostgreSQL into an empty database.

    Raises:
        UsageFault: the database is not empty, or PostgreSQL's programs are not installed. Fault: it refuses.
    """
    listed = _run("psql", database, "-X", "-A", "-t", "-c", _TABLES)
    if listed.strip() != "0":
        raise UsageFault(
            "restore-not-empty", "The database in NDOO_DATABASE_URL already holds tables. Restore into an empty one."
        )
    _run(
        "pg_restore",
        database,
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        f"--dbname={database['NAME']}",
        str(file),
    )


_TABLES = (
    "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
)


def _run(program: str, database: Database, *options: str) -> str:
    """One of PostgreSQL's programs on this database; its password is in no list of processes."""
    found = shutil.which(program)
    if found is None:
        raise UsageFault(
            "postgresql-programs",
            f"The program {program} is missing. Install PostgreSQL's client programs, such as postgresql-client.",
        )
    said = {
        "PGDATABASE": database["NAME"],
        "PGHOST": database.get("HOST") or database.get("OPTIONS", {}).get("host"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGSSLMODE": database.get("OPTIONS", {}).get("sslmode"),
        "PGSSLROOTCERT": database.get("OPTIONS", {}).get("sslrootcert"),
    }
    environment = {**os.environ, **{name: str(value) for name, value in said.items() if value}}
    done = subprocess.run([found, *options], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _not_copied()
    return done.stdout


def _not_copied() -> Fault:
    return Fault(
        "database-not-copied",
        "The database could not be copied: it does not answer, or this account may not read all of it.",
    )
