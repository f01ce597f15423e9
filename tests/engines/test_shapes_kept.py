"""A feed's shape is pinned wherever it lies: in a table, a schema, a folder of Parquet; and releases of an asset are compared."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo, Said
from tests.engines.databases import Place
from tests.engines.test_schema_agrees import load
from tests.support.numbers import some
from tests.unit.upholding.fhir.exports import SYSTEM
from tests.unit.upholding.linked_tables.scene import GO, scene

PEOPLE = some(200, seed=77)
LISTS = ("--opted-out", "gone.txt", "--checked-at", TODAY, "--json")
COLUMNS = {"nhs_number": "TEXT", "ward": "TEXT"}


def _gone(folder: Path, *people: str) -> None:
    (folder / "gone.txt").write_text("\n".join(people or PEOPLE[:20]))


def _stops(said: Said, status: int, code: str) -> None:
    assert (said.status, said.json["error"]["code"]) == (status, code), said.told


def test_a_table_that_changed_is_not_upheld(place: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    rows = [(number, f"w{at % 3}") for at, number in enumerate(PEOPLE)]
    place.make("visits", COLUMNS, rows)
    _gone(tmp_path)

    def upheld(*more: object) -> Said:
        return ndoo(
            "uphold",
            place.address,
            "--table",
            "visits",
            "--into",
            "released",
            "--nhs-number",
            "nhs_number",
            "--shape",
            "shape.json",
            *LISTS,
            *more,
        )

    assert upheld("--manifest", "manifest.json").status == 0
    pinned = json.loads((tmp_path / "shape.json").read_text())
    assert [column["name"] for column in pinned["columns"]] == list(COLUMNS)
    assert (pinned["rows"], pinned["per_cent_removed"]) == ([100, 401], [5.0, 21.0])
    assert upheld("--replace").status == 0
    assert json.loads((tmp_path / "shape.json").read_text()) == pinned, "it is pinned once"
    place.make("visits", {"ward": "TEXT", "nhs_number": "TEXT"}, [row[::-1] for row in rows])
    _stops(upheld("--replace"), 3, "shape-changed")
    place.make("visits", COLUMNS, rows[:40])
    _stops(upheld("--replace", "--expect-removed", "40-60"), 3, "shape-rows")
    place.make("visits", COLUMNS, rows)
    _gone(tmp_path, *PEOPLE[:2])
    _stops(upheld("--replace"), 4, "shape-share")
    assert place.run('SELECT COUNT(*) FROM "released"') == [(180,)], "the release before stands as it stood"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (("--manifest", "{database}"), "output-is-input"),
        (("--shape", "{database}"), "output-is-input"),
        (("--manifest", "gone.txt"), "output-is-input"),
        (("--shape", "gone.txt"), "output-is-input"),
        (("--manifest", "one.json", "--shape", "one.json"), "outputs-same"),
    ],
)
def test_no_file_takes_the_place_of_the_database_or_of_a_list(
    place: Place, ndoo: Ndoo, tmp_path: Path, files: tuple[str, ...], code: str
) -> None:
    place.make("visits", COLUMNS, [(number, "w") for number in PEOPLE])
    _gone(tmp_path)
    path = place.parsed.path
    named = [one.format(database=path or "gone.txt") for one in files]
    said = ndoo(
        "uphold", place.address, "--table", "visits", "--into", "released", "--nhs-number", "nhs_number", *named, *LISTS
    )
    _stops(said, 2, code)
    if path:
        journal = path.with_name(path.name + (".wal" if place.kind == "duckdb" else "-journal"))
        beside = ndoo("uphold", place.address, "--table", "visits", "--into", "released", "--manifest", journal, *LISTS)
        _stops(beside, 2, "output-is-input")
    assert place.run('SELECT COUNT(*) FROM "visits"') == [(len(PEOPLE),)]
    assert (tmp_path / "gone.txt").read_text().count("\n") == 19


def test_releases_of_a_table_and_of_a_schema_are_compared(place: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    rows = [(number, "w") for number in PEOPLE]
    call = ["--table", "visits", "--into", "released", "--nhs-number", "nhs_number"]
    if place.kind == "postgresql":
        place.run("CREATE SCHEMA clinic", "CREATE TABLE clinic.visits (nhs_number TEXT, ward TEXT)")
        place.run(f"INSERT INTO clinic.visits VALUES {', '.join(map(str, rows))}")
        call = ["--schema", "clinic", "--into", "released", "--nhs-number", "visits.nhs_number"]
    else:
        place.make("visits", COLUMNS, rows)

    def upheld(*more: object) -> Said:
        return ndoo("uphold", place.address, *call, "--replace", "--asset", "visits", *LISTS, *more)

    _gone(tmp_path)
    assert [upheld().json["asset"]["compared_with"] for _ in range(2)] == [0, 1]
    _gone(tmp_path, *PEOPLE[:21])
    _stops(upheld(), 5, "asset-difference")
    assert upheld("--released-by", "A Second Person").json["asset"]["compared_with"] == 2


def test_another_type_is_another_shape(postgresql: Place, ndoo: Ndoo, tmp_path: Path) -> None:
    _gone(tmp_path)
    said = []
    for type_ in ("TEXT", "CHAR(10)"):
        postgresql.make("visits", COLUMNS | {"nhs_number": type_}, [(number, "w") for number in PEOPLE])
        said.append(
            ndoo(
                "uphold",
                postgresql.address,
                "--table",
                "visits",
                "--into",
                "released",
                "--replace",
                "--nhs-number",
                "nhs_number",
                "--shape",
                "shape.json",
                *LISTS,
            )
        )
    assert said[0].status == 0
    _stops(said[1], 3, "shape-changed")
    assert "kind of values in 'nhs_number'" in said[1].json["error"]["message"]


def test_a_schema_that_changed_is_not_upheld(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(postgresql, scene(tmp_path / "in"))
    _gone(tmp_path, GO)

    def upheld(*more: object) -> Said:
        return ndoo(
            "uphold",
            postgresql.address,
            "--schema",
            "clinic",
            "--into",
            "released",
            "--replace",
            "--nhs-number",
            "patients.nhs_number",
            "--also",
            "notes.nhs_number",
            "--undecided",
            "exclude",
            "--shape",
            "shape.json",
            "--manifest",
            "manifest.json",
            *LISTS,
            *more,
        )

    with monkeypatch.context() as patched:
        patched.setattr(type(postgresql.open()), "_commit", lambda self: self.run("SELECT nonsense FROM nowhere"))
        _stops(upheld("--asset", "clinic"), 1, "database-fault")
    assert len(list((own_data_folder / "assets" / "clinic").glob("*.json"))) == 1, (
        "it may have been released: who knows"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gone.txt", "in"], "no file of what was not published"
    assert upheld().status == 0
    assert {"patients.nhs_number", "notes.note"} < {
        column["name"] for column in json.loads((tmp_path / "shape.json").read_text())["columns"]
    }
    postgresql.run("ALTER TABLE clinic.wards ADD COLUMN beds TEXT")
    _stops(upheld(), 3, "shape-changed")


@pytest.fixture
def sparked(spark: Any, ndoo: Ndoo, tmp_path: Path) -> Iterator[Callable[..., Said]]:
    """Uphold a folder of Parquet with so many rows."""

    def upheld(people: list[str], *more: object, **others: Any) -> Said:
        (tmp_path / "visits").mkdir(exist_ok=True)
        table = pa.table({"n": people, "day": pa.array([1] * len(people), others.get("type", pa.int64()))})
        pq.write_table(table, tmp_path / "visits" / "part.parquet")
        return ndoo("uphold", "visits", "--engine", "spark", "-o", "released", "--nhs-number", "n", *LISTS, *more)

    yield upheld
    gc.collect()  # Spark's sockets, here and not in another test


@pytest.mark.xdist_group("spark")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_folder_of_parquet_has_a_shape_and_belongs_to_an_asset(sparked: Callable[..., Said], tmp_path: Path) -> None:
    _gone(tmp_path)
    both = ("--shape", "shape.json", "--asset", "visits")
    first = sparked(PEOPLE, *both)
    assert (first.status, first.json["asset"]) == (0, {"name": "visits", "compared_with": 0, "released_by": None}), (
        first.told
    )
    assert json.loads((tmp_path / "shape.json").read_text())["partitions"] == []
    assert sparked(PEOPLE, *both).json["asset"]["compared_with"] == 1
    _stops(sparked(PEOPLE, *both, type=pa.int32()), 3, "shape-changed")
    _stops(sparked(PEOPLE[:50], *both), 3, "shape-rows")
    _gone(tmp_path, *PEOPLE[:22])
    _stops(sparked(PEOPLE, *both), 5, "asset-difference")
    _stops(sparked(PEOPLE, "--shape", "visits/shape.json"), 2, "shape-within")
    assert json.loads((tmp_path / "released" / "_manifest.json").read_text())["asset"]["compared_with"] == 1


@pytest.mark.parametrize("folder", [False, True])
def test_releases_of_a_fhir_export_are_compared(ndoo: Ndoo, tmp_path: Path, *, folder: bool) -> None:
    lines = [
        json.dumps({"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]})
        for at, number in enumerate(PEOPLE)
    ]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Patient.ndjson").write_text("\n".join(lines))
    source, output = ("in", "out") if folder else ("in/Patient.ndjson", "out.ndjson")

    def upheld(*more: object) -> Said:
        return ndoo("uphold", source, "-o", output, *LISTS, "--asset", "exports", *more)

    _gone(tmp_path)
    assert upheld().json["asset"]["compared_with"] == 0
    assert upheld().json["asset"]["compared_with"] == 1
    _gone(tmp_path, *PEOPLE[:21])
    _stops(upheld(), 5, "asset-difference")
    assert upheld("--released-by", "A Second Person").status == 0
    _stops(upheld("--shape", "shape.json"), 2, "shape-of-file")
