"""A file without a heading gives its first row for the names: what a sentence says of them names nobody."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from ndoo.upholding.column_names import DeclaredNames, column_missing, reads_like_a_damaged_number
from tests.conftest import Ndoo
from tests.support.numbers import synthetic


@pytest.mark.parametrize(
    "row",
    [
        ["99900000", "Ann Smith", "12 High Street, LS1 1AA"],
        ["", "Smith", "LS1 1AA"],
        ["unknown", "ann@example.org", "Leeds Teaching Hospitals NHS Trust"],
        ["999OOOOO12", "07700 900123", "Asthma"],
    ],
    ids=["short", "empty", "a word", "letters for digits"],
)
def test_the_first_row_is_not_told_as_the_columns(row: list[str]) -> None:
    said = column_missing("patient", row).sentence
    assert "There is no column named 'patient'." in said
    assert not [cell for cell in row if cell and cell in said]


def test_columns_that_say_what_they_are_are_listed_up_to_thirty() -> None:
    names = ["NHS Number", *(f"c{at}" for at in range(40))]
    assert "The columns are 'NHS Number', 'c0', 'c1'" in column_missing("ward", names).sentence
    assert column_missing("ward", names).sentence.endswith("'c28' and 11 more.")
    assert "Did you mean 'NHS Number'?" in column_missing("nhs_number", names).sentence
    assert column_missing("ward", ["nhsno", "age"]).sentence.endswith("The columns are 'nhsno', 'age'.")


def test_columns_that_their_source_declares_are_listed_but_for_what_was_made_of_a_first_row() -> None:
    assert column_missing("patient", ["pid", "ward"]).sentence.endswith("somebody's row.")
    assert column_missing("patient", DeclaredNames(["pid", "ward"])).sentence.endswith("The columns are 'pid', 'ward'.")
    assert column_missing("x", DeclaredNames(["spend_20240401", "ward"])).sentence.endswith("'spend_20240401', 'ward'.")
    for row in (
        ["99900000", "Ann"],
        ["999OOOOO12", "Asthma"],
        ["H4471", "Ann Smith", "C50"],
        [],
    ):  # as a text that was converted has them
        assert column_missing("patient", DeclaredNames(row)).sentence.endswith("somebody's row.")


def test_columns_by_their_place_are_listed(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "extract.csv").write_text("".join(f"{one},ward\n" for one in islice(synthetic(), 30)))
    said = ndoo("check", "extract.csv", "-o", "cleaned.dat", "--no-header", "--nhs-number", "ward", "--json")
    assert said.json["error"]["message"].endswith("The columns are '1', '2'.")


@pytest.mark.parametrize("command", ["uphold", "check", "verify", "impact"])
def test_no_command_tells_the_first_row(command: str, ndoo: Ndoo, tmp_path: Path) -> None:
    others = list(islice(synthetic(), 30))
    data = tmp_path / "extract.csv"
    data.write_text("99900000,Ann Smith,LS1 1AA\n" + "".join(f"{one},Bob Jones,LS2\n" for one in others[:20]))
    away = tmp_path / "away.dat"
    away.write_text(others[25] + "\n")
    lists = ["--opted-out", str(away), "--checked-at", "2026-11-30"]
    out = str(tmp_path / "released.csv")
    words = {
        "uphold": [str(data), *lists, "-o", out, "--nhs-number", "nhs"],
        "check": [str(data), "-o", out, "--nhs-number", "nhs"],
        "verify": [str(data), *lists, "--nhs-number", "nhs"],
        "impact": [str(data), str(data), "--nhs-number", "nhs", "--by", "ward"],
    }[command]
    result = ndoo(command, *words)
    assert result.status != 0
    assert "Ann Smith" not in result.out + result.err
    assert "99900000" not in result.out + result.err


@pytest.mark.parametrize("name", ["99900000", "999-000-00", "9990000Z12", "999OOOOO12", "99O 0OO l23", "9O9-0OO-5B12"])
def test_a_damaged_number_is_no_heading(name: str) -> None:
    assert reads_like_a_damaged_number(name)


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "nhs_number_20261130",
        "Pat_ID",
        "ids2026",
        "CaseID_2024",
        "SOB_2020_01",
        "IDS2019_20",
        "LOS_2020_21",
        "OBS_2021_1",
        "ISO8601",
    ],
)
def test_a_name_is_no_damaged_number(name: str) -> None:
    assert not reads_like_a_damaged_number(name)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("patients.nhs", " Did you mean 'patients.nhs_number'?"),
        ("patients.NHS_Numbr", " Did you mean 'patients.nhs_number'?"),
        ("patients.a.wrd", " Did you mean 'patients.a.ward'?"),
        ("patients.zzz", ""),
        ("patients.", ""),
        ("pateints.sex", " Did you mean 'patients.sex' or 'patients.nhs_number'?"),
    ],
)
def test_of_the_columns_of_a_table_those_that_are_near_are_asked_about(said: str, asked: str) -> None:
    names = ["patients.sex", "patients.nhs_number", "patients.a.ward", "wards.ward"]
    assert column_missing(said, names, vetted=True).sentence.startswith(
        f"There is no column named {said!r}.{asked} The columns"
    )
