"""A PostgreSQL schema comes to what a folder of the same tables comes to, along every key; all tables appear, or none."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place, made
from tests.numbers import some
from tests.unit.upholding.linked.scene import GO, scene

PEOPLE = some(12, seed=5)
LINKS = {
    "patients": [("mother", "patients", "id")],
    "episodes": [("patient", "patients", "id"), ("ward", "wards", "ward"), ("main", "results", "id")],
    "results": [("episode", "episodes", "id"), ("of", "results", "id")],
    "letters": [("sender", "patients", "id"), ("about", "patients", "id"), ("result", "results", "id")],
    "notes": [("nhs_number", "patients", "nhs_number"), ("episode", "episodes", "id")],
    "wards": [],
}


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from made("postgresql", tmp_path, request)


def world(folder: Path, seed: int) -> None:
    """A folder of six tables with circles, orphans, blanks, damaged numbers and people whom nobody knows."""
    dice = random.Random(seed)

    def one_of(letter: str, count: int, blank: float = 0.25) -> str:
        return "" if dice.random() < blank else f"{letter}{dice.randrange(count + 1)}"  # the last one is not there

    numbers = dice.sample(PEOPLE, 8)
    strange = ["", "9990000000", "12"]
    tables = {
        "patients": [["id", "nhs_number", "mother"], *([f"p{n}", number, one_of("p", 10, 0.6)] for n, number in enumerate(numbers)),
                     ["p8", dice.choice(strange), ""], ["p9", PEOPLE[11] if PEOPLE[11] not in numbers else "", ""]],
        "episodes": [["id", "patient", "ward", "main"], *([f"e{n}", one_of("p", 10), f"w{n % 2}", one_of("r", 15, 0.7)] for n in range(15))],
        "results": [["id", "episode", "of"], *([f"r{n}", one_of("e", 15, 0.5), one_of("r", 15, 0.5)] for n in range(15))],
        "letters": [["sender", "about", "result"], *([one_of("p", 10), one_of("p", 10, 0.5), one_of("r", 15, 0.6)] for _ in range(15))],
        "notes": [["nhs_number", "episode"], *([dice.choice([*numbers, *PEOPLE, ""]), one_of("e", 15, 0.5)] for _ in range(15))],
        "wards": [["ward", "name"], ["w0", "North"], ["w1", "South"]],
    }  # fmt: skip
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    document = {"name": "world", "resources": [
        {"name": name, "path": f"{name}.csv", "schema": {"foreignKeys": [
            {"fields": column, "reference": {"resource": "" if target == name else target, "fields": there}}
            for column, target, there in links]}}
        for name, links in LINKS.items()
    ]}  # fmt: skip
    (folder / "datapackage.json").write_text(json.dumps(document))


def load(place: Place, folder: Path, schema: str = "clinic") -> None:
    """The folder's tables and keys as a schema; a blank is a NULL."""
    document = json.loads((folder / "datapackage.json").read_text())
    with place.open() as database:
        database.run(f"CREATE SCHEMA {schema}")
        for resource in document["resources"]:
            heading, *rows = csv.reader((folder / resource["path"]).read_text().splitlines())
            table = f'{schema}."{resource["name"]}"'
            told = ", ".join(f'"{name}" TEXT' for name in heading)
            database.run(f"CREATE TABLE {table} ({told})")
            marks = ", ".join("%s" for _ in heading)
            for row in rows:
                database.run(f"INSERT INTO {table} VALUES ({marks})", [cell or None for cell in row])
        keys = [
            (resource["name"], key) for resource in document["resources"] for key in resource["schema"]["foreignKeys"]
        ]
        for name, key in keys:
            there = (key["reference"]["resource"] or name, _listed(key["reference"]["fields"]))
            database.run(
                f'CREATE UNIQUE INDEX IF NOT EXISTS "u_{there[0]}_{there[1]}" ON {schema}."{there[0]}" ("{there[1]}")'
            )
            database.run(f'ALTER TABLE {schema}."{name}" ADD FOREIGN KEY ("{_listed(key["fields"])}") '
                         f'REFERENCES {schema}."{there[0]}" ("{there[1]}") NOT VALID')  # fmt: skip
        database.commit()


def _listed(fields: str | list[str]) -> str:
    return fields if isinstance(fields, str) else fields[0]


def _both(ndoo: Ndoo, place: Place, *more: object, of_schema: tuple[object, ...] = ()) -> tuple[Any, Any]:
    lists = ("--opted-out", "go.txt", "--checked-at", TODAY, "--nhs-number", "patients.nhs_number", "--json", *more)
    return ndoo("uphold", "in", "-o", "out", *lists), ndoo(
        "uphold", place.address, "--schema", "clinic", "--into", "released", *lists, *of_schema
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_same_rows_stay_for_the_same_reasons(postgresql: Place, ndoo: Ndoo, tmp_path: Path, seed: int) -> None:
    world(tmp_path / "in", seed)
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text("\n".join(PEOPLE[:3]))
    keep = (
        ("--undecided", "keep-missing", "--justification", "none was given") if seed % 2 else ("--undecided", "exclude")
    )
    of_folder, of_schema = _both(ndoo, postgresql, *keep, "--expect-removed", "0-100")
    assert (of_folder.status, of_schema.status) == (0 if seed % 2 == 0 else of_folder.status, of_folder.status), (
        of_schema.err
    )
    for name in LINKS:
        told = of_schema.json["tables"][name]
        assert told["rows"] == of_folder.json["tables"][name]["rows"], name
        assert told["leads_to_person"] == of_folder.json["tables"][name]["leads_to_person"]
        _, *rows = csv.reader((tmp_path / "out" / f"{name}.csv").read_text().splitlines())
        there = postgresql.run(f'SELECT * FROM released."{name}"')
        assert sorted([cell or "" for cell in row] for row in there) == sorted(rows)
    assert of_schema.json["rows"] == of_folder.json["rows"]


def test_a_schema_appears_whole_with_its_manifest_and_leaves_no_trace(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text(GO + "\n")
    of_folder, said = _both(ndoo, postgresql, of_schema=("--manifest", "manifest.json"))
    assert said.status == 0, said.err
    assert said.json["people"] == of_folder.json["people"]
    assert json.loads(postgresql.run("SELECT manifest FROM released.ndoo_manifest")[0][0]) == said.json
    assert json.loads((tmp_path / "manifest.json").read_text()) == said.json
    assert {name for (name,) in postgresql.run("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'")} == {
        "clinic", "released"}  # fmt: skip
    found = ndoo(
        "uphold",
        postgresql.address,
        "--schema",
        "clinic",
        "--into",
        "released",
        "--opted-out",
        "go.txt",
        "--checked-at",
        TODAY,
        "--json",
    )
    assert found.json["error"]["code"] in ("schema-exists", "column-several")
    again = ndoo("uphold", postgresql.address, "--schema", "clinic", "--into", "released", "--opted-out", "go.txt", "--checked-at",
                 TODAY, "--nhs-number", "patients.nhs_number", "--replace", "--json")  # fmt: skip
    assert again.json["output"]["sha256"] == said.json["output"]["sha256"]


@pytest.mark.parametrize(
    ("prepare", "more", "code"),
    [
        ([], ("--into", "clinic"), "output-is-input"),
        (["CREATE SCHEMA released"], (), "schema-exists"),
        (["CREATE SCHEMA released"], ("--replace",), "schema-exists"),
        (["CREATE TABLE public.t (id TEXT UNIQUE)", "CREATE TABLE clinic.x (t TEXT REFERENCES public.t (id))"], (), "key-leaves-schema"),
        ([], ("--schema", "nowhere"), "schema-missing"),
        ([], ("--nhs-number", "patients.id"), "column-unclassified"),
        ([], ("--also", "patients.none"), "column-missing"),
        ([], ("--held", "parked"), "schema-held"),
        (["ALTER TABLE clinic.patients ADD n REAL"], ("--also", "patients.n"), "column-type"),
        ([], ("--expect-removed", "40-50"), "list-wrong-share"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_changes_nothing(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, prepare: list[str], more: tuple[str, ...], code: str
) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    if prepare:
        postgresql.run(*prepare)
    (tmp_path / "go.txt").write_text(GO + "\n")
    call = ["--schema", "clinic", "--into", "released", "--nhs-number", "patients.nhs_number", *more]
    said = ndoo("uphold", postgresql.address, *call, "--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    assert said.json["error"]["code"] == code, said.err
    assert not postgresql.run(
        "SELECT 1 FROM information_schema.tables WHERE table_schema IN ('released') OR table_schema ~ '^ndoo_'"
    )


def test_the_person_is_found_where_one_column_alone_holds_numbers(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    postgresql.run("DROP TABLE clinic.notes", "ALTER TABLE clinic.wards ADD phone TEXT")
    (tmp_path / "go.txt").write_text(GO + "\n")
    call = ["--schema", "clinic", "--into", "released", "--opted-out", "go.txt", "--checked-at", TODAY]
    said = ndoo("uphold", postgresql.address, *call)
    assert said.status == 0, said.err
    assert "leads to nobody" in said.err
    assert "'patients.nhs_number' names the person (found by evidence)" in said.err
    none = ndoo("uphold", postgresql.address, *call, "--replace", "--ignore-column", "patients.nhs_number", "--json")
    assert none.json["error"]["code"] == "column-several"
    lost = ndoo("uphold", "sqlite:///x.db", *call, "--json")
    assert lost.json["error"]["code"] == "schema-elsewhere"


def test_a_schema_that_cannot_be_made_as_counted_is_not_made(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_data_folder: Path
) -> None:
    from datetime import UTC, datetime

    from ndoo.checking.list_file import read_list
    from ndoo.domain.answers import Polarity
    from ndoo.domain.errors import UsageFault
    from ndoo.evidence.seal import load_sealer
    from ndoo.numbers.number_set import NumberSet
    from ndoo.numbers.objections import Objections
    from ndoo.upholding.in_place.address import TableName
    from ndoo.upholding.in_place.job import TableRequest
    from ndoo.upholding.in_place.postgresql import PostgreSQL
    from ndoo.upholding.in_place.schema import uphold_schema

    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text(GO + "\n")
    real = PostgreSQL.count
    monkeypatch.setattr(PostgreSQL, "count", lambda self, table: real(self, table) + table.schema.startswith("ndoo_"))
    _, said = _both(ndoo, postgresql)
    assert said.json["error"]["code"] == "counts-differ"
    assert not postgresql.run("SELECT 1 FROM pg_namespace WHERE nspname = 'released'")
    type1 = Objections(NumberSet(), NumberSet(), NumberSet(), {})
    request = TableRequest(TableName(None, "clinic"), TableName(None, "released"), None, datetime.now(UTC), type1=type1)
    parked = TableRequest(TableName(None, "clinic"), TableName(None, "released"), read_list(tmp_path / "go.txt", Polarity.OPTED_OUT, checked_at=datetime.now(UTC), now=datetime.now(UTC)), datetime.now(UTC),
                          held=TableName(None, "parked"))  # fmt: skip
    with pytest.raises(UsageFault, match="does not go with a schema"):
        uphold_schema(postgresql.open(), "clinic", "released", parked, load_sealer(own_data_folder))
    with pytest.raises(UsageFault, match="one by one"):
        uphold_schema(postgresql.open(), "clinic", "released", request, load_sealer(own_data_folder))
