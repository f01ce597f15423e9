"""The digest of a released table tells of every column, by its name, its type and its cells, whatever it is called."""

from __future__ import annotations

import pytest

from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.database import open_database
from tests.attack.warehouse import KEEP, Warehouse, broken
from tests.conftest import Ndoo
from tests.engines.databases import Place

DIGESTED = ["t", "row", "each", "h", "select", "cells", "a.b", 'q"q', "é"]


def test_the_digest_covers_every_column_whatever_it_is_called(place: Place, ndoo: Ndoo) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    warehouse = Warehouse(place, ndoo)
    names = ['"' + name.replace('"', '""') + '"' for name in DIGESTED]
    warehouse.visits(more="".join(f", {name} TEXT" for name in names), cells=", 'x'" * len(names))
    assert warehouse.uphold().status == 0
    with open_database(place.parsed, read_only=True) as database:
        released = database.resolved(TableName(None, "released"))
        digests = [database.digest(released)]
    for name in ("ward", *names):
        warehouse.run(f"UPDATE released SET {name} = 'changed' WHERE nhs_number = '{KEEP[0]}'")
        with open_database(place.parsed, read_only=True) as database:
            digests.append(database.digest(released))
    assert len(set(digests)) == len(names) + 2
    assert broken(warehouse.verify()) == ["digest"]


def test_names_that_are_exchanged_break_the_digest(place: Place, ndoo: Ndoo) -> None:
    if place.kind == "sqlite in UTF-16":
        return
    warehouse = Warehouse(place, ndoo)
    warehouse.visits(more=", a TEXT, t TEXT", cells=", 'x', 'x'")
    assert warehouse.uphold().status == 0
    assert warehouse.verify().json["verified"]
    warehouse.run(
        "ALTER TABLE released RENAME COLUMN a TO spare",
        "ALTER TABLE released RENAME COLUMN t TO a",
        "ALTER TABLE released RENAME COLUMN spare TO t",
    )
    assert broken(warehouse.verify()) == ["digest"]


def test_a_changed_type_breaks_the_digest(place: Place, ndoo: Ndoo) -> None:
    if place.kind.startswith("sqlite"):
        return  # its columns' types cannot be changed
    warehouse = Warehouse(place, ndoo)
    warehouse.visits(more=", n INTEGER", cells=", 7")
    assert warehouse.uphold().status == 0
    warehouse.run("ALTER TABLE released ALTER n TYPE BIGINT")
    assert broken(warehouse.verify()) == ["digest"]


def test_names_inside_a_type_that_are_exchanged_break_the_digest(postgresql: Place, ndoo: Ndoo) -> None:
    """The type goes on being called what it was, and the cells say the same."""
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.run(
        "CREATE TYPE pair AS (weight TEXT, height TEXT)",
        "CREATE DOMAIN measured AS pair[]",
        "CREATE TYPE visit AS (day DATE, found measured)",
    )
    warehouse.visits(more=", remark visit", cells=", ROW('2026-11-29', ARRAY[ROW('1', '2')::pair])::visit")
    assert warehouse.uphold().status == 0
    assert warehouse.verify().json["verified"]
    warehouse.run(
        "ALTER TYPE pair RENAME ATTRIBUTE weight TO spare",
        "ALTER TYPE pair RENAME ATTRIBUTE height TO weight",
        "ALTER TYPE pair RENAME ATTRIBUTE spare TO height",
    )
    assert broken(warehouse.verify()) == ["digest"]


def test_a_column_that_may_be_missing_since_breaks_the_digest(postgresql: Place, ndoo: Ndoo) -> None:
    """Keys are the reader's to add, so that more of what is required is no change."""
    warehouse = Warehouse(postgresql, ndoo)
    warehouse.visits(more=", n INTEGER", cells=", 7")
    warehouse.run("ALTER TABLE visits ALTER nhs_number SET NOT NULL")
    warehouse.patients()
    assert (warehouse.uphold().status, warehouse.uphold_schema().status) == (0, 0)
    warehouse.run("ALTER TABLE released ALTER n SET NOT NULL", "ALTER TABLE released ADD PRIMARY KEY (nhs_number)")
    assert warehouse.verify().json["verified"]
    warehouse.run(
        "ALTER TABLE released DROP CONSTRAINT released_pkey",
        "ALTER TABLE released ALTER nhs_number DROP NOT NULL",
        "ALTER TABLE out.patients ALTER id DROP NOT NULL",
    )
    assert broken(warehouse.verify()) == ["digest"]
    assert broken(warehouse.verify("out")) == ["digest"]


CELLS = {
    "JSON": [
        """'{"a": 1}'""",
        """'{"a":1}'""",
        "'1.0'",
        "'1.00'",
        "'9007199254740992.5'",
        "'9007199254740992.25'",
        "'null'",
        "NULL",
        """'"NULL"'""",
    ],
    "JSON[]": ["""['{"a": 1}']""", """['{"a":1}']""", "['null']", "[NULL]", "[]", "['[]']", "NULL"],
    "STRUCT(j JSON, t VARCHAR)": [
        "{'j': '1.0', 't': 'x'}",
        "{'j': '1.00', 't': 'x'}",
        "{'j': '1.0', 't': NULL}",
        "NULL",
    ],
    "UNION(a INTEGER, b INTEGER)": ["union_value(a := 1)", "union_value(b := 1)", "NULL"],
    "BLOB": ["'\\x00'::BLOB", "'\\x5Cx00'::BLOB", "''::BLOB", "NULL"],
    "DOUBLE": ["'nan'", "'inf'", "0.0", "0.1", "0.30000000000000004", "0.3", "NULL"],
    "VARCHAR": ["'NULL'", "'null'", "''", "' '", "chr(0)", "NULL"],
    "MAP(VARCHAR, INTEGER)": ["MAP {'a': 1, 'b': 2}", "MAP {'b': 2, 'a': 1}", "MAP {'a': NULL}", "MAP {}", "NULL"],
    "TIMESTAMP_NS": ["'2026-11-29 12:00:00.000000001'", "'2026-11-29 12:00:00'", "NULL"],
}
"""Values of types of DuckDB of which no two are the same."""


@pytest.mark.parametrize("place", ["duckdb"], indirect=True)
def test_no_two_values_have_one_digest(place: Place) -> None:
    """What is put into JSON loses blanks and digits there: a table was changed, and verified."""
    for type_, values in CELLS.items():
        place.run(f"CREATE OR REPLACE TABLE released (x {type_})", "INSERT INTO released VALUES (NULL)")
        digests = []
        for value in values:
            place.run(f"UPDATE released SET x = {value}")
            with open_database(place.parsed, read_only=True) as database:
                digests.append(database.digest(database.resolved(TableName(None, "released"))))
        assert len(set(digests)) == len(values), (type_, [values[digests.index(one)] for one in digests])
