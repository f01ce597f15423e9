"""Each type of each database is decided on, in one place: searched by what it is, unable to hold a number, or refused by name. Values stay as they are."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.column_types import kind_of
from ndoo.upholding.databases.value_codes import undone
from ndoo.upholding.sql.dialects import TypeKind
from tests.attack.warehouse import KEEP, OPT, Warehouse, refused
from tests.conftest import Ndoo
from tests.engines.databases import Place, made

INTERNAL = {
    "gtsvector",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
}
"""PostgreSQL's own notes, which no table of anybody's holds."""


def test_every_type_of_postgresql_is_decided(postgresql: Place) -> None:
    found = postgresql.run(
        "SELECT typname FROM pg_type WHERE typtype = 'b' AND typnamespace = 'pg_catalog'::regnamespace AND typoutput <> 'array_out'::regproc"
    )
    assert {name for (name,) in found if kind_of("postgresql", name) is TypeKind.UNKNOWN} == INTERNAL


@pytest.fixture
def duckdb_file(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    (place,) = made("duckdb", tmp_path, request)
    return place


def test_every_type_of_duckdb_is_decided(duckdb_file: Place) -> None:
    found = {
        name.lower() for (name,) in duckdb_file.run("SELECT DISTINCT logical_type FROM duckdb_types() WHERE internal")
    }
    containers = {"list", "array", "struct", "map", "union", "tuple"}
    assert {name for name in found - containers if kind_of("duckdb", name) is TypeKind.UNKNOWN} == {"variant", "type"}


ODD = [
    "CREATE TYPE odd",
    "CREATE FUNCTION odd_in(cstring) RETURNS odd AS 'textin' LANGUAGE internal IMMUTABLE STRICT",
    "CREATE FUNCTION odd_out(odd) RETURNS cstring AS 'textout' LANGUAGE internal IMMUTABLE STRICT",
    "CREATE TYPE odd (INPUT = odd_in, OUTPUT = odd_out, LIKE = text)",
    "CREATE DOMAIN odd_of AS odd",
    "CREATE TYPE pair AS (a INTEGER, b odd)",
    "CREATE TYPE uuid AS (a odd)",
]


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("postgresql", ["odd", "odd_of", "odd[]", "pair", "pair[]", "pg_node_tree", "public.uuid"]),
        ("duckdb", ["VARIANT", "VARIANT[]", "STRUCT(a INTEGER, b VARIANT)", "MAP(VARCHAR, VARIANT)"]),
    ],
)
def test_a_type_that_nobody_knows_is_refused_and_named(
    kind: str, types: list[str], tmp_path: Path, request: pytest.FixtureRequest, ndoo: Ndoo
) -> None:
    for place in made(kind, tmp_path, request):
        warehouse = Warehouse(place, ndoo)
        warehouse.run(*(ODD if kind == "postgresql" else ()))
        for at, type_ in enumerate(types):
            warehouse.visits(f"visits{at}", more=f", shape {type_}", cells=", NULL")
            refused(
                warehouse.uphold(f"visits{at}", f"r{at}"),
                3,
                "column-type-unknown",
                "'shape'",
                type_.split("(")[0].removeprefix("public."),
            )
        last = len(types) - 1
        assert warehouse.uphold(f"visits{last}", f"r{last}", "--ignore-column", "shape").status == 0
        assert warehouse.verify(f"r{last}").json["verified"]
        assert warehouse.uphold(f"visits{last}", "renamed", "--ignore-column", "shape").status == 0
        warehouse.run("ALTER TABLE renamed RENAME COLUMN shape TO form")
        assert warehouse.verify("renamed").status == 3


def test_a_type_of_an_extension_that_is_not_loaded_is_refused(
    duckdb_file: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is loaded here, so that no such table can be made to be read."""
    with duckdb_file.open() as database:
        monkeypatch.setattr(database, "run", lambda *_: [("address", "INET", False)])
        (column,) = database.columns(TableName(None, "visits"))
        assert column.kind is TypeKind.UNKNOWN
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("bytea", "'\\x00ff'"),
        ("uuid", "gen_random_uuid()"),
        ("varbit", "B'1011'"),
        ("inet", "'2001:db8::7'"),
        ("tsvector", "'a b'"),
    ],
)
def test_values_in_a_code_that_name_nobody_stop_nothing(column: str, cell: str, postgresql: Place, ndoo: Ndoo) -> None:
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.visits(more=f", remark {column}", cells=f", {cell}")
    assert warehouse.uphold().status == 0
    assert warehouse.run("SELECT remark FROM visits WHERE ward = 'w20'") == warehouse.run(
        "SELECT remark FROM released WHERE ward = 'w20'"
    )


def test_what_stands_in_a_code_is_read_as_what_it_stands_for() -> None:
    import pyarrow as pa

    number = OPT[0]
    hexed = number.encode().hex()

    def read(*cells: str | None) -> list[bytes]:
        return undone(pa.array(cells), only_uuids=False).to_pylist()

    assert read(f'{{"\\\\x{hexed[:10]}","\\\\x{hexed[10:]}"}}', None, "")[-1] == number.encode()
    assert bytes.fromhex(f"{hexed}abcdefabcdef") in read(
        f"({hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:]}-abcdefabcdef)"
    )
    assert number.encode() in read(f"{int(number):034b}")
    assert read(f"1{0:099b}") == []
    assert f"{hexed}".encode() + b"0" * 12 in read(":".join(hexed[at : at + 4] for at in range(0, 20, 4)) + "::")
    assert read("10:11:12", "ab:cd::ef::1") == []
    assert read(f"'{number[3:6]}':2 '{number[6:]}':3A,9 '{number[:3]}':1", "'it''s'") == [
        f"{number[:3]} {number[3:6]} {number[6:]} {number[6:]}".encode(),
        b"it's",
    ]


# ---- SQLite: each value has a type of its own -------------------------------------------------------------------------------

VALUES = [
    "'0123'",
    "'12.0'",
    "5.0",
    "5",
    "1.5",
    "x'31'",
    "'abc'",
    "NULL",
    "'1e3'",
    "9007199254740993",
    "'9007199254740993'",
]


@pytest.fixture
def sqlite_file(tmp_path: Path, request: pytest.FixtureRequest, ndoo: Ndoo) -> Warehouse:
    (place,) = made("sqlite", tmp_path, request)
    rows = ", ".join(
        f"('{number}', {value})" for number, value in zip((OPT[0], *KEEP), (*VALUES, *VALUES), strict=False)
    )
    warehouse = Warehouse(place, ndoo)
    for name, type_, options in (
        ("strict", "ANY", "STRICT"),
        ("loose", "ANY", ""),
        ("bare", "", ""),
        ("texts", "TEXT", ""),
        ("numbers", "REAL", ""),
    ):
        warehouse.run(
            f"CREATE TABLE {name} (nhs_number TEXT, x {type_}) {options}", f"INSERT INTO {name} VALUES {rows}"
        )
    return warehouse


def _told(warehouse: Warehouse, table: str) -> list[tuple[object, ...]]:
    return warehouse.run(
        f"SELECT nhs_number, TYPEOF(x), QUOTE(x) FROM {table} WHERE nhs_number <> '{OPT[0]}' ORDER BY nhs_number, 3"
    )


@pytest.mark.parametrize("view", ["SELECT * FROM {}", "SELECT nhs_number, COALESCE(x, 'none') AS x FROM {}"])
def test_values_of_any_type_keep_it(view: str, sqlite_file: Warehouse) -> None:
    for table in ("strict", "loose", "bare", "texts", "numbers"):
        sqlite_file.run(f"CREATE VIEW v_{table} AS {view.format(table)}")
        for source in (table, f"v_{table}"):
            said = sqlite_file.uphold(source, f"r_{source}", "--nhs-number", "nhs_number")
            if source == "v_strict" and said.status != 0:
                refused(said, 3, "values-change", "'x'")
                continue
            assert said.status == 0, said.told
            assert _told(sqlite_file, source) == _told(sqlite_file, f"r_{source}"), source
            assert sqlite_file.verify(f"r_{source}").json["verified"]


@pytest.mark.parametrize(
    "tables",
    [
        "texts UNION ALL SELECT * FROM numbers",
        "numbers UNION ALL SELECT * FROM bare",
        "loose UNION ALL SELECT * FROM strict",
    ],
)
def test_a_view_of_two_tables_keeps_each_values_type_or_is_refused(tables: str, sqlite_file: Warehouse) -> None:
    sqlite_file.run(f"CREATE VIEW both AS SELECT * FROM {tables}")
    refused(sqlite_file.uphold("both", "released", "--nhs-number", "nhs_number"), 3, "values-change", "'x'")
    assert not {"released", "released_manifest"} & sqlite_file.place.tables()
    sqlite_file.run("CREATE TABLE copied (nhs_number TEXT, x)", "INSERT INTO copied SELECT * FROM both")
    assert sqlite_file.uphold("copied", "released", "--nhs-number", "nhs_number").status == 0
    assert _told(sqlite_file, "both") == _told(sqlite_file, "released")


def test_a_strict_table_stays_strict(sqlite_file: Warehouse) -> None:
    assert sqlite_file.uphold("strict", "released", "--nhs-number", "nhs_number").status == 0
    with pytest.raises(sqlite3.Error):
        sqlite_file.run("INSERT INTO released (nhs_number) VALUES (x'00')")


@pytest.mark.parametrize(
    "type_",
    [
        "TEXT UNIQUE ON CONFLICT IGNORE",
        "UNIQUE",
        "INTEGER PRIMARY KEY",
        "SELECT",
        'a "b',
        "x) STRICT --",
        "TEXT COLLATE NOCASE",
    ],
)
def test_a_type_is_a_name_and_says_nothing_else(type_: str, sqlite_file: Warehouse) -> None:
    """Rows were lost in silence, or nothing was made, where a type of SQLite had the words of a condition."""
    told = type_.replace('"', '""')
    sqlite_file.run(
        f'CREATE TABLE odd (nhs_number TEXT, x "{told}")', "INSERT INTO odd SELECT nhs_number, 'same' FROM texts"
    )
    said = sqlite_file.uphold("odd", "released", "--nhs-number", "nhs_number")
    assert said.status == 0, said.told
    assert _told(sqlite_file, "odd") == _told(sqlite_file, "released")
    assert [row[2] for row in sqlite_file.run("PRAGMA table_xinfo(released)")] == ["TEXT", type_]
    assert sqlite_file.verify().json["verified"]
