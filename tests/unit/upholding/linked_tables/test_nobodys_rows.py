"""Rows that lead to nobody go with the people who alone lead to them: their address, its street, the map reference of it."""

from __future__ import annotations

from ctypes import addressof
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import uint8s
from ndoo.upholding.linked_tables import nobodys_rows, open_source
from ndoo.upholding.linked_tables.nobodys_rows import SettledRows, TableFate
from ndoo.upholding.linked_tables.verify import inspect_folder
from ndoo.upholding.verify.verification import Findings
from tests.conftest import Ndoo
from tests.unit.upholding.linked_tables.town import BY, GO, LIST, PEOPLE, TABLES, town

STAYS = [word for name in ("homes", "streets.id", "codes.id") for word in ("--leads-to-nobody", name)]


def firsts(path: Path) -> str:
    """The first cells of a table's rows."""
    return " ".join(line.split(",")[0] for line in path.read_text().splitlines()[1:])


def test_what_only_removed_people_lead_to_goes_with_them_and_what_nobody_uses_stays(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    town(tmp_path / "in")
    said = ndoo("uphold", "in", "-o", "out", *BY, "--json")
    assert said.status == 0, said.told
    assert {name: firsts(tmp_path / "out" / f"{name}.csv") for name in TABLES} == {
        "patients": "p2 p3 p4 p5",
        "homes": "h1 h2 h3 h4 h5",
        "streets": "s1 s2 s3",
        "maps": "h1 h2 h3 h4 h5",
        "codes": "c1 c2 c9",
        "visits": "p2",
    }
    told = said.json["tables"]
    assert {name: one["rows"]["removed"] for name, one in told.items()} == {
        "patients": 2,
        "homes": 1,
        "streets": 1,
        "maps": 1,
        "codes": 1,
        "visits": 1,
    }
    assert {name: one.get("unused") for name, one in told.items()} == {
        "patients": None,
        "homes": 1,
        "streets": 1,
        "maps": None,
        "codes": 2,
        "visits": None,
    }
    assert ndoo("verify", "out", *LIST).status == 0


def test_what_only_rows_lead_to_that_are_held_back_is_held_with_them(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    town(tmp_path / "in", patients=TABLES["patients"].replace(PEOPLE[3], "12"))
    said = ndoo("uphold", "in", "-o", "out", "--held", "aside", *BY, "--json")
    assert said.status == 6, said.told
    assert said.json["tables"]["homes"]["rows"]["held"] == {"malformed": 1}
    assert firsts(tmp_path / "aside" / "homes.csv") == firsts(tmp_path / "aside" / "maps.csv") == "h2"
    assert firsts(tmp_path / "out" / "homes.csv") == "h1 h3 h4 h5"


def test_a_table_of_which_it_is_said_that_it_leads_to_nobody_stays_whole_and_so_does_what_it_leads_to(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    town(tmp_path / "in")
    said = ndoo("uphold", "in", "-o", "out", *BY, *STAYS, "--json")
    assert said.status == 0, said.told
    assert {name: one["rows"]["removed"] for name, one in said.json["tables"].items()} == {
        "patients": 2,
        "homes": 0,
        "streets": 0,
        "maps": 0,
        "codes": 1,
        "visits": 1,
    }
    assert ndoo("verify", "out", *LIST).status == 0


def test_rows_are_held_for_whom_they_mention_beside_those_that_go_with_others(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    town(tmp_path / "in", maps=TABLES["maps"].replace("h4,54", f"h4,of {GO[0]}"))
    said = ndoo("uphold", "in", "-o", "out", *BY, "--mentions", "hold", "--json")
    assert said.status == 6, said.told
    rows = said.json["tables"]["maps"]["rows"]
    assert (rows["kept"], rows["removed"], rows["held"]) == (4, 1, {"mentions": 1})


def test_a_release_in_which_rows_stayed_behind_is_not_published(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft is walked anew: a home to which nobody in it leads was somebody's who is gone."""
    monkeypatch.chdir(tmp_path)
    town(tmp_path / "in")
    settled = nobodys_rows.NobodysRows.settled

    def all_stay(self: Any) -> dict[str, TableFate]:
        fates = settled(self)
        for fate in fates.values():
            fate.levels = bytearray(len(fate.levels))
        return fates

    found: list[Findings] = []

    def inspected(*asked: Any) -> Findings:
        found.append(inspect_folder(*asked))
        return found[-1]

    monkeypatch.setattr(nobodys_rows.NobodysRows, "settled", all_stay)
    monkeypatch.setattr(open_source, "inspect_folder", inspected)
    assert ndoo("uphold", "in", "-o", "out", *BY, "--json").json["error"]["code"] == "draft-not-verified"
    (broken,) = [promise for promise in found[0].promises if not promise.kept]
    assert "as many as the manifest says, in 'homes', 'streets', 'codes'" in broken.because
    assert not (tmp_path / "out").exists()


def test_a_table_that_has_other_rows_when_it_is_read_again_is_refused() -> None:
    verdict = uint8s(2)
    with pytest.raises(UnfitData):
        SettledRows(TableFate(bytearray(1))).decide(0, 0, 2, addressof(verdict))
