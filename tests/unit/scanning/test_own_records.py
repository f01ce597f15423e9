"""ndoo knows what is its own: sealed records are no finding, a release is named as one, a snapshot is confidential; forgeries are read."""

from __future__ import annotations

import json
from pathlib import Path

from ndoo.scanning import own_records
from ndoo.scanning.examined import Examined
from ndoo.scanning.survey import TableSurvey
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.unit.upholding.linked_tables.scene import GO, scene

PEOPLE = some(20, seed=44)


def notes(ndoo: Ndoo, target: str) -> tuple[str, str]:
    """The verdict on one file, and all that is said of it."""
    [table] = ndoo("scan", target, "--json").json["tables"]
    return table["confidential_patient_information"], ndoo("scan", target).out


def test_a_release_is_known_by_the_manifest_beside_it(tmp_path: Path, ndoo: Ndoo) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,ward\n" + "".join(f"{number},A\n" for number in PEOPLE))
    (tmp_path / "gone.txt").write_text(PEOPLE[0] + "\n")
    assert ndoo("uphold", "in.csv", "-o", "out.csv", "--opted-out", "gone.txt", "--checked-at", TODAY).status == 0
    verdict, said = notes(ndoo, "out.csv")
    assert (verdict, "released under the manifest of out.csv, sealed by this account, byte for byte" in said) == (
        "yes",
        True,
    )
    (tmp_path / "other.csv").write_text("n\n1\n")
    assert "manifest" not in notes(ndoo, "other.csv")[1]
    assert notes(ndoo, "out.csv.manifest.json")[0] == "no"
    (tmp_path / "out.csv").write_text((tmp_path / "out.csv").read_text().replace("A", "B"))
    assert "not of this file as it is: `ndoo verify out.csv` says more" in notes(ndoo, "out.csv")[1]
    [table] = ndoo("scan", "out.csv", "--json").json["tables"]
    assert not table["is_release"]
    (tmp_path / "lost.csv.manifest.json").write_bytes((tmp_path / "out.csv.manifest.json").read_bytes())
    lost = own_records.noted_as_release(tmp_path / "lost.csv", Examined(TableSurvey([]), 0))
    assert not lost.is_release, "it went while it was read"
    manifest = tmp_path / "out.csv.manifest.json"
    manifest.write_text(manifest.read_text().replace('"removed"', '"removd"'))
    assert "A manifest" not in notes(ndoo, "out.csv")[1], "its seal is broken"


def test_tables_of_a_released_folder_are_known_and_open_nothing(tmp_path: Path, ndoo: Ndoo) -> None:
    scene(tmp_path / "in")
    (tmp_path / "gone.txt").write_text(GO)
    said = ndoo(
        "uphold",
        "in",
        "-o",
        "out",
        "--opted-out",
        "gone.txt",
        "--checked-at",
        TODAY,
        "--nhs-number",
        "patients.nhs_number",
    )
    assert said.status in (0, 6), said.told
    found = ndoo("scan", "out", "--json").json
    releases = {table["name"] for table in found["tables"] if table["is_release"]}
    assert "patients.csv" in releases
    (tmp_path / "found.json").write_text(json.dumps(found))
    (tmp_path / "register.toml").write_text('[[asset]]\nid = "a"\nname = "A"\n')
    told = ndoo("review", "register.toml", "--findings", "found.json", "--json").json
    assert {item["name"].partition(" ")[0] for item in told["released"]} == {
        table["name"] for table in found["tables"] if table["confidential_patient_information"] != "no"
    }
    assert told["undeclared"] == []
    (tmp_path / "found.json").write_text(json.dumps(found).replace('"is_release": true', '"is_release": "yes"'))
    told = ndoo("review", "register.toml", "--findings", "found.json", "--json").json
    assert told["undeclared"] != []


def test_the_records_of_a_register_are_known_and_a_snapshot_is_confidential(
    tmp_path: Path, ndoo: Ndoo, register: str
) -> None:
    assert ndoo("register", "set", PEOPLE[0], "--choice", "opt_out").status == 0
    assert ndoo("register", "snapshot", "-o", "s.snapshot").status == 0
    assert ndoo("ledger", "export", "-o", "l.jsonl").status == 0
    (tmp_path / "head.json").write_text(json.dumps(ndoo("ledger", "head", "--json").json))
    verdict, said = notes(ndoo, "s.snapshot")
    assert (verdict, "It is a snapshot of a register" in said) == ("unsure", True)
    assert notes(ndoo, "head.json")[0] == "no"
    verdict, said = notes(ndoo, "l.jsonl")
    assert (verdict, "An export of a ledger, under a head sealed by this account" in said) == ("no", True)
    with (tmp_path / "l.jsonl").open("a") as file:
        file.write(json.dumps({"nhs_number": PEOPLE[1]}) + "\n")
    assert notes(ndoo, "l.jsonl")[0] != "no", "a line that no head seals"
    assert own_records.own_record(tmp_path / "none.json") is None
