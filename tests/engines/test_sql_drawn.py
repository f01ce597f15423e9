"""Printed SQL is run on tables that dice drew, and keeps the rows that `ndoo uphold` keeps; a printed filter covers every table that shows them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.numbers.cleaned_list import Polarity
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold as release
from tests.conftest import TODAY, Ndoo
from tests.engines.catalogue_worlds import MADE, OPT, PEOPLE, quoted, table_world
from tests.engines.databases import Place, made
from tests.engines.worlds import cleaned_list

HOW = ("--nhs-number", "nhs_number", "--list", "opted-out")
DAMAGED = [
    "",
    "NULL",
    "9990000000",
    "1111111111",
    "９９９００００００１",
    f" {PEOPLE[9]} ",
    f"{PEOPLE[9][:3]}-{PEOPLE[9][3:6]}-{PEOPLE[9][6:]}",
    f"'{OPT[1]}'",
    f"{PEOPLE[7]}.0",
    f"{OPT[2][:3]} {OPT[2][3:6]} {OPT[2][6:]}",
    None,
]
LISTED = [None, "unknown"]
"""Of those, what a column of a type that lists its values can hold."""
Run = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def _session(place: Place) -> Iterator[Run]:
    """One connection of a person who runs what was printed."""
    if place.kind == "postgresql":
        with psycopg.connect(place.address, autocommit=True) as server:

            def run(sql: str) -> list[tuple[Any, ...]]:
                cursor = server.execute(sql)
                return cursor.fetchall() if cursor.description else []

            yield run
    elif place.kind == "duckdb":
        with duckdb.connect(str(place.parsed.path)) as file:
            yield lambda sql: file.execute(sql).fetchall()
    else:
        own = sqlite3.connect(str(place.parsed.path), isolation_level=None)
        yield lambda sql: own.execute(sql).fetchall()
        own.close()


def _statements(text: str) -> list[str]:
    return [part for part in text.split(";\n") if any(line and not line.startswith("--") for line in part.split("\n"))]


def _world(place: Place, sealer: Sealer, ndoo: Ndoo, seed: int) -> None:
    world, dice = table_world(seed, place.kind), random.Random(seed)
    schema = "public." if place.kind == "postgresql" else ""
    if place.kind == "postgresql":
        place.run(
            "DROP SCHEMA IF EXISTS public, ndoo_opt_out CASCADE",
            "CREATE SCHEMA public",
            *MADE,
        )
    place.run(
        *(one for one in world.statements if "CREATE MACRO" not in one)
    )  # whoever runs what is printed sees to these
    for cell in LISTED if world.enumerated else dice.sample(DAMAGED, 6):
        told = "NULL" if cell is None else "'" + cell.replace("'", "''") + "'"
        place.run(
            f"INSERT INTO {schema}{world.table} (nhs_number) VALUES ({told})"
            if "VIEW" not in str(world.statements)
            else "SELECT 1"
        )
    listed = cleaned_list(Polarity.OPTED_OUT, OPT, None)
    source, into = f"{schema}{world.table}", f"{schema}{world.into}"
    outcome = release(
        Request(
            place.at(source),
            place.at(into),
            listed,
            datetime.now(UTC),
            columns=ColumnChoice("nhs_number"),
            expected_share=(0, 100),
        ),
        sealer,
    )
    names = ", ".join(map(quoted, world.columns))
    kept = sorted(place.run(f"SELECT {names} FROM {into}"), key=repr)
    if "ndoo_list" in source:
        assert ndoo("sql", source, "--columns", "nhs_number", *HOW, "--dialect", place.kind).status == 2
        return
    call = (
        "sql",
        source,
        "--columns",
        ",".join(world.columns),
        *HOW,
        "--dialect",
        place.kind,
    )
    with _session(place) as run:
        made_, stay, counts = _statements(ndoo(*call).out)
        run(made_)
        run(f"INSERT INTO ndoo_list VALUES {', '.join(f'({number}, 1)' for number in OPT)}")
        assert sorted(run(stay), key=repr) == kept, (seed, place.kind)
        (counted,) = run(counts)
        rows = outcome.rows
        assert counted[:9] == (
            rows.kept,
            *(rows.held.get(why, 0) for why in ("missing", "malformed", "check_digit", "placeholder", "not_covered")),
            0,
            0,
            rows.removed,
        ), seed
        run("DROP TABLE ndoo_list")
        for statement in _statements(ndoo(*call, "--as", "view", "--into", f"{schema}seen").out):
            run(statement)
        there = "ndoo_opt_out_" if place.kind == "sqlite" else "ndoo_opt_out."
        run(f"INSERT INTO {there}numbers VALUES {', '.join(f'({number}, 1)' for number in OPT)}")
        assert run(f"SELECT * FROM {schema}seen") == []
        run(f"INSERT INTO {there}taken VALUES ('{TODAY}')")
        assert sorted(run(f"SELECT * FROM {schema}seen"), key=repr) == kept, (seed, place.kind)


@pytest.mark.parametrize(("kind", "worlds"), [("duckdb", 3), ("sqlite", 12), ("postgresql", 8)])
def test_what_is_printed_keeps_the_rows_that_the_job_keeps(
    kind: str, worlds: int, request: pytest.FixtureRequest, ndoo: Ndoo, own_data_folder: Path
) -> None:
    _worlds(kind, range(worlds), request, ndoo, own_data_folder)


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(4))
@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "postgresql"])
def test_what_is_printed_for_hundreds_keeps_the_rows_that_the_job_keeps(
    kind: str, lot: int, request: pytest.FixtureRequest, ndoo: Ndoo, own_data_folder: Path
) -> None:
    """200 worlds in each kind of database, in lots so that each worker has some."""
    _worlds(kind, range(100 + 50 * lot, 150 + 50 * lot), request, ndoo, own_data_folder)


def _worlds(kind: str, seeds: range, request: pytest.FixtureRequest, ndoo: Ndoo, folder: Path) -> None:
    sealer = load_sealer(folder)
    if kind == "postgresql":
        for seed in seeds:
            _world(request.getfixturevalue("postgresql"), sealer, ndoo, seed)
        return
    for seed in seeds:
        (at := folder.parent / f"world{seed}").mkdir()
        for place in made(kind, at, request):
            _world(place, sealer, ndoo, seed)


OPERATOR = (
    "CREATE FUNCTION public.m(bigint, integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1 / 0::bigint'",
    "CREATE OPERATOR public.% (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = public.m)",
    "CREATE OPERATOR public.= (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = pg_catalog.int84ne)",
    "CREATE FUNCTION public.length(text) RETURNS integer LANGUAGE sql AS 'SELECT 0'",
)
"""What somebody of ill will has in the schema where names are looked for."""
VISITS = (
    "sql",
    "--columns",
    "nhs_number,odd % $ndoo$",
    "--nhs-number",
    "nhs_number",
    "--list",
    "opted-out",
    "--dialect",
    "postgresql",
)


@pytest.fixture
def ill_willed(postgresql: Place) -> Place:
    postgresql.run(
        'CREATE TABLE public.visits (nhs_number TEXT, "odd % $ndoo$" TEXT)',
        f"INSERT INTO public.visits VALUES ('{OPT[0]}', 'a'), ('{PEOPLE[-1]}', 'b'), ('x', 'c')",
        *OPERATOR,
    )
    return postgresql


@pytest.mark.parametrize(
    ("table", "into"), [("public.visits", "public.seen"), ("visits", "public.seen"), ("visits", "seen")]
)
def test_a_view_that_is_printed_asks_nobody_elses_operator(
    ill_willed: Place, ndoo: Ndoo, table: str, into: str
) -> None:
    """Wherever a name without a schema stands, the database says so before names are its own alone."""
    said = ndoo(*VISITS, table, "--as", "view", "--into", into)
    with _session(ill_willed) as run:
        run("SET search_path = public, pg_catalog")
        for statement in _statements(said.out):
            run(statement)
        assert run("SHOW search_path") == [("public, pg_catalog",)]
    _listed(ill_willed)
    assert ill_willed.run("SELECT * FROM public.seen") == [(PEOPLE[-1], "b")]


@pytest.mark.parametrize("table", ["public.visits", "visits"])
def test_rows_that_are_printed_ask_nobody_elses_operator(ill_willed: Place, ndoo: Ndoo, table: str) -> None:
    with _session(ill_willed) as run:
        run("SET search_path = public, pg_catalog")
        made_, stay, counts = _statements(ndoo(*VISITS, table).out)
        run(made_)
        run(f"INSERT INTO ndoo_list VALUES ({OPT[0]}, 1)")
        assert run(stay) == [(PEOPLE[-1], "b")]
        assert run(counts)[0][:9] == (1, 0, 1, 0, 0, 0, 0, 0, 1)


# ---- A filter on a table that is of several ---------------------------------------------------------------------------------

ODD = "q\"q's $ndoo$ \\ %s"
"""What a column may be called."""
FILTER = ("--as", "policy", "--nhs-number", ODD, "--list", "opted-out", "--dialect", "postgresql")


@pytest.fixture
def partitioned(postgresql: Place, ndoo: Ndoo) -> Iterator[Place]:
    """A table with partitions at two levels, of which one lies elsewhere and has its columns in another order, and a role that may read each."""
    place, odd = postgresql, quoted(ODD)
    place.run(
        "CREATE SCHEMA clinic",
        "CREATE SCHEMA archive",
        f'CREATE TABLE clinic."v\'i;s $ndoo$" ({odd} TEXT, year INTEGER) PARTITION BY LIST (year)',
        'CREATE TABLE clinic.old PARTITION OF clinic."v\'i;s $ndoo$" FOR VALUES IN (2025)',
        'CREATE TABLE archive.young PARTITION OF clinic."v\'i;s $ndoo$" FOR VALUES IN (2026, 2027) PARTITION BY LIST (year)',
        f"CREATE TABLE archive.youngest (year INTEGER, {odd} TEXT)",
        "ALTER TABLE archive.young ATTACH PARTITION archive.youngest FOR VALUES IN (2026)",
        f"CREATE TABLE clinic.parent ({odd} TEXT)",
        "CREATE TABLE archive.child (more TEXT) INHERITS (clinic.parent)",
        'INSERT INTO clinic."v\'i;s $ndoo$" VALUES '
        + ", ".join(f"('{number}', {2025 + at % 2})" for at, number in enumerate(PEOPLE)),
        f"INSERT INTO archive.child ({odd}) VALUES " + ", ".join(f"('{number}')" for number in PEOPLE),
        "CREATE ROLE reader",
        "GRANT USAGE ON SCHEMA clinic, archive TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA clinic, archive TO reader",
    )
    yield place
    place.run("DROP OWNED BY reader CASCADE", "DROP ROLE reader")


def _seen(place: Place, table: str) -> set[str]:
    with psycopg.connect(place.address, autocommit=True) as server:
        server.execute("SET ROLE reader")
        return {number for (number,) in server.execute(f"SELECT {quoted(ODD)} FROM {table}".encode()).fetchall()}


def _listed(place: Place) -> None:
    place.run(
        f"INSERT INTO ndoo_opt_out.numbers VALUES {', '.join(f'({number}, 1)' for number in OPT)}",
        f"INSERT INTO ndoo_opt_out.taken VALUES ('{TODAY}')",
    )


def test_a_filter_covers_every_partition_that_may_be_read_by_itself(partitioned: Place, ndoo: Ndoo) -> None:
    tables = ['clinic."v\'i;s $ndoo$"', "clinic.old", "archive.young", "archive.youngest"]
    text = ndoo("sql", tables[0], *FILTER).out
    partitioned.run(text)
    assert [_seen(partitioned, table) for table in tables] == [set()] * 4
    _listed(partitioned)
    stays = set(PEOPLE) - set(OPT)
    assert [_seen(partitioned, table) & set(OPT) for table in tables] == [set()] * 4
    assert _seen(partitioned, tables[0]) == stays
    assert _seen(partitioned, "clinic.old") | _seen(partitioned, "archive.youngest") == stays
    partitioned.run(
        'CREATE TABLE archive.newest PARTITION OF clinic."v\'i;s $ndoo$" DEFAULT',
        "GRANT SELECT ON archive.newest TO reader",
        f"INSERT INTO archive.newest VALUES ('{OPT[0]}', 2030)",
    )
    partitioned.run(text[text.index("DO $") :])
    assert _seen(partitioned, "archive.newest") == set()
    assert _seen(partitioned, tables[0]) == stays


def test_a_filter_covers_the_tables_that_inherit(partitioned: Place, ndoo: Ndoo) -> None:
    partitioned.run(ndoo("sql", "clinic.parent", *FILTER).out)
    _listed(partitioned)
    assert [_seen(partitioned, table) for table in ("clinic.parent", "archive.child")] == [set(PEOPLE) - set(OPT)] * 2


@pytest.mark.parametrize("table", ["clinic.old", "archive.young", "archive.youngest", "archive.child", "clinic.parent"])
def test_no_filter_is_put_where_rows_are_read_around_it(table: str, partitioned: Place, ndoo: Ndoo) -> None:
    """Through the table that it is a part of, or that a part of it is of as well."""
    partitioned.run(f"CREATE TABLE clinic.other ({quoted(ODD)} TEXT)", "ALTER TABLE archive.child INHERIT clinic.other")
    with pytest.raises(psycopg.errors.RaiseException):
        partitioned.run(ndoo("sql", table, *FILTER).out)
    assert partitioned.run("SELECT COUNT(*) FROM pg_policy") == [(0,)]
