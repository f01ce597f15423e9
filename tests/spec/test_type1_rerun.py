"""`ndoo type1 rerun`: an ongoing dataset does not keep somebody who objected since, and the answer names nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndoo.evidence.seal import load_sealer
from tests.conftest import Ndoo
from tests.support.numbers import some

PEOPLE = some(4000, seed=19)
STAY, LATER, GO = PEOPLE[:5], PEOPLE[5], PEOPLE[6]
CODES = ("--type1", "codes.csv")


@pytest.fixture
def released(tmp_path: Path, ndoo: Ndoo) -> Path:
    """Three releases: one holds somebody who will object, one does not, one upheld no Type 1."""
    codes = f"{GO},9Nu0.,2020-01-01\n" + "".join(f"{n},C10..,2020-01-01\n" for n in PEOPLE[10:3000])
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + codes)
    for name, people in (("with", [*STAY, LATER, GO]), ("without", [*STAY, GO])):
        (tmp_path / f"{name}.in.csv").write_text("nhs_number\n" + "".join(f"{n}\n" for n in people))
        assert ndoo("uphold", f"{name}.in.csv", "-o", f"{name}.csv", *CODES).status == 0
    (tmp_path / "none.txt").write_text(GO)
    assert (
        ndoo("uphold", "with.in.csv", "-o", "hospital.csv", "--opted-out", "none.txt", "--checked-at", _today()).status
        == 0
    )
    return tmp_path


def _today() -> str:
    from tests.conftest import TODAY

    return TODAY


def objects(folder: Path, entry: str) -> None:
    with (folder / "codes.csv").open("a") as codes:
        codes.write(entry)


@pytest.mark.parametrize("entry", [f"{LATER},XaZ89,2026-01-01\n", f"{LATER},XaZ89,\n"])
def test_only_the_dataset_that_holds_somebody_who_objected_is_made_again(
    entry: str, released: Path, ndoo: Ndoo
) -> None:
    before = ndoo("type1", "rerun", ".", *CODES, "--json")
    assert (before.status, before.json["rerun"]) == (0, [])
    objects(released, entry)
    said = ndoo("type1", "rerun", ".", *CODES, "--json")
    assert (said.status, [item["dataset"] for item in said.json["rerun"]]) == (6, ["with.csv"])
    assert sorted(item["dataset"] for item in said.json["clear"]) == ["hospital.csv", "without.csv"]
    assert "1 of 3 datasets" in said.told
    for number in PEOPLE[:7]:
        assert number not in said.out + said.told


def test_a_dataset_that_cannot_be_looked_into_is_made_again(released: Path, ndoo: Ndoo) -> None:
    (released / "without.csv").unlink()
    same = ndoo("type1", "rerun", "without.csv.manifest.json", *CODES, "--json").json
    assert same["clear"][0]["because"] == "The coded entries are the same as then."
    objects(released, f"{PEOPLE[2000]},XaZ89,2026-01-01\n")
    said = ndoo("type1", "rerun", "without.csv.manifest.json", *CODES, "--json").json
    assert "not here" in said["rerun"][0]["because"]


def test_a_dataset_that_was_changed_damaged_or_forged_is_made_again(released: Path, ndoo: Ndoo) -> None:
    manifest = released / "without.csv.manifest.json"
    whole = (released / "without.csv").read_text()
    for text, because in (
        ("nhs_number\n" + PEOPLE[9] + "\n", "changed after it was published"),
        ('nhs_number\n"', "cannot be read"),
        ("person\n" + PEOPLE[9] + "\n", "cannot be read"),
    ):
        (released / "without.csv").write_text(text)
        assert because in ndoo("type1", "rerun", manifest, *CODES, "--json").json["rerun"][0]["because"]
    (released / "without.csv").write_text(whole)
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**document, "created": "2030-01-01T00:00:00+00:00"}))
    assert (
        "changed after it was sealed" in ndoo("type1", "rerun", manifest, *CODES, "--json").json["rerun"][0]["because"]
    )
    manifest.write_text("{}")
    assert "cannot be read" in ndoo("type1", "rerun", manifest, *CODES, "--json").json["rerun"][0]["because"]


def test_whoever_seals_nonsense_gets_it_made_again_and_names_nobody(
    released: Path, ndoo: Ndoo, own_data_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Anybody can make a key. What such a manifest says is neither believed nor repeated with a number in it."""
    elsewhere = tmp_path_factory.mktemp("forged")
    whole = json.loads((released / "without.csv.manifest.json").read_text())
    manifest, sealer = elsewhere / "without.csv.manifest.json", load_sealer(own_data_folder)
    (elsewhere / "without.csv").write_bytes((released / "without.csv").read_bytes())
    columns = {"nhs_number": "nhs_number", "also": 7, "ignored": []}
    for change in ({"columns": columns}, {"type1": {"applied": True, "status": 3}}, {"type1": {"applied": True}}):
        forged = {**whole, **change, "output": {**whole["output"], "name": f"{GO}.csv"}, "created": GO}
        manifest.write_text(json.dumps(sealer.seal(forged)))
        if "type1" in change:
            (elsewhere / "without.csv").unlink(missing_ok=True)
        said = ndoo("type1", "rerun", manifest, *CODES, "--json").json
        assert [item["dataset"] for item in said["rerun"]] == ["**********.csv"]
    other = json.loads((released / "hospital.csv.manifest.json").read_text())
    manifest.write_text(json.dumps(sealer.seal({**other, "type1": {"applied": "yes", "because": GO}})))
    assert ndoo("type1", "rerun", manifest, *CODES, "--json").json["clear"][0]["because"] == "**********"


def test_a_collection_that_the_law_obliges_is_not_made_again(released: Path, ndoo: Ndoo) -> None:
    from tests.spec.test_uphold_type1 import flow

    over = ('type_1 = "overridden"', 'type_1_citation = "notice 1"')
    given = flow(released, "6", *over, from_gp_record="true")
    assert ndoo("uphold", "with.in.csv", "-o", "law.csv", "--flow", given).status == 0
    objects(released, f"{LATER},XaZ89,2026-01-01\n")
    said = ndoo("type1", "rerun", "law.csv.manifest.json", *CODES, "--json").json
    assert "The law obliges" in said["clear"][0]["because"]


def test_what_cannot_be_read_is_no_dataset_and_is_looked_into(released: Path, ndoo: Ndoo) -> None:
    (released / "without.csv.manifest.json").write_text("{}")
    (released / "empty").mkdir()
    said = ndoo("type1", "rerun", "without.csv", "hospital.csv", "empty", *CODES)
    assert said.status == 6
    first, heading, *places = said.out.splitlines()
    assert (first, heading) == ("To be made again: 0 of 1 dataset.", "Not known, so look into it:")
    assert [line.partition(":")[0].strip() for line in places] == ["without.csv", "empty"]
    assert ndoo("type1", "rerun", "without.csv", "empty", *CODES, "--quiet").out.splitlines() == [heading, *places]


def test_a_folder_without_manifests_is_no_answer(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{GO},9Nu0.,2020-01-01\n")
    (tmp_path / "empty").mkdir()
    assert ndoo("type1", "rerun", "empty", *CODES).status == 3
    assert ndoo("type1", "rerun", "empty").status == 2
