"""A second identifier left behind, in every disguise: a scan of the table finds it, and a scanner of patterns does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import Ndoo
from tests.support.disguises import DISGUISES
from tests.support.numbers import some
from tests.support.worlds_of_data import as_csv

PATTERN = re.compile(r"\b[0-9]{3} ?[0-9]{3} ?[0-9]{4}\b")
"""What catalogues ship for NHS numbers: ten digits, with or without spaces."""


def planted(disguise: object) -> dict[str, list[str]]:
    """Five numbers among a hundred remarks."""
    numbers = some(5, seed=9)
    remark = ["Seen in clinic and doing well, see again in June."] * 95
    remark += [f"Her mother, {disguise(n)}, came along today." for n in numbers]  # type: ignore[operator]
    return {"episode": [f"E{at}" for at in range(100)], "remark": remark}


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda disguise: disguise.__name__)
def test_every_planted_number_is_found(disguise: object, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(as_csv(planted(disguise)), encoding="utf-8")
    (table,) = ndoo("scan", "in.csv", "--json").json["tables"]
    remark = next(column for column in table["columns"] if column["name"] == "remark")
    assert (remark["kind"], remark["holds"]) == ("free_text", ["nhs_number"])
    assert table["confidential_patient_information"] != "no"


def test_the_disguises_bite_a_scanner_of_patterns() -> None:
    blind = [d.__name__ for d in DISGUISES if not any(PATTERN.search(text) for text in planted(d)["remark"][95:])]
    assert len(DISGUISES) >= 12
    assert len(blind) >= 12


def test_a_file_named_after_somebody_is_found_and_not_repeated(
    ndoo: Ndoo, tmp_path: Path, own_data_folder: Path
) -> None:
    number = some(1, seed=9)[0]
    away = tmp_path.parent / f"{tmp_path.name}-apart"
    away.mkdir()
    (away / f"letter_{number}.txt").write_text("Nothing in it.\n")
    said = ndoo("scan", away, "--json")
    (table,) = said.json["tables"]
    assert table["limbs"]["identifies"]["answer"] == "yes"
    assert number not in said.out + said.told
    assert number.encode() not in b"".join(path.read_bytes() for path in own_data_folder.iterdir())
