"""A warehouse in which somebody else may make what they like: forty people, ten of whom opted out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from tests.conftest import TODAY, Ndoo, Said
from tests.engines.databases import Place
from tests.support.numbers import some

ALL = some(40, seed=14)
OPT, KEEP = ALL[:10], ALL[10:]
LIST = ("--opted-out", "go.txt", "--checked-at", TODAY, "--json")


class Warehouse:
    """A database of one kind, and the commands that are tried on it."""

    def __init__(self, place: Place, ndoo: Ndoo) -> None:
        self.place = place
        self.ndoo = ndoo
        Path("go.txt").write_text("\n".join(OPT))

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        return self.place.run(*statements)

    def visits(self, name: str = "visits", more: str = "", cells: str = "") -> None:
        """A table of one row for each person."""
        self.run(f"CREATE TABLE {name} (nhs_number TEXT, ward TEXT{more})")
        self.run(f"INSERT INTO {name} VALUES " + ", ".join(f"('{n}', 'w{at}'{cells})" for at, n in enumerate(ALL)))

    def patients(self, schema: str = "clinic") -> None:
        """A schema with a table of patients, to whom others lead by `id`."""
        self.run(
            f"CREATE SCHEMA {schema}",
            f"CREATE TABLE {schema}.patients (id INTEGER PRIMARY KEY, nhs_number TEXT)",
            f"INSERT INTO {schema}.patients VALUES "
            + ", ".join(f"({at}, '{number}')" for at, number in enumerate(ALL)),
        )

    def uphold(self, table: str = "visits", into: str = "released", *more: object) -> Said:
        return self.ndoo("uphold", self.place.address, "--table", table, "--into", into, *LIST, *more)

    def uphold_schema(self, *more: object, schema: str = "clinic", into: str = "out") -> Said:
        return self.ndoo(
            "uphold",
            self.place.address,
            "--schema",
            schema,
            "--into",
            into,
            "--nhs-number",
            "patients.nhs_number",
            *LIST,
            *more,
        )

    def verify(self, name: str = "released", address: str = "") -> Said:
        return self.ndoo("verify", f"{address or self.place.address}#{name}", *LIST)

    def as_role(self, role: str, **settings: str) -> str:
        """The address for another account, who is made where it is not there, with what a session of theirs is given."""
        if not self.run(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
            self.run(f"CREATE ROLE {role} LOGIN")
        given = "".join(f" -c {name}={value}" for name, value in settings.items())
        options = f"&options={given.strip().replace(' ', '%20').replace('=', '%3D')}" if given else ""
        return self.place.address.replace("postgres:@", f"{role}:@").replace("user=postgres", f"user={role}") + options

    def as_somebody(self, address: str, *statements: str) -> list[tuple[Any, ...]]:
        """Statements of another account."""
        with psycopg.connect(address, autocommit=True) as server:
            for statement in statements:
                cursor = server.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def rows(self, table: str) -> int:
        return int(self.run(f"SELECT COUNT(*) FROM {table}")[0][0])


def refused(said: Said, status: int, code: str, *names: str) -> None:
    """Was it refused for this reason, which names these?"""
    assert (said.status, said.json["error"]["code"]) == (status, code), said.told + said.out
    assert all(name in said.json["error"]["message"] for name in names), said.told


def broken(said: Said) -> list[str]:
    """The promises that are not kept."""
    assert said.status == 3, said.told + said.out
    return [promise["name"] for promise in said.json["promises"] if not promise["kept"]]
