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


HOSPITAL = [f"P{1000 + at}" for at in range(len(ALL))]
"""What each of the forty is called in a hospital, in the order of `ALL`; those who opted out come first."""
EVERY = "ENUM(" + ", ".join(map(repr, [*HOSPITAL, "P9999"])) + ")"
THOSE_WHO_STAY = "ENUM(" + ", ".join(map(repr, [*HOSPITAL[len(OPT) :], "P9999"])) + ")"


def _hospital(warehouse: Warehouse, types: str, cells: str, *more: str) -> None:
    """A table in whose other columns people have a number of the hospital, which stands for `{}` in `cells`."""
    warehouse.run(
        *more,
        f"CREATE TABLE visits (nhs_number VARCHAR, {types})",
        "INSERT INTO visits VALUES "
        + ", ".join(f"('{n}', {cells.replace('{}', one)})" for n, one in zip(ALL, HOSPITAL, strict=True)),
    )


@pytest.mark.parametrize(
    ("around", "cell"),
    [
        ("{}", "'{}'"),
        ("{}[]", "['{}', NULL]"),
        ("{}[2]", "['{}', NULL]"),
        ("{}[][]", "[['{}'], []]"),
        ("STRUCT(a {}, b INTEGER)", "{'a': '{}', 'b': 1}"),
        ('STRUCT("the ""one"", it\'s" {}[])[]', """[{'the "one", it''s': ['{}']}]"""),
        ("MAP(VARCHAR, {})", "MAP {'a': '{}'}"),
        ("MAP({}, INTEGER[])", "MAP {'{}': [1]}"),
        ("UNION(a {}, b INTEGER)", "union_value(a := '{}')"),
    ],
)
def test_an_enumeration_lists_nothing_that_only_rows_have_that_go(around: str, cell: str, duckdb: Warehouse) -> None:
    """Whatever the values are, and wherever the enumeration stands in a type; what stands in no row tells of nobody."""
    _hospital(duckdb, f"cells {around.replace('{}', EVERY)}", cell)
    said = duckdb.uphold("visits", "released", "--nhs-number", "nhs_number")
    assert said.status == 0, said.told
    duckdb.run(f"CREATE TABLE expected (cells {around.replace('{}', THOSE_WHO_STAY)})")
    assert _type_of(duckdb, "released", "cells") == _type_of(duckdb, "expected", "cells")
    stay = f"SELECT cells FROM visits WHERE nhs_number NOT IN ({', '.join(map(repr, OPT))})"
    assert sorted(map(str, duckdb.run("SELECT cells FROM released"))) == sorted(map(str, duckdb.run(stay)))
    assert duckdb.verify().status == 0


def test_each_place_in_a_type_lists_what_its_own_cells_have(duckdb: Warehouse) -> None:
    """A value that somebody else's row has elsewhere is no reason to list it where only a row has it that goes."""
    types = f"a STRUCT(b {EVERY}, c {EVERY}), code VARCHAR, d {EVERY}, e {EVERY}, f ENUM('all')"
    _hospital(duckdb, types, "{'b': '{}', 'c': NULL}, '{}', 'P1000', NULL, 'all'")
    assert duckdb.uphold("visits", "released", "--nhs-number", "nhs_number", "--held", "aside").status == 0
    inside, with_one = f"STRUCT(b {THOSE_WHO_STAY}, c {THOSE_WHO_STAY})", THOSE_WHO_STAY.replace("(", "('P1000', ")
    duckdb.run(f"CREATE TABLE expected (a {inside}, d {with_one}, e {THOSE_WHO_STAY})")
    for column in ("a", "d", "e"):
        assert _type_of(duckdb, "released", column) == _type_of(duckdb, "expected", column)
    assert _type_of(duckdb, "aside", "e") == "ENUM('P9999')"


def test_an_enumeration_stays_as_it_is_where_no_row_goes(duckdb: Warehouse) -> None:
    _hospital(duckdb, f"code {EVERY}, ward {EVERY}", "'{}', NULL")
    Path("go.txt").write_text(some(41, seed=14)[-1])
    assert duckdb.uphold("visits", "released", "--nhs-number", "nhs_number").status == 0
    for column in ("code", "ward"):
        assert _type_of(duckdb, "released", column) == _type_of(duckdb, "visits", column)


def test_an_enumeration_stays_as_it_is_where_rows_that_stay_have_all_of_it(duckdb: Warehouse) -> None:
    _hospital(duckdb, "ward ENUM('south', 'north')", "IF('{}' < 'P1020', 'north', 'south')")
    assert duckdb.uphold("visits", "released", "--nhs-number", "nhs_number").status == 0
    assert _type_of(duckdb, "released", "ward") == "ENUM('south', 'north')"


def test_enumerations_of_wide_tables_list_those_who_stay(duckdb: Warehouse) -> None:
    more = "".join(f", c{at} INTEGER DEFAULT 1" for at in range(150))
    duckdb.run(f"CREATE TABLE visits (nhs_number VARCHAR{more}, code {EVERY})")
    for n, one in zip(ALL, HOSPITAL, strict=True):
        duckdb.run(f"INSERT INTO visits (nhs_number, code) VALUES ('{n}', '{one}')")
    assert duckdb.uphold("visits", "released", "--nhs-number", "nhs_number").status == 0
    duckdb.run(f"CREATE TABLE expected (code {THOSE_WHO_STAY})")
    assert _type_of(duckdb, "released", "code") == _type_of(duckdb, "expected", "code")


@pytest.mark.parametrize("type_", [EVERY, f"STRUCT(a {EVERY}[])", f"UNION(\"it is ENUM('a')\" {EVERY}, b INTEGER)"])
def test_a_shape_that_is_kept_holds_no_values_of_any_enumeration(type_: str, duckdb: Warehouse, tmp_path: Path) -> None:
    """A shape that was kept with them is still the same."""
    duckdb.visits(more=f", code {type_}", cells=", NULL")
    assert duckdb.uphold("visits", "released", "--shape", "shape.json").status == 0
    shape = json.loads((tmp_path / "shape.json").read_text())
    assert shape["columns"][2] == {"name": "code", "type": _type_of(duckdb, "visits", "code").replace(EVERY, "ENUM")}
    shape["columns"][2]["type"] = _type_of(duckdb, "visits", "code")
    (tmp_path / "shape.json").write_text(json.dumps(shape))
    assert duckdb.uphold("visits", "again", "--shape", "shape.json").status == 0
    shape["columns"][2]["type"] = "VARCHAR"
    (tmp_path / "shape.json").write_text(json.dumps(shape))
    refused(duckdb.uphold("visits", "third", "--shape", "shape.json"), 3, "shape-changed", "'code'")


def test_a_shape_that_is_kept_holds_no_values_of_an_enumeration_of_people(duckdb: Warehouse, tmp_path: Path) -> None:
    _visits(duckdb)
    said = duckdb.uphold("visits", "released", "--shape", "shape.json")
    assert said.status == 0, said.told
    shape = (tmp_path / "shape.json").read_text()
    assert not [number for number in ALL if number in shape]
    assert {column["type"] for column in json.loads(shape)["columns"]} == {"ENUM"}


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


@pytest.mark.parametrize(
    ("made_", "cell"),
    [
        (f"CREATE TYPE code AS {EVERY.replace('ENUM', 'ENUM ')}", "'{}'"),
        (f"CREATE DOMAIN code AS TEXT CHECK (VALUE IN ({EVERY[5:-1]}))", "'{}'"),
        (f"CREATE TYPE inner_ AS {EVERY}; CREATE TYPE code AS (a inner_, b INTEGER)", "ROW('{}', 1)::code"),
        (f"CREATE TYPE inner_ AS {EVERY}; CREATE DOMAIN code AS inner_[]", "ARRAY['{}']::inner_[]"),
    ],
)
def test_a_type_that_stays_in_the_database_and_lists_what_only_rows_have_that_go_is_told(
    made_: str, cell: str, postgresql: Place, ndoo: Ndoo
) -> None:
    """How many, and none of them."""
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.patients()
    warehouse.run(*made_.split("; "), 'ALTER TABLE clinic.patients ADD "code %s {}" code, ADD other code')
    for at, one in enumerate(HOSPITAL):
        warehouse.run(f'UPDATE clinic.patients SET "code %s {{}}" = {cell.replace("{}", one)} WHERE id = {at}')
    warehouse.run("CREATE TABLE visits AS SELECT * FROM clinic.patients")
    for said, table in (
        (warehouse.uphold("visits", "released", "--nhs-number", "nhs_number"), "released"),
        (warehouse.uphold_schema(), "patients"),
    ):
        assert said.status == 0, said.told
        ((code, message),) = [(one["code"], one["message"]) for one in said.json["warnings"]]
        assert code == "type-lists-removed"
        assert f"'{table}.code %s {{}}' (10 values)" in message
        assert "P10" not in said.told + said.out
    warehouse.run(f"DELETE FROM visits WHERE nhs_number IN ({', '.join(map(repr, OPT))})")
    said = warehouse.uphold("visits", "second", "--nhs-number", "nhs_number")
    assert "type-lists-removed" not in [one["code"] for one in said.json["warnings"]]
