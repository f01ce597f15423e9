"""Type 1 codes in a database: read as they stand, by one who cannot write, and never taken for a table that is not there."""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.type1 import sql_entries
from ndoo.type1.sql_entries import _text, table_named
from tests.conftest import Ndoo
from tests.support.numbers import some

WHO = some(6, seed=31)
ROWS = [
    (WHO[0], "827241000000103", "2021-06-01"),
    (WHO[1], "9Nu0.", "2020-01-01"),
    (WHO[1], "9Nu1.", "2021-01-01"),
    (WHO[2], "C10..", "2021-01-01"),
    (WHO[3], "XaZ89", None),
    (int(WHO[4]), 827241000000103, "2021-06-01"),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "gp.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "coded entries" (nhs_number, code, date)')
        connection.executemany('INSERT INTO "coded entries" VALUES (?, ?, ?)', ROWS)
        connection.execute("CREATE TABLE fractions (nhs_number REAL, code, date)")
        connection.execute("INSERT INTO fractions VALUES (1.5, 'x', 'x')")
        connection.execute("CREATE TABLE short (nhs_number, code)")
    connection.close()
    return path


def test_a_table_says_what_the_same_rows_say_in_a_file(database: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + "".join(f"{a},{b},{c or ''}\n" for a, b, c in ROWS))
    of_file = ndoo("type1", "status", "codes.csv", "--json", "-o", "one.csv")
    of_table = ndoo("type1", "status", "sqlite:///gp.db#coded entries", "--json", "-o", "other.csv")
    assert of_table.status == of_file.status == 6
    assert {k: v for k, v in of_table.json.items() if k != "sources"} == {
        k: v for k, v in of_file.json.items() if k != "sources"
    }
    assert (of_table.json["people"], of_table.json["dissent"], of_table.json["withdrawn"]) == (5, 2, 1)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_a_release_asks_the_table(database: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in WHO))
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--type1", "sqlite:///gp.db#coded entries", "--json")
    assert (said.status, said.json["rows"]["removed"], said.json["rows"]["held"]) == (6, 2, {"type1_undecided": 1})
    again = ndoo("verify", "out.csv", "--type1", "sqlite:///gp.db#coded entries")
    assert again.status == 0, again.told
    assert ndoo("type1", "rerun", ".", "--type1", "sqlite:///gp.db#coded entries").status == 0


def test_nothing_is_written_to_the_database(database: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    before = database.read_bytes()
    database.chmod(0o444)
    assert ndoo("type1", "status", "sqlite:///gp.db#coded entries").status == 6
    assert database.read_bytes() == before
    assert ndoo("type1", "status", "sqlite:///nothing.db#entries", "--json").json["error"]["code"] == "codes-database"
    assert not (tmp_path / "nothing.db").exists(), "a database that is not there is not made"


REFUSED = [
    ("sqlite:///gp.db", 2, "codes-address"),
    ("sqlite:///gp.db#", 2, "codes-address"),
    ("env:NOWHERE#entries", 2, "codes-address"),
    ("postgresql://ann:secret@127.0.0.1/gp#entries", 2, "codes-password"),
    ("sqlite:///gp.db#none", 4, "codes-table"),
    ("sqlite:///gp.db#short", 3, "codes-columns"),
    ("sqlite:///gp.db#fractions", 3, "codes-type"),
    ("odd://x/y#z", 2, "codes-kind"),
    ("sqlite:///gp.db#entries_9990004935", 2, "name-identifies"),
    ("postgresql://127.0.0.1:9/gp?connect_timeout=1#entries", 4, "codes-database"),
]


@pytest.mark.parametrize(
    ("address", "status", "code"), REFUSED, ids=[code + str(at) for at, (_, _, code) in enumerate(REFUSED)]
)
def test_what_cannot_be_read_is_refused(address: str, status: int, code: str, database: Path, ndoo: Ndoo) -> None:
    said = ndoo("type1", "status", address, "--json")
    assert (said.status, said.json["error"]["code"]) == (status, code)
    assert "secret" not in said.told + said.out


def test_an_address_with_a_password_stays_in_the_environment(
    database: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GP", "sqlite:///gp.db")
    assert ndoo("type1", "status", "env:GP#coded entries").status == 6
    monkeypatch.setenv("GP", "postgresql://ann:secret@127.0.0.1/gp")
    named = table_named("env:GP#gp.entries")
    assert (named.schema, named.table) == ("gp", "entries")
    assert named.address.startswith("postgresql+psycopg://ann:secret@")
    assert "secret" not in repr(named)


def test_a_value_is_written_as_a_file_would_have_it() -> None:
    assert [_text(v) for v in (None, 7, "x", date(2021, 6, 1), datetime(2021, 6, 1, 9))] == [
        "",
        "7",
        "x",
        "2021-06-01",
        "2021-06-01",
    ]
    assert _text(datetime(2021, 6, 1, 23, 30, tzinfo=UTC)) == "2021-06-02", "the day in London"
    assert [_text(v) for v in (1.0, Decimal(2), float("nan"), b"9Nu0.")] == ["1", "2", "", "9Nu0."]
    for number in (1.5, Decimal("1.5"), float("inf"), Decimal("inf")):
        with pytest.raises(UnfitData, match="digits may be lost"):
            _text(number)


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy.engine", None)
    with pytest.raises(UsageFault, match="Databases need an extra"):
        table_named("sqlite:///gp.db#x")


def test_only_files_of_sqlite_are_opened_for_reading_alone() -> None:
    assert sql_entries._read_only("sqlite:///a.db") == "sqlite:///file:a.db?mode=ro&uri=true"
    assert sql_entries._read_only("sqlite:///a.db?timeout=3") == "sqlite:///file:a.db?timeout=3&mode=ro&uri=true"
    for same in ("sqlite://", "sqlite:///:memory:", "postgresql+psycopg://h/d"):
        assert sql_entries._read_only(same) == same


def test_a_postgresql_connection_may_not_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a server: what is asked of the connection before anything is read."""
    asked: list[dict[str, object]] = []

    class Connection:
        def __enter__(self) -> Connection:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def execution_options(self, **options: object) -> Connection:
            asked.append(options)
            return self

    class Engine:
        dialect = type("Dialect", (), {"name": "postgresql"})

        def connect(self) -> Connection:
            return Connection()

    monkeypatch.setattr("sqlalchemy.create_engine", lambda *_, **__: Engine())
    with sql_entries._reading(sql_entries.CodesTable("postgresql+psycopg://h/d", None, "x")):
        pass
    assert asked == [{"postgresql_readonly": True}]


def test_a_driver_that_is_not_installed_is_named(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = ndoo("type1", "status", "postgresql://127.0.0.1/gp#entries", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "extra-missing")
