"""A PostgreSQL schema comes to what a folder of the same tables comes to, along every key; all tables appear, or none."""

from __future__ import annotations

import csv
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import TODAY, Ndoo
from tests.engines.databases import Place
from tests.support.command_lines import replaced
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene
from tests.unit.upholding.linked_tables.town import BY as OF_THE_TOWN
from tests.unit.upholding.linked_tables.town import GO as NEIGHBOURS
from tests.unit.upholding.linked_tables.town import LIST, town
from tests.unit.upholding.linked_tables.town import TABLES as TOWN

PEOPLE = some(12, seed=5)
LINKS = {
    "patients": [("mother", "patients", "id"), ("home", "homes", "id")],
    "episodes": [("patient", "patients", "id"), ("ward", "wards", "ward"), ("main", "results", "id")],
    "results": [("episode", "episodes", "id"), ("of", "results", "id")],
    "letters": [("sender", "patients", "id"), ("about", "patients", "id"), ("result", "results", "id")],
    "notes": [("nhs_number", "patients", "nhs_number"), ("episode", "episodes", "id")],
    "wards": [],
    "homes": [("street", "streets", "id")],
    "streets": [("part", "streets", "id")],
    "maps": [("home", "homes", "id")],
}
NOBODYS = (
    "homes.id",
    "homes.street",
    "streets.id",
    "streets.part",
    "maps.home",
    "maps.east",
    "wards.ward",
    "wards.name",
)


def world(folder: Path, seed: int) -> None:
    """A folder of nine tables with circles, orphans, blanks, damaged numbers and people whom nobody knows."""
    dice = random.Random(seed)

    def one_of(letter: str, count: int, blank: float = 0.25) -> str:
        return "" if dice.random() < blank else f"{letter}{dice.randrange(count + 1)}"  # the last one is not there

    numbers = dice.sample(PEOPLE, 8)
    strange = ["", "9990000000", "12"]
    tables = {
        "patients": [
            ["id", "nhs_number", "mother", "home"],
            *([f"p{n}", number, one_of("p", 10, 0.6), one_of("h", 9)] for n, number in enumerate(numbers)),
            ["p8", dice.choice(strange), "", "h7"],
            ["p9", PEOPLE[11] if PEOPLE[11] not in numbers else "", "", "h8"],
        ],
        "episodes": [
            ["id", "patient", "ward", "main"],
            *([f"e{n}", one_of("p", 10), f"w{n % 2}", one_of("r", 15, 0.7)] for n in range(15)),
        ],
        "results": [
            ["id", "episode", "of"],
            *([f"r{n}", one_of("e", 15, 0.5), one_of("r", 15, 0.5)] for n in range(15)),
        ],
        "letters": [
            ["sender", "about", "result"],
            *([one_of("p", 10), one_of("p", 10, 0.5), one_of("r", 15, 0.6)] for _ in range(15)),
        ],
        "notes": [
            ["nhs_number", "episode"],
            *([dice.choice([*numbers, *PEOPLE, ""]), one_of("e", 15, 0.5)] for _ in range(15)),
        ],
        "wards": [["ward", "name"], ["w0", "North"], ["w1", "South"]],
        "homes": [["id", "street"], *([f"h{n}", one_of("s", 6)] for n in range(10))],
        "streets": [["id", "part"], *([f"s{n}", one_of("s", 6, 0.4)] for n in range(7))],
        "maps": [["home", "east"], *([f"h{n}", f"{n}00"] for n in range(10))],
    }
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    document = {
        "name": "world",
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "schema": {
                    "foreignKeys": [
                        {"fields": column, "reference": {"resource": "" if target == name else target, "fields": there}}
                        for column, target, there in links
                    ]
                },
            }
            for name, links in LINKS.items()
        ],
    }
    (folder / "datapackage.json").write_text(json.dumps(document))


def load(place: Place, folder: Path, schema: str = "clinic") -> None:
    """The folder's tables and keys as a schema; a blank is a NULL."""
    document = json.loads((folder / "datapackage.json").read_text())
    with place.loading() as database:
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
            database.run(
                f'ALTER TABLE {schema}."{name}" ADD FOREIGN KEY ("{_listed(key["fields"])}") '
                f'REFERENCES {schema}."{there[0]}" ("{there[1]}") NOT VALID'
            )
        database.publish({})


def _listed(fields: str | list[str]) -> str:
    return fields if isinstance(fields, str) else fields[0]


def _both(ndoo: Ndoo, place: Place, *more: object, of_schema: tuple[object, ...] = ()) -> tuple[Any, Any]:
    lists = ("--opted-out", "go.txt", "--checked-at", TODAY, "--nhs-number", "patients.nhs_number", "--json", *more)
    return ndoo("uphold", "in", "-o", "out", *lists), ndoo(
        "uphold", place.address, "--schema", "clinic", "--into", "released", *lists, *of_schema
    )


def _entries() -> str:
    """Type 1 codes: some dissent, one so that nobody can say since when, the others withdrew."""
    dissent, unsettled = PEOPLE[2:6], PEOPLE[6]
    lines = [
        f"{number},{'9Nu0.' if number in dissent else '9Nu1.'},2020-01-01" for number in PEOPLE if number != unsettled
    ]
    return "\n".join(("nhs_number,code,date", *lines, f"{unsettled},9Nu0.,", ""))


def _rows(place: Place, schema: str, name: str) -> list[list[str]]:
    return sorted([cell or "" for cell in row] for row in place.run(f'SELECT * FROM {schema}."{name}"'))


@pytest.mark.parametrize(
    "type1", [(), ("list", "--type1", "codes.csv"), ("--type1", "codes.csv")], ids=["list", "both", "type1"]
)
@pytest.mark.parametrize("seed", range(4))
def test_the_same_rows_stay_for_the_same_reasons(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, seed: int, type1: tuple[str, ...]
) -> None:
    world(tmp_path / "in", seed)
    for table in (tmp_path / "in").glob("*.csv"):  # rows of empty cells at the end are no rows in a text
        table.write_text(re.sub(r"(\n,+)+\n*\Z", "\n", table.read_text()))
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text("\n".join(PEOPLE[:3]))
    (tmp_path / "codes.csv").write_text(_entries())
    named = ("--opted-out", "go.txt", "--checked-at", TODAY)
    lists = (*named, *type1[1:]) if type1[:1] == ("list",) else type1 or named
    keep = ("keep-missing", "--justification", "none was given") if seed % 2 else ("exclude",)
    call = (
        *lists,
        "--undecided",
        *keep,
        "--expect-removed",
        "0-100",
        "--nhs-number",
        "patients.nhs_number",
        "--held",
        "parked",
        "--json",
        *(word for name in NOBODYS for word in ("--leads-to-nobody", name)),
        *(("--leads-to-nobody", "homes") if seed == 3 else ()),
    )
    of_folder = ndoo("uphold", "in", "-o", "out", *call)
    of_schema = ndoo("uphold", postgresql.address, "--schema", "clinic", "--into", "released", *call)
    assert of_schema.status == of_folder.status, of_schema.told
    assert of_schema.status == 0 or seed % 2
    for name in LINKS:
        told = of_schema.json["tables"][name]
        assert told["rows"] == of_folder.json["tables"][name]["rows"], name
        assert told.get("unused") == of_folder.json["tables"][name].get("unused"), name
        assert told["leads_to_person"] == of_folder.json["tables"][name]["leads_to_person"]
        for folder, schema in (("out", "released"), ("parked", "parked")):
            _, *rows = csv.reader((tmp_path / folder / f"{name}.csv").read_text().splitlines())
            assert _rows(postgresql, schema, name) == sorted(rows), (name, schema)
    for part in ("rows", "people", "type1"):
        assert of_schema.json[part] == of_folder.json[part]
    verified = ndoo("verify", f"{postgresql.address}#released", *lists, "--json")
    assert verified.json["verified"], verified.told
    if type1:
        assert of_schema.json["type1"]["people"]["removed_by_it_alone"] > 0
        postgresql.run(f"INSERT INTO released.patients VALUES ('p77', '{PEOPLE[3]}', NULL, NULL)")
        broken = ndoo("verify", f"{postgresql.address}#released", *lists, "--json")
        assert [promise["name"] for promise in broken.json["promises"] if not promise["kept"]][-1] == "type1"


def test_a_schema_appears_whole_with_its_manifest_and_leaves_no_trace(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text(GO + "\n")
    of_folder, said = _both(ndoo, postgresql, of_schema=("--manifest", "manifest.json"))
    assert said.status == 0, said.told
    assert said.json["people"] == of_folder.json["people"]
    assert json.loads(postgresql.run("SELECT manifest FROM released.ndoo_manifest")[0][0]) == said.json
    assert json.loads((tmp_path / "manifest.json").read_text()) == said.json
    assert {
        name
        for (name,) in postgresql.run(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'"
        )
    } == {"clinic", "released"}
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
    again = ndoo(
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
        "--nhs-number",
        "patients.nhs_number",
        "--replace",
        "--json",
    )
    assert again.json["output"]["sha256"] == said.json["output"]["sha256"]


@pytest.mark.parametrize(
    ("prepare", "more", "code"),
    [
        ([], ("--into", "clinic"), "output-is-input"),
        (["CREATE SCHEMA released"], (), "schema-exists"),
        (["CREATE SCHEMA released"], ("--replace",), "schema-exists"),
        (
            ["CREATE TABLE public.t (id TEXT UNIQUE)", "CREATE TABLE clinic.x (t TEXT REFERENCES public.t (id))"],
            (),
            "key-leaves-schema",
        ),
        ([], ("--schema", "nowhere"), "schema-missing"),
        ([], ("--nhs-number", "patients.id"), "column-unclassified"),
        ([], ("--also", "patients.none"), "column-missing"),
        ([], ("--held", "clinic"), "output-is-input"),
        ([], ("--held", "released"), "output-is-input"),
        ([], ("--held", "a.parked"), "schema-dotted"),
        (
            ["CREATE SCHEMA parked", "CREATE TABLE parked.theirs (x TEXT)"],
            ("--held", "parked", "--replace"),
            "schema-exists",
        ),
        (["ALTER TABLE clinic.patients ADD n REAL"], ("--also", "patients.n"), "column-type"),
        ([], ("--expect-removed", "40-50"), "list-wrong-share"),
    ],
)
def test_what_cannot_be_followed_changes_nothing(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, prepare: list[str], more: tuple[str, ...], code: str
) -> None:
    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    if prepare:
        postgresql.run(*prepare)
    (tmp_path / "go.txt").write_text(GO + "\n")
    call = replaced(("--schema", "clinic", "--into", "released", "--nhs-number", "patients.nhs_number"), *more)
    said = ndoo("uphold", postgresql.address, *call, "--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    assert said.json["error"]["code"] == code, said.told
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
    assert said.status == 0, said.told
    assert "leads to nobody" in said.told
    assert "Using 'patients.nhs_number' as the patient's NHS number (detected; --nhs-number overrides)" in said.told
    none = ndoo("uphold", postgresql.address, *call, "--replace", "--ignore-column", "patients.nhs_number", "--json")
    assert none.json["error"]["code"] == "column-several"
    lost = ndoo("uphold", "sqlite:///x.db", *call, "--json")
    assert lost.json["error"]["code"] == "schema-elsewhere"


def test_a_schema_that_cannot_be_made_as_counted_is_not_made(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_data_folder: Path
) -> None:
    from datetime import UTC, datetime

    from ndoo.domain.errors import UsageFault
    from ndoo.evidence.seal import load_sealer
    from ndoo.upholding.databases.postgresql import PostgreSQL
    from ndoo.upholding.request import Request
    from ndoo.upholding.uphold import uphold

    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text(GO + "\n")
    real = PostgreSQL.count
    monkeypatch.setattr(PostgreSQL, "count", lambda self, table: real(self, table) + table.schema.startswith("ndoo_"))
    _, said = _both(ndoo, postgresql)
    assert said.json["error"]["code"] == "counts-differ"
    assert not postgresql.run("SELECT 1 FROM pg_namespace WHERE nspname = 'released'")
    request = Request(
        postgresql.at("clinic", whole_schema=True),
        postgresql.at("released", whole_schema=True),
        None,
        datetime.now(UTC),
        decision={"outcome": "does_not_apply"},
    )
    with pytest.raises(UsageFault, match="one by one"):
        uphold(request, load_sealer(own_data_folder))


def test_a_schema_that_came_meanwhile_is_not_dropped(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.upholding.databases.follow_keys import Follower

    scene(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    (tmp_path / "go.txt").write_text(GO + "\n")
    follow = Follower.follow

    def meanwhile(self: Follower, marked: Any, whole: Any) -> None:
        postgresql.run("CREATE SCHEMA released", "CREATE TABLE released.theirs (x TEXT)")
        follow(self, marked, whole)

    monkeypatch.setattr(Follower, "follow", meanwhile)
    _, said = _both(ndoo, postgresql)
    assert said.json["error"]["code"] == "database-fault", said.told
    assert postgresql.run("SELECT COUNT(*) FROM released.theirs") == [(0,)]


def test_held_rows_give_way_to_those_of_the_next_run(postgresql: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    episodes = "id,patient,ward\n" + "".join(f"e{at},p{at},w0\n" for at in range(8)) + "e9,p9,w1\n"
    load(postgresql, scene(tmp_path / "in", episodes=episodes))
    (tmp_path / "go.txt").write_text(GO + "\n")
    call = (
        "uphold",
        postgresql.address,
        "--schema",
        "clinic",
        "--into",
        "released",
        "--held",
        "parked",
        "--nhs-number",
        "patients.nhs_number",
        "--opted-out",
        "go.txt",
        "--checked-at",
        TODAY,
        "--json",
    )
    assert ndoo(*call).status == 6
    assert _rows(postgresql, "parked", "episodes") == [["e9", "p9", "w1"]], "an orphan"
    postgresql.run("DELETE FROM clinic.episodes WHERE id = 'e9'")
    assert ndoo(*call).json["error"]["code"] == "schema-exists"
    assert ndoo(*call, "--replace").status == 0
    for theirs, undo in (
        ("CREATE VIEW released.mine AS SELECT 1 AS one", "DROP VIEW released.mine"),
        ("UPDATE released.ndoo_manifest SET manifest = '{}'", ""),
    ):
        postgresql.run(theirs)
        assert ndoo(*call, "--replace").json["error"]["code"] == "schema-exists", (
            "what nobody knows as ours is somebody's"
        )
        if undo:
            postgresql.run(undo)
    assert _rows(postgresql, "parked", "episodes") == []


def test_what_only_removed_people_lead_to_goes_with_them_and_a_row_that_stays_behind_is_seen(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path
) -> None:
    """Homes, their streets and their maps: as a folder of the same tables."""
    town(tmp_path / "in")
    load(postgresql, tmp_path / "in")
    postgresql.run(f"UPDATE clinic.maps SET east = 'of {NEIGHBOURS[0]}' WHERE home = 'h4'")
    call = ("uphold", postgresql.address, "--schema", "clinic", "--into", "released", *OF_THE_TOWN)
    said = ndoo(*call, "--mentions", "hold", "--json")
    assert said.status == 6, said.told
    firsts = {name: " ".join(row[0] for row in _rows(postgresql, "released", name)) for name in TOWN}
    assert firsts == {
        "patients": "p2 p3 p4 p5",
        "homes": "h1 h2 h3 h4 h5",
        "streets": "s1 s2 s3",
        "maps": "h1 h2 h3 h5",
        "codes": "c1 c2 c9",
        "visits": "p2",
    }
    tables = said.json["tables"]
    assert (tables["maps"]["rows"]["removed"], tables["maps"]["rows"]["held"]) == (1, {"mentions": 1})
    assert {name: one["unused"] for name, one in tables.items() if "unused" in one} == {
        "homes": 1,
        "streets": 1,
        "codes": 2,
    }
    verify = ("verify", f"{postgresql.address}#released", *LIST, "--json")
    assert ndoo(*verify).status == 0
    postgresql.run("INSERT INTO released.homes VALUES ('h0', 's1', 'c1')")
    broken = {promise["name"]: promise["because"] for promise in ndoo(*verify).json["promises"] if not promise["kept"]}
    assert "as many as the manifest says, in 'homes'" in broken["keys"]
