"""`ndoo uphold ADDRESS --table T --into U`: the real tables, in every database, come to what their files come to."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.conftest import DATA, TODAY, Ndoo
from tests.engines.databases import Place
from tests.engines.test_schema_agrees import load
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene

NAMES = ["pbcseq", "flchain", "rwm5yr"]


def loaded(place: Place, name: str) -> list[list[str]]:
    """A real table, every column as text, in the database; its rows."""
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        heading, *rows = csv.reader(file)
    place.make(name, dict.fromkeys(heading, "TEXT"), rows)
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_a_real_table_comes_to_what_its_file_comes_to(place: Place, name: str, ndoo: Ndoo, tmp_path: Path) -> None:
    loaded(place, name)
    before = place.tables()
    lists = [
        "--opted-out",
        DATA / f"{name}.opted_out.txt",
        "--checked-at",
        TODAY,
        "--nhs-number",
        "nhs_number",
        "--json",
    ]
    of_file = ndoo("uphold", DATA / f"{name}.csv", "-o", "out.csv", *lists)
    of_table = ndoo("uphold", place.address, "--table", name, "--into", "released", *lists)
    assert (of_file.status, of_table.status) == (0, 0), of_table.told
    for part in ("rows", "people", "columns", "undecided", "warnings", "type1", "decision", "kind"):
        assert of_file.json[part] == of_table.json[part]
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        _, *kept = csv.reader(file)
    assert sorted(place.run('SELECT * FROM "released"')) == sorted(map(tuple, kept))
    assert place.tables() - before == {"released", "released_manifest"}
    ((sealed,),) = place.run("SELECT manifest FROM released_manifest")
    assert json.loads(sealed) == of_table.json


def test_what_was_written_is_told_as_it_is_there(place: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    """In the language of databases: no file is named that nobody wrote, though a folder here is called as the table."""
    people = some(9)
    place.make("visits", {"nhs_number": "TEXT"}, [(one,) for one in people])
    (tmp_path / "gone.txt").write_text(people[0])
    (tmp_path / "into").mkdir()
    long = "into" + 55 * "x"
    before = place.tables()
    for name, more, written in (
        ("into", (), "Wrote the table into of {} and its manifest, the table into_manifest, signed"),
        ("more", ("--manifest", "m.json"), "and its manifest, the table more_manifest (and as m.json), signed"),
        (long, (), f"Wrote the table {long} of {{}} and its manifest, the table into"),
    ):
        call = ("--table", "visits", "--into", name, "--opted-out", "gone.txt", "--checked-at", TODAY, *more)
        dry = ndoo("uphold", place.address, *call, "--dry-run")
        assert f"It would write the table {name} of " in dry.told
        said = ndoo("uphold", place.address, *call)
        assert said.status == 0 and written.format(shown(place)) in said.told, said.told
        told = re.search(r"its manifest, the table (\S+)( \(and|, signed)", said.told)
        assert told and {told[1], name} == place.tables() - before
        before = place.tables()


def shown(place: Place) -> str:
    from ndoo.upholding.database_address import address_of

    return address_of(place.address).shown


def test_a_schema_that_was_written_is_told_with_the_table_of_its_manifest(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    load(postgresql, scene(tmp_path / "in"))
    (tmp_path / "gone.txt").write_text(GO + "\n")
    call = ("--nhs-number", "patients.nhs_number", "--opted-out", "gone.txt", "--checked-at", TODAY)
    said = ndoo("uphold", postgresql.address, "--schema", "clinic", "--into", "released", *call)
    where = (
        f"Wrote the schema released of {shown(postgresql)} and its manifest, the table released.ndoo_manifest, signed"
    )
    assert said.status == 0 and where in said.told, said.told
    assert postgresql.run("SELECT count(*) FROM released.ndoo_manifest") == [(1,)]
