"""ndoo knows what is its own: sealed records are no finding, a release is named as one, a snapshot is confidential; forgeries are read."""

from __future__ import annotations

import json
from pathlib import Path

from ndoo.scanning import own_records
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

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
    assert (verdict, "A manifest of ndoo lies beside it, sealed by this account" in said) == ("yes", True)
    assert "`ndoo verify out.csv`" in said
    assert notes(ndoo, "out.csv.manifest.json")[0] == "no"
    manifest = tmp_path / "out.csv.manifest.json"
    manifest.write_text(manifest.read_text().replace('"removed"', '"removd"'))
    assert "lies beside it" not in notes(ndoo, "out.csv")[1], "its seal is broken"


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
