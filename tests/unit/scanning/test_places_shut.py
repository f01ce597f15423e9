"""A folder that this account may not list is named, and its answer is unsure: it is never passed over."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ndoo

NUMBERS = "nhs_number,diagnosis\n9991234566,asthma\n"


@pytest.fixture
def shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`clinic/visits.csv` can be read, and `clinic/kept/apart` cannot be listed; what may be done as root is no measure."""
    apart = tmp_path / "clinic" / "kept" / "apart"
    apart.mkdir(parents=True)
    for folder in (apart, tmp_path / "clinic"):
        (folder / "visits.csv").write_text(NUMBERS)
    lists = os.scandir

    def denied(path: Any) -> Any:
        if Path(path) == apart:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return lists(path)

    monkeypatch.setattr(os, "scandir", denied)
    return apart


def test_what_nobody_may_list_is_named(shut: Path, ndoo: Ndoo) -> None:
    told = ndoo("scan", str(shut.parent.parent), "--json")
    tables = {one["name"]: one for one in json.loads(told.out)["tables"]}
    assert tables.keys() == {"visits.csv", "kept/apart"}
    assert tables["kept/apart"]["confidential_patient_information"] == "unsure"
    assert ndoo("scan", str(shut.parent), "--fail-on", "unsure").status == 6


def test_a_place_that_is_shut_altogether_is_no_empty_one(shut: Path, ndoo: Ndoo) -> None:
    told = ndoo("scan", str(shut), "--fail-on", "unsure")
    assert told.status == 6
    assert "apart: unsure" in told.out and "may not read the folder" in told.out
