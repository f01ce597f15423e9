"""`ndoo sql`: what is printed can be parsed in every dialect, and decides as the job does where it can be run here."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot

from ndoo.cli.sql import DIALECTS
from tests.conftest import Ndoo
from tests.numbers import some

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
