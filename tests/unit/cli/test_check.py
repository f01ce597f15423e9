"""A list of numbers in, the cleaned list out: every line accounted for, in whatever form the numbers come."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.domain.london import LONDON
from ndoo.evidence.seal import check_seal
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(30, seed=71)
GO, STAY = PEOPLE[:4], PEOPLE[4:]
BAD = ["", "hello", "1234567890", "9999999999"]
LISTED = ("--opted-out", "gone.dat", "--checked-at", TODAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gone.dat").write_text("\n".join(GO) + "\n")
    (tmp_path / "in.dat").write_text("".join(f"{number},\n" for number in [*PEOPLE[:10], *BAD, *PEOPLE]))
    return tmp_path


def cleaned(folder: Path, name: str = "out.dat") -> list[str]:
    return (folder / name).read_text().splitlines()


def test_every_line_is_accounted_for(ndoo: Ndoo, folder: Path) -> None:
    said = ndoo("check", "in.dat", "-o", "out.dat", *LISTED, "--json")
    assert said.status == 6
    told = said.json
    assert (told["read"], told["repeated"], told["requested"], told["allowed"], told["withheld"]) == (44, 10, 30, 26, 4)
    assert told["held"] == {"missing": 1, "malformed": 1, "check_digit": 1, "placeholder": 1}
    assert cleaned(folder) == [f"{number}," for number in STAY]
    record = json.loads((folder / "out.dat.manifest.json").read_bytes())
    assert (record, record["kind"]) == (told, "check")
    assert check_seal(record)
    assert record["output"]["numbers"] == 26
    assert "held back, malformed: 1 line" in said.told


@pytest.mark.parametrize(("mode", "status"), [("hold", 6), ("exclude", 0), ("stop", 3)])
def test_what_becomes_of_bad_lines_is_the_callers_to_say(mode: str, status: int, ndoo: Ndoo, folder: Path) -> None:
    assert ndoo("check", "in.dat", "-o", "out.dat", *LISTED, "--undecided", mode).status == status
    assert (folder / "out.dat").exists() == (status != 3)


def test_the_cleaned_list_upholds(ndoo: Ndoo, folder: Path) -> None:
    (folder / "in.csv").write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in PEOPLE))
    ndoo("check", "in.dat", "-o", "out.dat", *LISTED)
    assert (
        ndoo("uphold", "in.csv", "-o", "up.csv", "--allowed", "out.dat", "--checked-at", TODAY, "--json").json["rows"][
            "kept"
        ]
        == 26
    )


@pytest.mark.parametrize("column", [None, "person"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_is_asked_about_by_its_column(column: str | None, form: str, ndoo: Ndoo, folder: Path) -> None:
    cells, sexes = [*PEOPLE, "hello", PEOPLE[0]], ["F"] * 32
    if form == "csv":
        (folder / "in.csv").write_text("person,sex\n" + "".join(f"{cell},F\n" for cell in cells))
    else:
        pq.write_table(pa.table({"person": cells, "sex": sexes}), folder / "in.parquet")
    said = ndoo(
        "check", f"in.{form}", "-o", "out.dat", *LISTED, "--json", *(("--nhs-number", column) if column else ())
    )
    assert (said.status, said.json["held"], said.json["read"], said.json["repeated"]) == (6, {"malformed": 1}, 32, 1)
    assert cleaned(folder) == [f"{number}," for number in STAY]


def test_a_mothers_number_is_left_aside_where_the_column_is_named(ndoo: Ndoo, folder: Path) -> None:
    (folder / "in.csv").write_text(
        "person,mother\n" + "".join(f"{a},{b}\n" for a, b in zip(PEOPLE, PEOPLE[::-1], strict=True))
    )
    assert ndoo("check", "in.csv", "-o", "out.dat", *LISTED, "--nhs-number", "person").status == 0
    assert ndoo("check", "in.csv", "-o", "out.dat", *LISTED).status == 2


def test_whom_the_list_cannot_know_of_is_held(ndoo: Ndoo, folder: Path) -> None:
    (folder / "asked.dat").write_text("\n".join(PEOPLE[:20]) + "\n")
    (folder / "allowed.dat").write_text("\n".join(STAY[:10]) + "\n")
    (folder / "all.dat").write_text("\n".join(PEOPLE) + "\n")
    said = ndoo(
        "check",
        "all.dat",
        "-o",
        "out.dat",
        "--allowed",
        "allowed.dat",
        "--requested",
        "asked.dat",
        "--checked-at",
        TODAY,
        "--json",
    )
    assert (said.status, said.json["held"], said.json["allowed"], said.json["withheld"]) == (
        6,
        {"not_covered": 10},
        10,
        10,
    )
    assert cleaned(folder) == STAY[:10]


def test_a_share_that_cannot_be_is_refused(ndoo: Ndoo, folder: Path) -> None:
    many = some(1_500, seed=72)
    (folder / "many.dat").write_text("\n".join(many) + "\n")
    (folder / "gone.dat").write_text("\n".join(many[:700]) + "\n")
    said = ndoo("check", "many.dat", "-o", "out.dat", *LISTED, "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "list-wrong-share")
    assert not (folder / "out.dat").exists()
    assert ndoo("check", "many.dat", "-o", "out.dat", *LISTED, "--expect-removed", "40-50").status == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("in.dat", "-o", "in.dat", *LISTED), "output-is-input"),
        (("in.dat", "-o", "gone.dat", *LISTED), "output-is-input"),
        (("in.dat", "-o", f"{PEOPLE[0]}.dat", *LISTED), "name-identifies"),
        (("in.dat", "-o", "out.dat"), "list-missing"),
        (("in.dat", "-o", "out.dat", *LISTED, "--ask-again"), "mesh-options"),
        (("in.dat", "-o", "out.dat", *LISTED, "--mesh", "a"), "mesh-and-list"),
        (("in.dat", "-o", "out.dat", "--mesh", "a"), "mesh-profile-missing"),
        (("nowhere", "-o", "out.dat", *LISTED), "no-such-file"),
        (("empty.dat", "-o", "out.dat", *LISTED), "numbers-empty"),
    ],
)
def test_what_cannot_be_meant_writes_nothing(arguments: tuple[str, ...], code: str, ndoo: Ndoo, folder: Path) -> None:
    (folder / "empty.dat").write_text("\n")
    before = sorted(path.name for path in folder.iterdir())
    assert ndoo("check", *arguments, "--json").json["error"]["code"] == code
    assert sorted(path.name for path in folder.iterdir()) == before


def test_numbers_that_change_meanwhile_are_noticed(ndoo: Ndoo, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ndoo.cli import check_input

    real = check_input.blocks
    monkeypatch.setattr(check_input, "blocks", lambda path: list(real(path))[:0])
    assert ndoo("check", "in.dat", "-o", "out.dat", *LISTED, "--json").json["error"]["code"] == "input-changed"


def test_the_digest_of_one_person_is_not_told(ndoo: Ndoo, folder: Path) -> None:
    (folder / "one.dat").write_text(f"{STAY[0]}\n")
    assert ndoo("check", "one.dat", "-o", "out.dat", *LISTED, "--json").json["output"]["sha256"] is None


def test_a_plan_says_how_many_requests_it_takes(ndoo: Ndoo) -> None:
    said = ndoo("mesh", "plan", "--people", 10_000_000, "--most", 500_000, "--json")
    assert (said.json["requests_a_day"], said.json["people_each"], said.json["margin_days"]) == (3, 476_191, 14)
    assert ndoo("mesh", "plan", "--people", 5, "--refresh-days", 30).status == 2


def test_a_table_with_titles_totals_and_nulls_is_read_as_uphold_reads_it(ndoo: Ndoo, folder: Path) -> None:
    rows = "".join(f"{number}§x\n" for number in PEOPLE)
    (folder / "in.csv").write_text(f"Report§\nnhs_number§seen\n{rows}NULL§x\nTotal: 31§\n")
    said = ndoo("check", "in.csv", "-o", "out.dat", *LISTED, "--json")
    assert (said.status, said.json["error"]["code"], "--skip-rows 1" in said.told) == (3, "heading-below", True)
    said = ndoo("check", "in.csv", "-o", "out.dat", *LISTED, "--json", "--skip-rows", 1)
    assert (said.status, said.json["error"]["code"], "--skip-footer 1" in said.told) == (3, "lines-below", True)
    assert not (folder / "out.dat").exists()
    lines = ("--skip-rows", 1, "--skip-footer", 1)
    assert ndoo("check", "in.csv", "-o", "out.dat", *LISTED, "--json", *lines).json["held"] == {"malformed": 1}
    said = ndoo("check", "in.csv", "-o", "out.dat", *LISTED, "--json", *lines, "--null", "NULL")
    assert (said.status, said.json["held"]) == (6, {"missing": 1})
    assert said.json["left_out"] == {"skip_rows": 1, "skip_footer": 1}
    assert "1 line above the heading: left out, as you said." in said.told
    assert cleaned(folder) == [f"{number}," for number in STAY]


def test_a_time_without_a_zone_is_london_s(ndoo: Ndoo, folder: Path) -> None:
    for typed in (f"{TODAY}T00:00:00", f"{TODAY} 00:00", f"{TODAY}T00:00"):
        said = ndoo(
            "check", "in.dat", "-o", "out.dat", "--opted-out", "gone.dat", "--checked-at", typed, "--force", "--json"
        )
        london = datetime.fromisoformat(TODAY).replace(tzinfo=LONDON)
        assert datetime.fromisoformat(said.json["checked_at"]) == london, said.told
    assert "a time, in London where it names no zone" in " ".join(ndoo("check", "--help").out.split())
