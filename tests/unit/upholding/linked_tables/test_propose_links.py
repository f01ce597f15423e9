"""Keys that are proposed are those that the data shows, and nothing is upheld by them until a person has confirmed it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.upholding.text import text_lanes
from tests.conftest import DATA, TODAY, Ndoo
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The real linked tables, without their descriptor."""
    shutil.copytree(DATA.parent / "linked", tmp_path / "in")
    (tmp_path / "in" / "datapackage.json").unlink()
    return tmp_path / "in"


def _links(document: dict[str, Any]) -> dict[str, list[tuple[str, str, str]]]:
    return {
        resource["name"]: [
            (key["fields"], key["reference"]["resource"], key["reference"]["fields"])
            for key in resource["schema"]["foreignKeys"]
        ]
        for resource in document["resources"]
    }


def test_the_keys_of_a_real_folder_are_found_and_upheld_once_confirmed(
    bare: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_lanes, "MAX_ROWS", 50)  # rows come in pieces
    said = ndoo("uphold", "in", "--describe", "--json")
    assert said.status == 0
    document = json.loads((bare / "datapackage.json").read_text())
    assert document == said.json
    assert _links(document) == {
        "patients": [("treatment", "treatments", "treatment")],
        "visits": [("patient", "patients", "patient")],
        "tests": [("visit", "visits", "visit")],
        "treatments": [],
    }
    call = ("uphold", "in", "-o", "out", "--opted-out", DATA / "pbcseq.opted_out.txt", "--checked-at", TODAY, "--json")
    refused = ndoo(*call)
    assert (refused.status, refused.json["error"]["code"]) == (3, "descriptor-unconfirmed")
    document["ndoo:proposed"]["confirmed_by"] = "A. Person"
    (bare / "datapackage.json").write_text(json.dumps(document))
    assert ndoo(*call).json["rows"]["removed"] == 611


def test_orphans_do_not_hide_a_key_and_what_only_fits_is_left_to_a_person(tmp_path: Path, ndoo: Ndoo) -> None:
    folder = scene(tmp_path / "in")
    (folder / "datapackage.json").unlink()
    episodes = "id,patient_id,ward\n" + "".join(f"e{at},p{at % 21},w{at % 2}\n" for at in range(42))
    patients = "id,nhs_number\n" + "".join(f"p{at},{number}\n" for at, number in enumerate(some(20)))
    (folder / "episodes.csv").write_text(episodes)
    (folder / "patients.csv").write_text(patients)
    said = ndoo("uphold", "in", "--describe")
    assert "episodes.patient_id leads to patients.id: 95.24 per cent of its cells stand there." in said.told
    document = json.loads((folder / "datapackage.json").read_text())
    assert ("ward", "wards", "ward") in _links(document)["episodes"]
    assert {"column": "results.of", "leads_to": "results.id", "share_of_cells": 1.0} in document["ndoo:proposed"][
        "also_possible"
    ]
    assert "more could be, by their values alone" in said.told


def test_of_two_tables_with_one_key_the_larger_leads_to_the_smaller(tmp_path: Path, ndoo: Ndoo) -> None:
    (tmp_path / "in").mkdir()
    pq.write_table(pa.table({"ref": range(30), "weight": [1.5] * 30}), tmp_path / "in" / "more.parquet")
    (tmp_path / "in" / "few.csv").write_text("ref,x\n" + "".join(f"{at},\n" for at in range(28)))
    ndoo("uphold", "in", "--describe")
    document = json.loads((tmp_path / "in" / "datapackage.json").read_text())
    assert _links(document) == {"few": [], "more": [("ref", "few", "ref")]}


def test_tables_that_have_nothing_in_common_are_said_to_lead_nowhere(tmp_path: Path, ndoo: Ndoo) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("x\n1\n")
    pq.write_table(pa.table({"w": [0.5]}), tmp_path / "in" / "w.parquet")
    (tmp_path / "in" / "b").mkdir()
    (tmp_path / "in" / "b" / "a.csv").write_text("y\n2\n")
    said = ndoo("uphold", "in", "--describe")
    assert "No column could be shown" in said.told
    names = [
        resource["name"] for resource in json.loads((tmp_path / "in" / "datapackage.json").read_text())["resources"]
    ]
    assert names == ["a.csv", "b/a.csv", "w"]


@pytest.mark.parametrize(
    ("code", "status", "prepare", "call"),
    [
        ("descriptor-there", 2, lambda place: scene(place / "in"), ("in",)),
        ("no-tables", 2, lambda place: (place / "in").mkdir(), ("in",)),
        ("describe-alone", 2, lambda place: scene(place / "in"), ("in", "-o", "out")),
        ("describe-alone", 2, lambda place: (place / "in").write_text("a\n1\n"), ("in",)),
        (
            "quote-open",
            3,
            lambda place: ((place / "in").mkdir(), (place / "in" / "a.csv").write_text('a\n"1\n')),
            ("in",),
        ),
    ],
)
def test_what_cannot_be_described_is_refused(
    code: str, status: int, prepare: Any, call: tuple[str, ...], ndoo: Ndoo, tmp_path: Path
) -> None:
    prepare(tmp_path)
    said = ndoo("uphold", *call, "--describe", "--json")
    assert (said.json["error"]["code"], said.status) == (code, status)


def test_a_name_that_names_somebody_is_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ndoo.domain.errors import UnfitData
    from ndoo.upholding.linked_tables.propose_links import propose

    (tmp_path / f"{GO}.csv").write_text("a\n1\n")
    with pytest.raises(UnfitData, match="valid NHS number"):
        propose(tmp_path)


def test_a_folder_that_may_not_be_written_is_said(bare: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    real = os.open

    def refuse(path: Any, *more: Any, **options: Any) -> int:
        if str(path).endswith("datapackage.json"):
            raise PermissionError(13, "no")
        return real(path, *more, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert ndoo("uphold", "in", "--describe").status == 5


def _without_heading(folder: Path, first: str) -> None:
    folder.mkdir()
    people = some(30)
    (folder / "patients.csv").write_text("id,nhs_number\n" + "".join(f"P{at:03},{n}\n" for at, n in enumerate(people)))
    (folder / "visits.csv").write_text("visit,id\n" + "".join(f"v{at},P{at:03}\n" for at in range(30)))
    (folder / "results.csv").write_text(f"{first},4.5\n" + "".join(f"v{at},{at}.25\n" for at in range(30)))


@pytest.mark.parametrize("first", ["v7", "P007"])
def test_somebody_s_row_is_not_written_down_as_the_names_of_columns(first: str, ndoo: Ndoo, tmp_path: Path) -> None:
    """By a key of the people, or of what leads to them."""
    _without_heading(tmp_path / "in", first)
    said = ndoo("uphold", "in", "--describe", "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "heading-missing"), said.told
    assert "Table 'results'" in said.told
    assert first not in said.told
    assert not (tmp_path / "in" / "datapackage.json").exists()


@pytest.mark.parametrize("first", ["visit", "id", "v99"])
def test_a_heading_that_is_nobody_s_key_is_described(first: str, ndoo: Ndoo, tmp_path: Path) -> None:
    _without_heading(tmp_path / "in", first)
    assert ndoo("uphold", "in", "--describe").status == 0


def test_a_table_of_people_without_a_heading_can_be_described_as_it_is_advised(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    people = some(30)
    (tmp_path / "in" / "patients.csv").write_text("".join(f"P{at:03},{n}\n" for at, n in enumerate(people)))
    said = ndoo("uphold", "in", "--describe", "--json").json["error"]
    assert said["code"] == "heading-missing"
    advised = (
        'Use a datapackage.json of your own in place of --describe, with "dialect": {"header": false} for this table'
    )
    assert advised in said["message"]
    resource = {"name": "patients", "path": "patients.csv", "dialect": {"header": False}}
    (tmp_path / "in" / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    (tmp_path / "go.txt").write_text(people[3])
    by = ("--nhs-number", "patients.2", "--opted-out", "go.txt", "--checked-at", TODAY)
    assert ndoo("uphold", "in", "-o", "out", *by).status == 0
    assert "P003" not in (tmp_path / "out" / "patients.csv").read_text()
