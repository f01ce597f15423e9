"""Databases behind an address: read only, sampled where they are large, and never a word of the password."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pytest

from ndoo.domain.errors import NdooError
from ndoo.domain.progress import told_to_nobody
from ndoo.scanning import database_source, duckdb_source
from ndoo.scanning.scan import plain_target, scan
from ndoo.scanning.scan_result import ScanVerdict
from ndoo.scanning.store import Store
from tests.support.canary import nobodys_name
from tests.support.numbers import some
from tests.support.worlds_of_data import put_duckdb, put_sqlite
from tests.unit.scanning.seeing import NOW, kinds

NUMBERS = some(300)


@pytest.fixture
def address(postgresql_server: str) -> Iterator[str]:
    """A PostgreSQL database with two schemas."""
    name = f"s{nobodys_name()}"
    own = postgresql_server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute(f"create database {name}")
        with psycopg.connect(own, autocommit=True) as connection:
            connection.execute(
                "create schema archive; create table patients (nhs text, dx text); create table archive.old (n bigint)"
            )
            with connection.cursor() as cursor:
                cursor.executemany("insert into patients values (%s, 'E11.9')", [(n,) for n in NUMBERS])
                cursor.executemany("insert into archive.old values (%s)", [(int(n),) for n in NUMBERS])
        yield own
        server.execute(f"drop database {name} with (force)")


def test_every_schema_is_read(address: str) -> None:
    report = scan(address, now=NOW)
    found = {table.name: table for table in report.tables}
    assert list(found) == ["archive.old", "patients"]
    assert (
        kinds(found["patients"]) == {"nhs": "nhs_number", "dx": "icd10"}
        or kinds(found["patients"])["nhs"] == "nhs_number"
    )
    assert kinds(found["archive.old"]) == {"n": "nhs_number"}
    assert found["patients"].rows == 300


def test_nothing_can_be_written(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlalchemy

    tried = []

    def writing(self: object, connection: sqlalchemy.Connection, *_: object) -> None:
        tried.append(1)
        connection.exec_driver_sql("create table left_behind (x int)")

    monkeypatch.setattr(database_source._Database, "_changes", writing)
    with pytest.raises(NdooError):
        scan(address, now=NOW)
    assert tried


def test_a_large_table_is_sampled_and_says_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_source, "WHOLE", 100)
    patients = scan(address, now=NOW).tables[1]
    assert patients.rows == 300
    assert 50 < patients.numbers_in < 160
    assert patients.unseen > 0
    assert "chosen at random. Something that fewer than" in patients.notes[0]


def test_an_unchanged_table_is_not_read_again(address: str, tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        scan(address, now=NOW, store=store)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("insert into patients values ('x', 'y')")
            connection.execute("select pg_stat_force_next_flush()")
        again = {table.name: table for table in scan(address, now=NOW, store=store).tables}
    assert again["archive.old"].unchanged_since is not None
    assert again["patients"].unchanged_since is None
    assert again["patients"].rows == 301


def test_a_table_that_this_account_may_not_read_is_named(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("drop role if exists looker")
        connection.execute("create role looker; grant select on patients to looker")
        connection.execute(f"alter role postgres in database {connection.info.dbname} set role looker")
    found = {table.name: table for table in scan(address, now=NOW).tables}
    assert found["patients"].verdict is not ScanVerdict.NO
    assert found["archive.old"].verdict is ScanVerdict.UNSURE


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/none", "scan-unreached"),
        ("nothing known://me:s3cret@host/x", "scan-address"),
        ("postgresql+nodriver://me:s3cret@host/x", "scan-driver"),
        ("oracle://me:s3cret@host/x", "scan-driver"),
        ("sqlite://me:s3cret@host/nowhere.db", "no-such-file"),
    ],
)
def test_no_error_says_the_password(target: str, code: str) -> None:
    with pytest.raises(NdooError) as error:
        scan(target, now=NOW)
    assert error.value.code == code
    assert "s3cret" not in f"{error.value} {error.value.sentence} {error.value.__cause__}"


def test_a_duckdb_file_is_read_by_its_path_and_by_its_address_and_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "in.duckdb"
    put_duckdb(path, {"visits": {"ref": NUMBERS}, "archive.old": {"ref": NUMBERS}, "wards": {"ward": ["A"]}})
    with duckdb.connect(str(path)) as database:
        database.execute("create view shown as select * from visits")
    before = path.read_bytes()
    for target in (str(path), f"duckdb:///{path}"):
        found = {table.name.rpartition("/")[2]: table for table in scan(target, now=NOW).tables}
        assert set(found) == {"visits", "archive.old", "wards"}
        assert found["visits"].verdict is not ScanVerdict.NO
        assert found["archive.old"].rows == len(NUMBERS)
        assert found["wards"].columns[0].name == "ward"
    assert path.read_bytes() == before
    path.write_bytes(before[:5000])
    [broken] = scan(str(path), now=NOW).tables
    assert (broken.verdict, broken.notes) == (ScanVerdict.UNSURE, ("scan-duckdb",))


def test_a_table_of_duckdb_that_is_gone_before_it_is_read_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "in.duckdb"
    put_duckdb(path, {"visits": {"ref": NUMBERS}})
    [table] = duckdb_source.tables_of(path, None)
    with duckdb.connect(str(path)) as database:
        database.execute("drop table visits")
    with pytest.raises(NdooError):
        table.read(told_to_nobody)


def test_without_duckdb_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_duckdb(tmp_path / "in.duckdb", {"visits": {"ref": NUMBERS}})
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(NdooError, match=r"ndoo\[databases\]"):
        scan(f"duckdb:///{tmp_path / 'in.duckdb'}", now=NOW)


def test_without_sqlalchemy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(NdooError, match=r"ndoo\[databases\]"):
        scan("postgresql://host/x", now=NOW)


def test_a_sqlite_address_is_its_file(tmp_path: Path) -> None:
    put_sqlite(tmp_path / "in.db", {"t": {"ref": NUMBERS}})
    (table,) = scan(f"sqlite:///{tmp_path / 'in.db'}", now=NOW).tables
    assert (table.name, kinds(table)) == ("t", {"ref": "nhs_number"})


def test_a_target_is_shown_without_its_credentials() -> None:
    assert plain_target("postgresql://me:s3c@ret@host:5432/name?password=s3cret") == "postgresql://host:5432/name"
    assert plain_target(f"folder/{NUMBERS[0]}.csv") == "folder/**********.csv"


def test_a_database_without_counters_is_read_every_time(tmp_path: Path) -> None:
    import sqlalchemy

    put_sqlite(tmp_path / "in.db", {"t": {"ref": NUMBERS}})
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'in.db'}", poolclass=sqlalchemy.pool.NullPool)
    (table,) = database_source._Database(sqlalchemy, engine, sqlalchemy.make_url("mysql://host/name")).tables()
    assert table.fingerprint is None
    assert table.read(told_to_nobody).rows == 300
