"""One table has many names, and one name many tables: what is meant is settled by the catalogue, and nothing is dropped that is no release."""

from __future__ import annotations

import pytest

from tests.attack.warehouse import ALL, Warehouse, refused
from tests.conftest import Ndoo
from tests.engines.databases import Place

OTHER_NAMES = {
    "postgresql": [("visits", "public.visits"), ("public.visits", "visits"), ("visits", '"visits"')],
    "duckdb": [("visits", "VISITS"), ("Visits", "main.visits"), ("visits", "Main.Visits"), ("main.visits", '"visits"')],
    "sqlite": [("visits", "VISITS"), ("Visits", "main.visits"), ("visits", "MAIN.Visits"), ("main.visits", '"visits"')],
}


@pytest.fixture
def warehouse(place: Place, ndoo: Ndoo) -> Warehouse:
    made = Warehouse(place, ndoo)
    made.visits()
    return made


def test_the_source_is_itself_under_every_name(warehouse: Warehouse) -> None:
    for table, into in OTHER_NAMES.get(warehouse.place.kind, []):
        for more in (("--replace",), ()):
            refused(warehouse.uphold(table, into, *more), 2, "output-is-input")
            refused(warehouse.uphold(table, "released", "--held", into, *more), 2, "output-is-input")
    refused(warehouse.uphold("visits", "released", "--held", "released"), 2, "outputs-same")
    assert warehouse.rows("visits") == 40


@pytest.mark.parametrize("kind", ["of a table", "of a view", "beside", "held"])
def test_nothing_is_replaced_but_an_older_release(warehouse: Warehouse, kind: str) -> None:
    match kind:
        case "of a table":
            warehouse.run("CREATE TABLE mine AS SELECT * FROM visits")
            refused(warehouse.uphold("visits", "mine", "--replace"), 2, "table-exists")
        case "of a view":
            assert warehouse.uphold("visits", "mine").status == 0
            warehouse.run("DROP TABLE mine", "CREATE VIEW mine AS SELECT * FROM visits")
            refused(warehouse.uphold("visits", "mine", "--replace"), 2, "table-exists")
        case "beside":
            warehouse.run("CREATE TABLE mine_manifest AS SELECT ward AS manifest FROM visits")
            refused(warehouse.uphold("visits", "mine", "--replace"), 2, "table-exists")
            warehouse.run("CREATE TABLE mine AS SELECT * FROM visits")
            refused(warehouse.uphold("visits", "mine", "--replace"), 2, "table-exists")
            assert warehouse.rows("mine_manifest") == 40
        case "held":
            warehouse.run("CREATE TABLE mine AS SELECT * FROM visits")
            assert warehouse.uphold().status == 0
            refused(warehouse.uphold("visits", "released", "--held", "mine", "--replace"), 2, "table-exists")
            assert warehouse.uphold("visits", "released", "--held", "parked", "--replace").status == 0
            assert warehouse.uphold("visits", "released", "--held", "parked", "--replace").status == 0
    assert warehouse.rows("mine") == 40


@pytest.mark.parametrize("beside", ["", "_manifest"])
def test_an_older_release_from_which_the_source_reads_is_not_replaced(warehouse: Warehouse, beside: str) -> None:
    """It is the source, under the name of a view."""
    assert warehouse.uphold().status == 0
    more = f" WHERE EXISTS (SELECT 1 FROM released{beside})"
    warehouse.run(
        f"CREATE VIEW below AS SELECT nhs_number, ward FROM visits{more}",
        "CREATE VIEW recent AS SELECT nhs_number, ward FROM below",
    )
    refused(warehouse.uphold("recent", "released", "--replace"), 2, "table-depended-on")
    assert (warehouse.rows("released"), warehouse.rows("recent")) == (30, 40)


def test_nor_one_that_is_called_as_a_table_of_the_system_is(warehouse: Warehouse) -> None:
    """Once it is dropped, the view can still be read: it shows the system's own table."""
    schema = "public." if warehouse.place.kind == "postgresql" else ""
    name = schema + ("released" if "sqlite" in warehouse.place.kind else "pg_class")
    assert warehouse.uphold("visits", name).status == 0
    warehouse.run(f"CREATE VIEW recent AS SELECT * FROM {name}")
    refused(warehouse.uphold("recent", name, "--replace"), 2, "table-depended-on")
    assert (warehouse.rows(name), warehouse.rows("recent")) == (30, 30)
    warehouse.run("DROP VIEW recent")
    assert warehouse.uphold("visits", name, "--replace").status == 0


def test_a_manifest_carried_beside_another_table_makes_it_no_release(warehouse: Warehouse) -> None:
    assert warehouse.uphold().status == 0
    warehouse.run(
        "CREATE TABLE mine AS SELECT * FROM visits", "CREATE TABLE mine_manifest AS SELECT * FROM released_manifest"
    )
    refused(warehouse.uphold("visits", "mine", "--replace"), 2, "table-exists")
    assert warehouse.rows("mine") == 40


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["sqlite_released", "SQLite_x", "main.sqlite_stat1"])
def test_a_name_that_is_the_databases_own_is_no_place_for_a_result(warehouse: Warehouse, name: str) -> None:
    refused(warehouse.uphold("visits", name), 2, "table-place")
    refused(warehouse.uphold("visits", "released", "--held", name), 2, "table-place")


@pytest.mark.parametrize("place_", ["pg_temp", "temp", "TEMP", "pg_catalog", "information_schema", "system", "nowhere"])
def test_a_result_goes_where_it_stays(warehouse: Warehouse, place_: str) -> None:
    refused(warehouse.uphold("visits", f"{place_}.gone"), 2, "table-place")
    refused(warehouse.uphold("visits", "released", "--held", f"{place_}.gone"), 2, "table-place")


@pytest.mark.parametrize("name", ["visits.2026", 'the "visits"', "v" * 63, "é" * 31, "v'i;s--", "Visits 1", "select"])
def test_a_strange_name_is_upheld_replaced_and_verified(warehouse: Warehouse, name: str) -> None:
    said = '"' + name.replace('"', '""') + '"'
    into = '"' + name[:-1].replace('"', '""') + 'r"' if len(name) > 30 else '"r of ' + name.replace('"', '""') + '"'
    warehouse.run(f"ALTER TABLE visits RENAME TO {said}")
    assert warehouse.uphold(said, into).status == 0
    assert warehouse.uphold(said, into, "--replace").status == 0
    assert warehouse.rows(into) == 30
    assert warehouse.verify(into).json["verified"]
    refused(warehouse.uphold(said, said, "--replace"), 2, "output-is-input")


def test_a_schema_is_not_replaced_by_its_own_backup(postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.patients()
    warehouse.patients("clinic_backup")
    refused(warehouse.uphold_schema("--held", "clinic_backup", "--replace"), 2, "schema-exists")
    for into in ("pg_temp", "pg_new", "information_schema"):
        refused(warehouse.uphold_schema(into=into), 2, "table-place")
    for _ in range(2):
        assert warehouse.uphold_schema("--held", "parked", "--replace").status == 0
    refused(warehouse.uphold_schema("--held", "clinic_backup", "--replace"), 2, "schema-exists")
    warehouse.run("CREATE VIEW of_out AS SELECT * FROM out.patients")
    refused(warehouse.uphold_schema("--replace"), 2, "table-depended-on")
    assert warehouse.rows("of_out") == 30
    assert warehouse.rows("clinic_backup.patients") == 40


@pytest.mark.parametrize("dialect", ["postgresql", "duckdb", "sqlite", "sqlserver", "spark"])
@pytest.mark.parametrize("sign", ["\n", "\r", "\x0b", "\u2028", "\x00", "\x85"])
def test_printed_sql_holds_no_line_that_a_name_brought_along(ndoo: Ndoo, dialect: str, sign: str) -> None:
    def prints(table: str, columns: str, key: str, *more: str) -> str:
        said = ndoo(
            "sql",
            table,
            "--dialect",
            dialect,
            "--columns",
            columns,
            "--nhs-number",
            key,
            "--list",
            "allowed",
            "--json",
            *more,
        )
        assert said.status == 2
        return str(said.json["error"]["code"])

    evil = f"v{sign}DROP TABLE visits; --"
    assert prints(evil, "n", "n") == "name-unseen-signs"
    assert prints("visits", f"n,{evil}", "n") == "name-unseen-signs"
    assert prints("visits", evil, evil) == "name-unseen-signs"
    assert prints("visits", "n", "n", "--as", "view", "--into", evil) == "name-unseen-signs"


def test_an_unqualified_name_is_the_one_that_the_account_means(postgresql: Place, ndoo: Ndoo) -> None:
    """And a table of its name in a place that is looked into later is another one."""
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.visits()
    warehouse.run(
        "CREATE SCHEMA mine",
        "CREATE TABLE mine.visits (nhs_number TEXT, ward TEXT)",
        f"INSERT INTO mine.visits VALUES ('{ALL[20]}', 'x')",
    )
    role = warehouse.as_role("reader", search_path="mine,public")
    warehouse.run("GRANT ALL ON SCHEMA mine TO reader", "GRANT ALL ON mine.visits TO reader")
    try:
        warehouse.place.address, address = role, warehouse.place.address
        assert warehouse.uphold().json["rows"]["read"] == 1
        refused(warehouse.uphold("mine.visits", "visits", "--replace"), 2, "output-is-input")
        refused(warehouse.uphold("visits", "mine.visits", "--replace"), 2, "output-is-input")
    finally:
        warehouse.place.address = address
    assert warehouse.rows("mine.released") == 1
    warehouse.run("DROP OWNED BY reader", "DROP ROLE reader")


@pytest.mark.parametrize("schema", ["temp", "pg_temp", "nowhere"])
def test_a_source_is_no_temporary_table(warehouse: Warehouse, schema: str) -> None:
    refused(warehouse.uphold(f"{schema}.visits"), 2, "table-missing")
