"""An account that lacks a right is told which, and nothing is half done: exit 5. With exactly the rights that the page names, it is enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attack.warehouse import OPT, Warehouse, broken, refused
from tests.conftest import Ndoo, Said
from tests.engines.databases import Place

READS = [("CONNECT", "DATABASE {database}"), ("TEMPORARY", "DATABASE {database}")]
VERIFIES = [
    *READS,
    ("USAGE", "SCHEMA research"),
    ("SELECT", "TABLE research.released"),
    ("SELECT", "TABLE research.released_manifest"),
]
UPHOLDS = [
    *READS,
    ("USAGE", "SCHEMA clinic"),
    ("SELECT", "TABLE clinic.visits"),
    ("USAGE", "TYPE clinic.ward"),
    ("USAGE", "SCHEMA research"),
    ("CREATE", "SCHEMA research"),
]
VERIFIES_SCHEMA = [
    *READS,
    ("USAGE", "SCHEMA out"),
    ("SELECT", "TABLE out.patients"),
    ("SELECT", "TABLE out.visits"),
    ("SELECT", "TABLE out.ndoo_manifest"),
    ("USAGE", "TYPE clinic.ward"),
]
UPHOLDS_SCHEMA = [
    *READS,
    ("CREATE", "DATABASE {database}"),
    ("USAGE", "SCHEMA clinic"),
    ("SELECT", "TABLE clinic.patients"),
    ("SELECT", "TABLE clinic.visits"),
    ("USAGE", "TYPE clinic.ward"),
]


@pytest.fixture
def warehouse(postgresql: Place, ndoo: Ndoo) -> Iterator[Warehouse]:
    """Nobody may do anything that is not granted; `worker` is who tries."""
    made = Warehouse(postgresql, ndoo)
    made.patients()
    made.run(
        "CREATE SCHEMA research",
        "CREATE DOMAIN clinic.ward AS TEXT",
        "CREATE TABLE clinic.visits (nhs_number TEXT, ward clinic.ward)",
        "INSERT INTO clinic.visits SELECT nhs_number, 'w' FROM clinic.patients",
    )
    ((database,),) = made.run("SELECT current_database()")
    made.run(
        "CREATE ROLE worker LOGIN",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "REVOKE USAGE ON TYPE clinic.ward FROM PUBLIC",
    )
    yield made
    made.run("DROP OWNED BY worker CASCADE", "DROP ROLE worker")


def _granted(warehouse: Warehouse, rights: list[tuple[str, str]], *, but: tuple[str, str] | None = None) -> str:
    """The address of `worker` with these rights and no others."""
    ((database,),) = warehouse.run("SELECT current_database()")
    warehouse.run("DROP OWNED BY worker CASCADE")
    warehouse.run(
        *(f"GRANT {right} ON {on.format(database=database)} TO worker" for right, on in rights if (right, on) != but)
    )
    return warehouse.as_role("worker")


def _named(right: str, on: str) -> tuple[str, ...]:
    if right == "CONNECT":
        return ("CONNECT",)
    return right, "the database" if on.startswith("DATABASE") else repr(on.split()[1])


def _upholds(warehouse: Warehouse, address: str, *more: object, schema: bool = False) -> Said:
    owner, warehouse.place.address = warehouse.place.address, address
    try:
        if schema:
            return warehouse.uphold_schema("--also", "visits.nhs_number", *more)
        return warehouse.uphold("clinic.visits", "research.released", *more)
    finally:
        warehouse.place.address = owner


@pytest.mark.parametrize("schema", [False, True])
def test_a_verifier_needs_these_rights_and_no_others(schema: bool, warehouse: Warehouse) -> None:
    assert _upholds(warehouse, warehouse.place.address, schema=schema).status == 0
    rights, name = (VERIFIES_SCHEMA, "out") if schema else (VERIFIES, "research.released")
    assert warehouse.verify(name, _granted(warehouse, rights)).json["verified"]
    for missing in rights:
        said = warehouse.verify(name, _granted(warehouse, rights, but=missing))
        refused(said, 5, "database-closed" if missing[0] == "CONNECT" else "database-no-right", *_named(*missing))
    assert warehouse.verify(name).json["verified"]


@pytest.mark.parametrize("schema", [False, True])
def test_who_upholds_needs_these_rights_and_no_others(schema: bool, warehouse: Warehouse) -> None:
    rights = UPHOLDS_SCHEMA if schema else UPHOLDS
    before = warehouse.place.tables()
    for missing in rights:
        said = _upholds(warehouse, _granted(warehouse, rights, but=missing), schema=schema)
        refused(said, 5, "database-closed" if missing[0] == "CONNECT" else "database-no-right", *_named(*missing))
        assert warehouse.place.tables() == before
    assert _upholds(warehouse, _granted(warehouse, rights), schema=schema).status == 0


@pytest.mark.parametrize("schema", [False, True])
def test_an_older_release_is_replaced_by_its_owner_only(schema: bool, warehouse: Warehouse) -> None:
    assert _upholds(warehouse, warehouse.place.address, schema=schema).status == 0
    rights = [*UPHOLDS_SCHEMA, *VERIFIES_SCHEMA] if schema else [*UPHOLDS, *VERIFIES]
    said = _upholds(warehouse, _granted(warehouse, rights), "--replace", schema=schema)
    refused(said, 5, "database-no-right", "ownership", "'out'" if schema else "'research.released'")
    owned = (
        ["SCHEMA out", "TABLE out.patients", "TABLE out.visits", "TABLE out.ndoo_manifest"]
        if schema
        else ["TABLE research.released", "TABLE research.released_manifest"]
    )
    warehouse.run(f"ALTER {owned[0]} OWNER TO worker")
    said = _upholds(warehouse, warehouse.as_role("worker"), "--replace", schema=schema)
    refused(said, 5, "database-no-right", "ownership", "'out." if schema else "'research.released_manifest'")
    warehouse.run(*(f"ALTER {one} OWNER TO worker" for one in owned[1:]))
    assert _upholds(warehouse, warehouse.as_role("worker"), "--replace", schema=schema).status == 0


def test_rights_to_each_column_are_enough_and_to_some_are_not(warehouse: Warehouse) -> None:
    assert _upholds(warehouse, warehouse.place.address).status == 0
    address = _granted(warehouse, VERIFIES, but=("SELECT", "TABLE research.released"))
    warehouse.run("GRANT SELECT (nhs_number) ON research.released TO worker")
    refused(warehouse.verify("research.released", address), 5, "database-no-right", "SELECT", "'research.released'")
    warehouse.run("GRANT SELECT (ward) ON research.released TO worker")
    assert warehouse.verify("research.released", address).json["verified"]


@pytest.mark.parametrize("table", ["released", "released_manifest"])
def test_whoever_is_shown_less_proves_nothing(table: str, warehouse: Warehouse) -> None:
    """Neither of the rows, nor of the manifest; and nothing is upheld of which not all is seen."""
    assert _upholds(warehouse, warehouse.place.address).status == 0
    address = _granted(warehouse, [*VERIFIES, *UPHOLDS[3:]])
    warehouse.run(
        f"ALTER TABLE research.{table} ENABLE ROW LEVEL SECURITY", f"CREATE POLICY p ON research.{table} USING (TRUE)"
    )
    refused(warehouse.verify("research.released", address), 5, "database-no-right", "policy", f"'research.{table}'")
    warehouse.run(
        "ALTER TABLE clinic.visits ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY p ON clinic.visits USING (nhs_number <> '{OPT[0]}')",
        "GRANT USAGE ON SCHEMA clinic TO worker",
    )
    owner, warehouse.place.address = warehouse.place.address, address
    refused(warehouse.uphold("clinic.visits", "research.again"), 5, "database-no-right", "policy", "'clinic.visits'")
    warehouse.place.address = owner
    warehouse.run("ALTER ROLE worker BYPASSRLS")
    assert warehouse.verify("research.released", address).json["verified"]
    warehouse.run("ALTER ROLE worker NOBYPASSRLS")


def test_what_depends_on_an_older_release_keeps_it(warehouse: Warehouse) -> None:
    for schema in (False, True):
        assert _upholds(warehouse, warehouse.place.address, schema=schema).status == 0
    warehouse.run(
        "CREATE VIEW research.seen AS SELECT * FROM research.released",
        "CREATE VIEW research.whole AS SELECT * FROM out.visits",
    )
    for schema in (False, True):
        refused(_upholds(warehouse, warehouse.place.address, "--replace", schema=schema), 2, "table-depended-on")
    assert warehouse.verify("research.released").json["verified"]
    warehouse.run(
        "DROP VIEW research.seen, research.whole",
        "ALTER TABLE out.patients ADD PRIMARY KEY (id)",
        "CREATE TABLE public.theirs (id INTEGER REFERENCES out.patients)",
    )
    assert _upholds(warehouse, warehouse.place.address, "--replace").status == 0
    refused(_upholds(warehouse, warehouse.place.address, "--replace", schema=True), 2, "table-depended-on")


def test_a_key_whose_type_was_changed_is_not_verified_and_is_named(warehouse: Warehouse) -> None:
    warehouse.run(
        "CREATE TABLE clinic.beds (patient INTEGER REFERENCES clinic.patients)",
        "INSERT INTO clinic.beds SELECT id FROM clinic.patients",
    )
    assert _upholds(warehouse, warehouse.place.address, schema=True).status == 0
    warehouse.run("ALTER TABLE out.beds ALTER patient TYPE TEXT")
    said = warehouse.verify("out")
    assert broken(said)
    assert "'beds'" in said.out, said.out
