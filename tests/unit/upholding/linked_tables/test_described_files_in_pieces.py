"""A table in several files is one table: the keys go over all of them, each file keeps its own rows, and none can be forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo
from tests.unit.upholding.linked_tables.scene import GO, PEOPLE, scene

BY = ("--opted-out", "go.txt", "--checked-at", TODAY)
CALL = ("uphold", "in", "-o", "out", "--nhs-number", "patients.nhs_number", *BY, "--json")
PARTS = {
    "patients": ["patients/a.csv", "patients/b.csv"],
    "results": ["r1.csv", "r2.csv", "r3.csv"],
    "notes": ["n.csv.gz", "n2.csv"],
}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    (tmp_path / "go.txt").write_text(GO + "\n")
    return scene(tmp_path / "in")


@pytest.fixture
def folder(whole: Path) -> Path:
    return taken_apart(whole, PARTS)


def taken_apart(folder: Path, parts: dict[str, list[str]]) -> Path:
    """The scene, some of whose tables lie in several files: their rows are dealt out in turn."""
    import gzip

    document = json.loads((folder / "datapackage.json").read_text())
    for resource in document["resources"]:
        if paths := parts.get(resource["name"]):
            heading, *rows = (folder / resource["path"]).read_bytes().splitlines(keepends=True)
            (folder / resource["path"]).unlink()
            for at, path in enumerate(paths):
                (folder / path).parent.mkdir(exist_ok=True)
                text = b"".join((heading, *rows[at :: len(paths)]))
                (folder / path).write_bytes(gzip.compress(text) if path.endswith(".gz") else text)
            resource["path"] = paths
    (folder / "datapackage.json").write_text(json.dumps(document))
    return folder


def _rows(folder: Path, paths: list[str]) -> list[bytes]:
    import gzip

    texts = [(folder / path).read_bytes() for path in paths]
    return sorted(
        row
        for text in texts
        for row in (gzip.decompress(text) if text[:1] == b"\x1f" else text).splitlines(keepends=True)[1:]
    )


def test_the_same_rows_stay_as_of_tables_in_one_piece(whole: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    plain = ndoo(*CALL)
    expected = {name: _rows(tmp_path / "out", [f"{name}.csv"]) for name in PARTS}
    said = ndoo(*(word if word != "out" else "parts" for word in CALL)) if taken_apart(whole, PARTS) else None
    assert said is not None
    assert said.status == 0, said.told
    assert {name: _rows(tmp_path / "parts", paths) for name, paths in PARTS.items()} == expected
    assert (said.json["rows"], said.json["people"]) == (plain.json["rows"], plain.json["people"])
    assert (tmp_path / "parts" / "patients" / "a.csv").read_bytes() == (
        b"id,nhs_number\n" + b"".join(f"p{at},{PEOPLE[at]}\n".encode() for at in (2, 4, 6))
    ), "byte for byte, in order"
    told = said.json["tables"]["patients"]
    assert told["path"] == PARTS["patients"]
    assert [file["output"]["rows"] for file in told["files"]] == [3, 4]
    assert (told["input"]["rows"], told["output"]["rows"]) == (8, 7)
    assert "files" not in said.json["tables"]["wards"]
    assert ndoo("verify", "parts", *BY).status == 0


def test_held_rows_lie_in_files_of_the_same_names_and_a_release_is_replaced(
    folder: Path, ndoo: Ndoo, tmp_path: Path
) -> None:
    (folder / "patients" / "b.csv").write_text(f"id,nhs_number\np1,{PEOPLE[1]}\np8,12\n")
    for _ in range(2):
        said = ndoo(*CALL, "--held", "held")
        assert said.status == 6, said.told
    assert (tmp_path / "held" / "patients" / "b.csv").read_text() == "id,nhs_number\np8,12\n"


@pytest.mark.parametrize("path", ["patients/b.csv", "r3.csv", "more.schema.json"])
def test_no_piece_can_be_changed_or_taken_away(path: str, folder: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    document = json.loads((folder / "datapackage.json").read_text())
    document["resources"][4]["schema"] = "more.schema.json"
    (folder / "datapackage.json").write_text(json.dumps(document))
    (folder / "more.schema.json").write_text('{"fields": [{"name": "ward"}, {"name": "name"}]}')
    assert ndoo(*CALL).status == 0
    assert (tmp_path / "out" / "more.schema.json").read_bytes() == (folder / "more.schema.json").read_bytes()
    assert ndoo("verify", "out", *BY).status == 0
    raw = (tmp_path / "out" / path).read_bytes()
    (tmp_path / "out" / path).write_bytes(raw + (b"\n" if path.endswith("json") else b"p1,\n"))
    assert ndoo("verify", "out", *BY).status == 3
    (tmp_path / "out" / path).unlink()
    assert ndoo("verify", "out", *BY).status == 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"p0,{GO}\np1,{PEOPLE[1]}\n", "heading-missing"),
        (f"nhs_number,id\n{GO},p0\n", "table-pieces"),
        (f"id,nhs_number,more\np0,{GO},\n", "table-pieces"),
        ("id,nhs_number\np0\n", "row-ragged"),
    ],
)
def test_a_piece_that_is_not_like_the_first_is_refused_and_named(
    text: str, code: str, folder: Path, ndoo: Ndoo, tmp_path: Path
) -> None:
    (folder / "patients" / "b.csv").write_text(text)
    said = ndoo(*CALL)
    assert (said.status, said.json["error"]["code"]) == (3, code)
    assert "Table 'patients', patients/b.csv:" in said.told
    assert not (tmp_path / "out").exists()


def test_pieces_of_several_kinds_are_refused(folder: Path, ndoo: Ndoo) -> None:
    pq.write_table(pa.table({"id": ["p1"], "nhs_number": [PEOPLE[1]]}), folder / "patients" / "b.csv")
    assert ndoo(*CALL).json["error"]["code"] == "table-pieces"


def test_pieces_of_parquet_are_one_table(folder: Path, ndoo: Ndoo, tmp_path: Path) -> None:
    for path, whose in (("patients/a.csv", range(4)), ("patients/b.csv", range(4, 8))):
        pq.write_table(
            pa.table({"id": [f"p{at}" for at in whose], "nhs_number": [PEOPLE[at] for at in whose]}), folder / path
        )
    said = ndoo(*CALL)
    assert said.status == 0, said.told
    assert pq.read_table(tmp_path / "out" / "patients" / "a.csv")["id"].to_pylist() == ["p1", "p2", "p3"]
    assert ndoo("verify", "out", *BY).status == 0


def test_columns_in_another_order_than_the_schema_are_found_by_name(whole: Path, ndoo: Ndoo) -> None:
    def change(document: dict[str, Any]) -> None:
        document["resources"][2]["schema"] |= {
            "fields": [{"name": name} for name in ("ward", "id", "patient")],
            "fieldsMatch": "equal",
        }

    scene(whole, descriptor=change)
    said = ndoo(*CALL)
    assert (said.status, said.json["tables"]["episodes"]["rows"]["removed"]) == (0, 1)
    scene(whole, descriptor=lambda d: (change(d), d["resources"][2]["schema"].pop("fieldsMatch")))
    assert ndoo(*CALL, "--held", "held").json["error"]["code"] == "table-shape"
