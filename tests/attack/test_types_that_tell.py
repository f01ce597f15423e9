"""A type goes with the rows, or stays beside them for everybody to read: what it lists or is called tells of nobody who may not be released."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.warehouse import ALL, KEEP, OPT, Warehouse, broken, refused
from tests.conftest import Ndoo
from tests.engines.databases import Place, made
from tests.support.numbers import some

LABELS = [*reversed(ALL), "unknown", "it's"]
EVERYBODY = "ENUM(" + ", ".join("'" + label.replace("'", "''") + "'" for label in LABELS) + ")"


@pytest.fixture
def duckdb(request: pytest.FixtureRequest, ndoo: Ndoo, tmp_path: Path) -> Iterator[Warehouse]:
    for place in made("duckdb", tmp_path, request):
        yield Warehouse(place, ndoo)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, ndoo: Ndoo, tmp_path: Path) -> Iterator[Warehouse]:
    for place in made("sqlite", tmp_path, request):
        yield Warehouse(place, ndoo)


def _type_of(warehouse: Warehouse, table: str, column: str) -> str:
    said = "SELECT data_type FROM duckdb_columns() WHERE table_name = '{}' AND column_name = '{}'"
    return str(warehouse.run(said.format(table, column))[0][0])


def _visits(warehouse: Warehouse, *more: str, name: str = "visits") -> None:
    warehouse.run(
        f"CREATE TYPE people AS {EVERYBODY}",
        f"CREATE TABLE {name} (nhs_number people, referred_by people, ward ENUM('north', 'south'))",
        f"INSERT INTO {name} VALUES " + ", ".join(f"('{number}', NULL, 'north')" for number in (*ALL, *more)),
    )


def test_an_enumeration_lists_those_who_stay_and_nobody_else(duckdb: Warehouse) -> None:
    """It is written into the table's own type, and with the rows beside it says who is missing."""
    _visits(duckdb, "unknown")
    said = duckdb.uphold("visits", "released", "--held", "aside")
    assert said.status == 6, said.told
    assert _type_of(duckdb, "released", "nhs_number") == f"ENUM({', '.join(map(repr, reversed(KEEP)))})"
    assert _type_of(duckdb, "released", "referred_by") == "ENUM('')"
    assert _type_of(duckdb, "released", "ward") == "ENUM('north', 'south')"
    assert _type_of(duckdb, "aside", "nhs_number") == "ENUM('unknown')"
    assert {number for (number,) in duckdb.run("SELECT nhs_number FROM released")} == {*KEEP}
    assert duckdb.verify().status == 0


def test_an_enumeration_that_lists_nobody_withheld_stays_as_it_is(duckdb: Warehouse) -> None:
    _visits(duckdb)
    Path("go.txt").write_text(some(41, seed=14)[-1])
    assert duckdb.uphold().status == 0
    assert _type_of(duckdb, "released", "nhs_number") == _type_of(duckdb, "visits", "nhs_number")


def test_a_released_enumeration_that_lists_somebody_withheld_is_not_verified(duckdb: Warehouse) -> None:
    _visits(duckdb)
    assert duckdb.uphold().status == 0
    duckdb.run(f"ALTER TABLE released ALTER nhs_number TYPE {EVERYBODY}")
    assert "nobody" in broken(duckdb.verify())


def test_a_shape_that_is_kept_holds_no_values_of_an_enumeration_of_people(duckdb: Warehouse, tmp_path: Path) -> None:
    _visits(duckdb)
    said = duckdb.uphold("visits", "released", "--shape", "shape.json")
    assert said.status == 0, said.told
    shape = (tmp_path / "shape.json").read_text()
    assert not [number for number in ALL if number in shape]
    assert "ENUM('north', 'south')" in json.dumps(json.loads(shape))


@pytest.mark.parametrize(
    "type_",
    [
        f'STRUCT("{OPT[0]}" INTEGER)',
        f'STRUCT(a INTEGER, "of {OPT[0]}" INTEGER)[]',
        f'UNION(a INTEGER, "{OPT[0]}" INTEGER)',
        f"MAP(VARCHAR, {EVERYBODY})",
        f"{EVERYBODY}[]",
        f"STRUCT(a {EVERYBODY})",
    ],
)
def test_a_type_inside_which_somebody_is_named_is_refused(type_: str, duckdb: Warehouse) -> None:
    duckdb.visits(more=f", cells {type_}", cells=", NULL")
    refused(duckdb.uphold(), 3, "type-identifies", "'cells'")
    assert duckdb.place.tables() == {"visits"}


def test_a_declared_type_of_sqlite_that_names_somebody_is_refused(sqlite: Warehouse) -> None:
    sqlite.visits(more=f', cells "seen by {OPT[0]}"', cells=", NULL")
    refused(sqlite.uphold(), 3, "type-identifies", "'cells'")


@pytest.mark.parametrize(
    "made_",
    [
        f'CREATE TYPE cell AS (a INTEGER, "{OPT[0]}" INTEGER)',
        f'CREATE TYPE inner_ AS (a INTEGER, "{OPT[0]}" INTEGER); CREATE TYPE cell AS (a inner_[])',
        f'CREATE DOMAIN "of {OPT[0]}" AS INTEGER; CREATE TYPE cell AS (a "of {OPT[0]}")',
    ],
)
def test_a_type_of_postgresql_that_names_somebody_is_refused(made_: str, postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(*made_.split("; "))
    warehouse.visits(more=", cells cell", cells=", NULL")
    refused(warehouse.uphold(), 3, "type-identifies", "'cells'")
    warehouse.patients()
    warehouse.run("ALTER TABLE clinic.patients ADD cells cell")
    refused(warehouse.uphold_schema(), 3, "type-identifies", "'cells'")


@pytest.mark.parametrize(
    "made_",
    [
        f"CREATE TYPE people AS ENUM ({', '.join(map(repr, ALL))})",
        f"CREATE DOMAIN people AS TEXT CHECK (VALUE IN ({', '.join(map(repr, ALL))}))",
        f"CREATE TYPE inner_ AS ENUM ({', '.join(map(repr, ALL))}); CREATE DOMAIN people AS inner_",
    ],
)
def test_a_type_that_stays_in_the_database_and_lists_people_is_told(made_: str, postgresql: Place, ndoo: Ndoo) -> None:
    """PostgreSQL shows the values of a type to whoever connects, and the result cannot have another one of its name."""
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(*made_.split("; "))
    warehouse.patients()
    warehouse.run(
        "ALTER TABLE clinic.patients ALTER nhs_number TYPE people USING nhs_number::people",
        "CREATE TABLE visits AS SELECT nhs_number FROM clinic.patients",
    )
    for said, column in (
        (warehouse.uphold(), "released.nhs_number"),
        (warehouse.uphold_schema(), "patients.nhs_number"),
    ):
        assert said.status == 0, said.told
        ((code, message),) = [(one["code"], one["message"]) for one in said.json["warnings"]]
        assert code == "type-lists-people"
        assert repr(column) in message
