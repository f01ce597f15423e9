"""The contract's options shared by `uphold`, `check` and `verify`: each is taken by each, and means what it says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.conftest import DATA, ROOT, TODAY, Ndoo
from tests.support.numbers import some

FLOWS = ROOT / "examples" / "flows"
LIST = ("--opted-out", DATA / "pbcseq.opted_out.txt", "--checked-at", TODAY)
CODES = ("--type1", DATA / "pbcseq.codes.csv")
APPLIES, FREE = FLOWS / "5-section-251-study.toml", next(FLOWS.glob("1-*.toml"))


def flow(folder: Path, source: Path, **changed: str) -> Path:
    lines = source.read_text().splitlines()
    for name, value in changed.items():
        lines = [f"{name} = {value}" if line.startswith(f"{name} =") else line for line in lines]
    (folder / "flow.toml").write_text("\n".join(lines))
    return folder / "flow.toml"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with (DATA / "pbcseq.csv").open() as file:
        people = dict.fromkeys(row["nhs_number"] for row in csv.DictReader(file))
    path = tmp_path_factory.mktemp("numbers") / "in.dat"
    path.write_text("".join(f"{one}\n" for one in people))
    return path


def test_check_leaves_type_1_opt_outs_out_too(ndoo: Ndoo, numbers: Path, tmp_path: Path) -> None:
    up = ndoo("uphold", DATA / "pbcseq.csv", "-o", "up.csv", *LIST, *CODES, "--json").json
    said = ndoo("check", numbers, "-o", "out.dat", *LIST, *CODES, "--held", "held.dat", "--json")
    assert said.status == 6
    people = up["people"]
    assert (said.json["allowed"], said.json["withheld"]) == (people["kept"], people["removed"])
    assert said.json["held"] == {"type1_undecided": people["held"]}
    assert said.json["type1"]["people"] == up["type1"]["people"]
    assert said.json["requested"] == said.json["allowed"] + said.json["withheld"] + people["held"]
    assert len((tmp_path / "out.dat").read_text().split()) == people["kept"]
    assert len((tmp_path / "held.dat").read_text().split()) == people["held"]
    assert ndoo("check", numbers, "-o", "no.dat", *LIST, *CODES, "--undecided", "stop").status == 3
    assert not (tmp_path / "no.dat").exists()


def test_check_decides_first(ndoo: Ndoo, numbers: Path, tmp_path: Path) -> None:
    said = ndoo("check", numbers, "-o", "out.dat", *LIST, "--flow", APPLIES, "--json").json
    assert (said["withheld"], said["decision"]["outcome"]) == (23, "applies")
    assert ndoo("check", numbers, "-o", "none.dat", "--flow", APPLIES).status == 4, "a list is needed"
    said = ndoo("check", numbers, "-o", "free.dat", "--flow", FREE, "--json").json
    assert (said["withheld"], said["allowed"], said["checked_at"]) == (0, said["requested"], None)
    assert said["decision"]["outcome"] == "does_not_apply"
    review = flow(tmp_path, APPLIES, valid_to="2026-01-01")
    assert ndoo("check", numbers, "-o", "review.dat", *LIST, "--flow", review).status == 7
    gp = flow(tmp_path, APPLIES, from_gp_record="true")
    assert ndoo("check", numbers, "-o", "review.dat", *LIST, "--flow", gp).status == 4
    assert not (tmp_path / "review.dat").exists()


@pytest.mark.parametrize("form", ["list", "table"])
def test_check_puts_held_lines_aside_as_they_came(form: str, ndoo: Ndoo, tmp_path: Path) -> None:
    good, bad = some(3), ["hello", "9999999999", ""]
    head, ending = ("nhs_number,x\n", ",1") if form == "table" else ("", "")
    (tmp_path / "in.csv").write_text(head + "".join(f"{one}{ending}\n" for one in (*good[:2], *bad, good[2])))
    (tmp_path / "gone.dat").write_text(good[0] + "\n")
    asked = ("check", "in.csv", "-o", "out.dat", "--opted-out", "gone.dat", "--checked-at", TODAY)
    assert ndoo(*asked, "--held", "held.csv").status == 6
    assert (tmp_path / "held.csv").read_text() == head + "".join(f"{one}{ending}\n" for one in bad)
    why = ("--undecided", "keep-missing", "--justification", "blank lines are padding")
    said = ndoo(*asked, *why, "--json")
    assert (said.status, said.json["kept_without_number"]) == (6, 1)
    assert said.json["held"] == {"malformed": 1, "placeholder": 1}
    assert said.json["undecided"] == {"mode": "keep-missing", "justification": "blank lines are padding"}
    assert ndoo(*asked, "--undecided", "keep-missing").status == 2
    for taken in ("in.csv", "out.dat", f"{good[0]}.csv"):
        assert ndoo(*asked, "--held", taken).status == 2


def test_verify_holds_a_release_against_what_is_expected_of_it(ndoo: Ndoo, tmp_path: Path) -> None:
    with (DATA / "pbcseq.csv").open() as file:
        (tmp_path / "in.csv").write_text(file.read() + ",1,2,1,5,f,0,,,,,,,,,,,,\n")
    released = ndoo("uphold", "in.csv", "-o", "out.csv", *LIST, "--flow", APPLIES, "--held", "held.csv")
    assert released.status == 6, released.told
    verify = ("verify", "out.csv", *LIST, "--json")

    def broken(*options: object) -> list[str]:
        said = ndoo(*verify, *options)
        found = [one["name"] for one in said.json["promises"] if not one["kept"]]
        assert said.status == (3 if found else 0)
        return found

    assert broken("--flow", APPLIES, "--undecided", "hold", "--held", "held.csv", "--expect-removed", "5-10") == []
    assert broken("--expect-removed", "1-2") == ["share"]
    assert broken("--undecided", "stop") == ["undecided"]
    assert broken("--undecided", "keep-missing", "--justification", "x") == ["undecided"]
    assert broken("--held", "out.csv") == ["held"]
    assert broken("--flow", FREE) == ["flow"]
    assert broken("--flow", flow(tmp_path, APPLIES, valid_to="2026-01-01")) == ["flow"]
    assert broken("--flow", flow(tmp_path, APPLIES, from_gp_record="true")) == ["flow"]
    assert ndoo(*verify, "--justification", "x").status == 2
    assert json.loads((tmp_path / "out.csv.manifest.json").read_text())["rows"]["held"] == {"missing": 1}
    ndoo("uphold", "in.csv", "-o", "bare.csv", *LIST)
    assert ndoo("verify", "bare.csv", *LIST, "--flow", APPLIES).status == 3
