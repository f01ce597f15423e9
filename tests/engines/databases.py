"""Databases to uphold tables in: a file of DuckDB, one of SQLite in each encoding, and a real PostgreSQL, all gone afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ndoo.upholding.database_address import Address, InDatabase, address_of, table_named
from ndoo.upholding.databases.database import Database, open_database
from ndoo.upholding.databases.manifest_table import released
from ndoo.upholding.found_releases import found_in
from ndoo.upholding.verify.verification import ReleaseQuestion, Verification
from ndoo.upholding.verify_release import verify_release
from tests.support.canary import nobodys_name

KINDS = ["duckdb", "sqlite", "sqlite in UTF-16", "postgresql"]


class Place:
    """A database of one kind. `address` is what a caller types."""

    def __init__(self, kind: str, address: str) -> None:
        self.kind = kind
        self.address = address

    def __repr__(self) -> str:
        return self.kind

    @property
    def parsed(self) -> Address:
        return address_of(self.address)

    def open(self) -> Database:
        """As the job opens it."""
        return open_database(self.parsed)

    def at(self, name: str, *, whole_schema: bool = False) -> InDatabase:
        """A table, or a schema, as a request names it."""
        return InDatabase(self.parsed, table_named(name), whole_schema)

    def verify(self, name: str, question: ReleaseQuestion, *, whole_schema: bool = False) -> Verification:
        """What was released under this name, verified."""
        with open_database(self.parsed, read_only=True) as database:
            found = released(database, table_named(name), whole_schema=whole_schema)
        return verify_release(found_in(self.parsed, found), question)

    @contextmanager
    def loading(self) -> Iterator[Database]:
        """As `open`, to fill tables by their bare names: the job itself says in full what it means."""
        with self.open() as database:
            if self.kind == "postgresql":
                database.run("SET LOCAL search_path = public")
            elif self.kind == "duckdb":
                database.run("SET search_path = 'warehouse.main'")
            yield database

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements one after another, each committed; the rows of the last."""
        rows: list[tuple[Any, ...]] = []
        if self.kind == "duckdb":
            import duckdb

            with duckdb.connect(str(self.parsed.path)) as open_:
                for statement in statements:
                    rows = open_.execute(statement).fetchall()
        elif self.kind == "postgresql":
            import psycopg

            with psycopg.connect(self.address, autocommit=True) as server:
                for statement in statements:
                    cursor = server.execute(statement)
                    rows = cursor.fetchall() if cursor.description else []
        else:
            file = sqlite3.connect(str(self.parsed.path), isolation_level=None)
            for statement in statements:
                rows = file.execute(statement).fetchall()
            file.close()
        return rows

    def make(self, table: str, columns: dict[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """A table with these columns and types, in place of an older one of its name."""
        with self.loading() as database:
            self.fill(database, table, columns, rows)
            database.publish({})

    def fill(self, database: Database, table: str, columns: dict[str, str], rows: Sequence[Sequence[Any]]) -> None:
        """As `make`, in an open database."""
        told = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
        database.run(f'DROP TABLE IF EXISTS "{table}"')
        database.run(f'CREATE TABLE "{table}" ({told})')
        marks = ", ".join(("%s" if self.kind == "postgresql" else "?") for _ in columns)
        for some in (rows[at : at + 500] for at in range(0, len(rows), 500)):
            values = [value for row in some for value in row]
            database.run(f'INSERT INTO "{table}" VALUES {", ".join([f"({marks})"] * len(some))}', values)

    def tables(self) -> set[str]:
        """Every table and view there is, of whatever lifetime."""
        if self.kind.startswith("sqlite"):
            return {name for (name,) in self.run("SELECT name FROM sqlite_master")}
        where = "table_schema NOT IN ('pg_catalog', 'information_schema')"
        return {name for (name,) in self.run(f"SELECT table_name FROM information_schema.tables WHERE {where}")}


def made(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    if kind == "postgresql":
        import psycopg

        server = str(request.getfixturevalue("postgresql_server"))
        name = f"u{nobodys_name()}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            yield Place(kind, server.replace("/postgres?", f"/{name}?"))
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        return
    path = folder / f"warehouse.{kind.split()[0]}"
    place = Place(kind, f"{kind.split()[0]}:///{path}")
    if kind == "duckdb":
        import duckdb

        duckdb.connect(str(path)).close()
    else:
        encoding = "UTF-16le" if "UTF-16" in kind else "UTF-8"
        file = sqlite3.connect(path)
        file.execute(f"PRAGMA encoding = '{encoding}'")
        file.execute("CREATE TABLE made (x)")
        file.execute("DROP TABLE made")
        file.commit()
        file.close()
    yield place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each test is run in every kind of database."""
    yield from made(str(request.param), tmp_path, request)


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from made("postgresql", tmp_path, request)
