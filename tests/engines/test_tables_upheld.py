"""`ndoo uphold ADDRESS --table T --into U`: the real tables, in every database, come to what their files come to."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.conftest import DATA, TODAY, Ndoo
from tests.engines.databases import Place

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
