"""The digest of a released table tells of every column, by its name, its type and its cells, whatever it is called."""

from __future__ import annotations

from ndoo.upholding.database_address import TableName
from ndoo.upholding.in_place.database import open_database
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
