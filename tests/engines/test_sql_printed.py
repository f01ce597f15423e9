"""`ndoo sql`: what is printed can be parsed in every dialect, and decides as the job does where it can be run here."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pytest
import sqlglot

from ndoo.cli.sql import DIALECTS
from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place
from tests.engines.databases import place as place
from tests.support.command_lines import replaced
from tests.support.numbers import some

PEOPLE = some(10)
CALL = ("sql", "clinic.visits", "--columns", "nhs_number,ward", "--nhs-number", "nhs_number", "--list")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("polarity", ["allowed", "opted-out"])
def test_every_dialect_can_be_parsed(dialect: str, polarity: str, ndoo: Ndoo) -> None:
    said = ndoo(*CALL, polarity, "--dialect", dialect)
    assert (said.status, said.err) == (0, "")
    statements = [one for one in sqlglot.parse(said.out, read=DIALECTS[dialect]) if one is not None]
    assert len([one for one in statements if one.find(sqlglot.exp.Select)]) == 2
    assert ("COLLATE Latin1_General_BIN2" in said.out) == (dialect == "sqlserver")
    assert ndoo(*CALL, polarity, "--dialect", dialect, "--json").json == {"dialect": dialect, "sql": said.out}


def test_what_is_printed_decides_as_the_job_does(ndoo: Ndoo) -> None:
    made, stay, counts = (
        part for part in ndoo(*CALL, "opted-out", "--dialect", "duckdb").out.split(";\n") if part.strip()
    )
    with duckdb.connect() as database:
        database.execute("CREATE SCHEMA clinic; CREATE TABLE clinic.visits (nhs_number TEXT, ward TEXT)")
        database.executemany(
            "INSERT INTO clinic.visits VALUES (?, 'a')", [[number] for number in [*PEOPLE, "12", None]]
        )
        database.execute(made)
        database.execute(f"INSERT INTO ndoo_list VALUES ({PEOPLE[0]}, 1)")
        assert sorted(number for number, _ in database.execute(stay).fetchall()) == sorted(PEOPLE[1:])
        assert database.execute(counts).fetchone() == (9, 1, 1, 0, 0, 0, 0, 0, 1, 9, 1, 0)


def test_a_column_that_is_not_among_them_is_said(ndoo: Ndoo) -> None:
    said = ndoo(*CALL, "allowed", "--dialect", "sqlite", "--also", "mother", "--json")
    assert said.json["error"]["code"] == "column-missing"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("table", ["ndoo_list", "NDOO_List", "main.ndoo_list", "ndoo_judged", "xndoo_fated"])
def test_a_table_that_would_be_taken_for_the_list_is_refused(table: str, dialect: str, ndoo: Ndoo) -> None:
    """In DuckDB a temporary table stands before the one of its name, whatever schema is said."""
    said = ndoo("sql", table, *CALL[2:], "allowed", "--dialect", dialect, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "sql-own-name")


POLICY = (
    "sql",
    "visits",
    "--as",
    "policy",
    "--nhs-number",
    "nhs_number",
    "--also",
    "mother",
    "--list",
    "opted-out",
    "--dialect",
)
ROWS = [*((number, None) for number in PEOPLE), (PEOPLE[5], PEOPLE[0]), ("12", None), (None, None)]
STAY = sorted(PEOPLE[1:])


def test_a_view_hides_those_who_must_go_and_everybody_once_the_list_is_old(place: Place, ndoo: Ndoo) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    said = ndoo(
        "sql",
        "visits",
        "--as",
        "view",
        "--into",
        "seen",
        "--columns",
        "nhs_number,mother",
        "--nhs-number",
        "nhs_number",
        "--also",
        "mother",
        "--list",
        "opted-out",
        "--dialect",
        place.kind,
    )
    place.make("visits", {"nhs_number": "TEXT", "mother": "TEXT"}, ROWS)
    place.run(*_statements(said.out))
    numbers, taken = (f"ndoo_opt_out{'_' if place.kind == 'sqlite' else '.'}{name}" for name in ("numbers", "taken"))
    seen = 'SELECT nhs_number FROM "seen" ORDER BY 1'
    assert place.run(seen) == [], "without a list somebody is seen"
    place.run(f"INSERT INTO {numbers} VALUES ({PEOPLE[0]}, 1)")
    assert place.run(seen) == [], "with a list of unknown age somebody is seen"
    place.run(f"INSERT INTO {taken} VALUES ('{TODAY}')")
    assert [number for (number,) in place.run(seen)] == STAY
    place.run(f"INSERT INTO {taken} VALUES ('2020-01-01')")
    assert place.run(seen) == [], "with an old list somebody is seen"


def test_a_row_filter_hides_them_from_a_role_and_from_the_owner(postgresql: Place, ndoo: Ndoo) -> None:
    postgresql.make("visits", {"nhs_number": "TEXT", "mother": "TEXT"}, ROWS)
    role = f"r{postgresql.address.rpartition('/')[2].partition('?')[0]}"
    postgresql.run(f"CREATE ROLE {role}", f"ALTER TABLE visits OWNER TO {role}", ndoo(*POLICY, "postgresql").out)
    try:
        _seen_through(postgresql, role)
    finally:
        postgresql.run(f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")


def _seen_through(postgresql: Place, role: str) -> None:
    import psycopg

    with psycopg.connect(postgresql.address, autocommit=True) as server:

        def seen() -> list[Any]:
            return [number for (number,) in server.execute("SELECT nhs_number FROM visits ORDER BY 1").fetchall()]

        server.execute(f"SET ROLE {role}")
        assert seen() == []
        for forbidden in ("SELECT * FROM ndoo_opt_out.numbers", "SELECT ndoo_opt_out.may_be_seen('x', NULL)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(forbidden)
        postgresql.run(
            f"INSERT INTO ndoo_opt_out.numbers VALUES ({PEOPLE[0]}, 1)",
            f"INSERT INTO ndoo_opt_out.taken VALUES ('{TODAY}')",
        )
        assert seen() == STAY
        server.execute(f"INSERT INTO visits VALUES ('{PEOPLE[0]}', NULL)")
        assert seen() == STAY
        shown: list[str] = []
        server.add_notice_handler(lambda notice: shown.append(str(notice.message_primary)))
        server.execute(
            "CREATE FUNCTION pg_temp.tells(t TEXT) RETURNS BOOLEAN LANGUAGE plpgsql COST 0.0001 AS "
            "'BEGIN RAISE NOTICE ''%'', t; RETURN true; END'"
        )
        server.execute("SELECT * FROM visits WHERE pg_temp.tells(nhs_number)")
        assert sorted(shown) == STAY, "a function of the reader's own sees rows that the reader does not"
        postgresql.run("UPDATE ndoo_opt_out.taken SET checked_on = '2020-01-01'")
        assert seen() == []


@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Spark's sockets
def test_a_row_filter_of_spark_decides_as_the_job_does(spark: Any, ndoo: Ndoo) -> None:
    (function,) = [part for part in _statements(ndoo(*POLICY, "databricks").out) if "CREATE FUNCTION" in part]
    function = function.replace("CREATE FUNCTION ndoo_opt_out.", "CREATE OR REPLACE TEMPORARY FUNCTION ")
    spark.createDataFrame(ROWS, "nhs_number string, mother string").createOrReplaceTempView("visits")
    spark.sql(f"SELECT {PEOPLE[0]} AS number, 1 AS listed").createOrReplaceTempView("ndoo_numbers")
    for taken, expected in (("DATE'2020-01-01'", []), ("CURRENT_DATE()", STAY)):
        spark.sql(f"SELECT {taken} AS checked_on").createOrReplaceTempView("ndoo_taken")
        spark.sql(re.sub(r"`?ndoo_opt_out`?\.", "ndoo_", function).replace("`numbers`", "numbers"))
        seen = spark.sql("SELECT nhs_number FROM visits WHERE may_be_seen(nhs_number, mother)").collect()
        assert sorted(row[0] for row in seen) == expected


@pytest.mark.parametrize("form", ["view", "policy"])
def test_what_is_printed_for_sql_server_can_be_parsed_and_names_every_column(form: str, ndoo: Ndoo) -> None:
    more = ("--as", "view", "--into", "seen", "--columns", "nhs_number,mother") if form == "view" else ()
    text = ndoo(*POLICY, "sqlserver", *more).out
    for batch in text.split("\nGO"):
        query = re.sub(r"(?s)^.*(?:AS RETURN|CREATE VIEW \S+ AS)\n", "", batch)
        assert sqlglot.parse(query.partition("-- 3.")[0] if "SECURITY POLICY" in query else query, read="tsql")
    if form == "policy":
        assert "*" not in text.partition("AS RETURN")[2].replace(" * ", "").partition("-- 3.")[0]
        assert "@ndoo_arg1 AS key1" in text
        assert "ADD FILTER PREDICATE ndoo_opt_out.may_be_seen([nhs_number], [mother]) ON [visits]" in text


def _statements(text: str) -> list[str]:
    return [part for part in text.split(";\n") if re.sub(r"(?m)^--.*$", "", part).strip()]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ((*POLICY, "sqlite"), "policy-elsewhere"),
        ((*replaced(POLICY[:-1], "--as", "rows"), "--dialect", "sqlite"), "columns-missing"),
        ((*replaced(POLICY[:-1], "--as", "view"), "--dialect", "sqlite"), "view-name"),
        (("uphold", "sqlite:///x.db#visits", "--into", "seen", "--as", "view"), "view-not-proven"),
        (("uphold", "x.csv", "-o", "seen", "--as", "view"), "table-of-file"),
    ],
)
def test_what_cannot_be_printed_or_proven_is_refused(call: tuple[str, ...], code: str, ndoo: Ndoo) -> None:
    said = ndoo(*call, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, code)
