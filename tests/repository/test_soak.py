"""No long run is forgotten: each belongs to a part, and a soak that was cut short goes on where it stopped."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.soak import ANEW, BEGIN, CHAOS, END, FOLDERS, KILLS, PAGE, PARTS, Ran, commit, run, soak, written


def test_every_test_that_is_marked_belongs_to_a_part() -> None:
    mark = "mark." + "soak"
    marked = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py") if mark in path.read_text()}
    assert marked
    for path in marked:
        assert any(path.is_relative_to(folder) for folder in FOLDERS.values()), path
    assert set(FOLDERS) < set(PARTS)


def test_what_passed_is_not_run_again_and_what_failed_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record, ran = tmp_path / "build" / "passed.json", []

    def runs(part: str, command: list[str]) -> Ran:
        ran.append(part)
        return Ran(int(part == "mesh" and len(ran) <= len(PARTS)), 1.5)

    assert soak([], "a" * 40, record, runs) == 1
    assert sorted(ran) == sorted(PARTS)
    assert "mesh: FAILED" in capsys.readouterr().out
    assert soak([], "a" * 40, record, runs) == 0
    assert ran[len(PARTS) :] == ["mesh"]
    assert "Every part has passed, in 0 s." in capsys.readouterr().out
    assert set(json.loads(record.read_text())["a" * 40]) == set(PARTS)
    assert soak(["kills"], "a" * 40, record, runs) == 0
    assert ran[-1] == "kills", "one that is asked for is run, whether it passed or not"


def test_the_inputs_of_some_parts_are_drawn_anew() -> None:
    assert set(ANEW) < set(PARTS)
    asked = [sys.executable, "-c", "import os; raise SystemExit('NDOO_EXPLORE' in os.environ)"]
    assert [run(part, asked).status for part in ("mesh", *ANEW)] == [0, 1, 1]


def test_the_command_of_a_part_is_told_by_its_status_and_its_processor_time() -> None:
    ran = run("mesh", [sys.executable, "-c", "sum(range(3_000_000)); raise SystemExit(7)"])
    assert ran.status == 7
    assert ran.processor > 0


def test_what_passed_on_another_tree_proves_nothing_here(tmp_path: Path) -> None:
    record, ran = tmp_path / "passed.json", []

    def runs(part: str, command: list[str]) -> Ran:
        ran.append(part)
        return Ran(0, 0)

    for of in ("a" * 40, "b" * 40, "b" * 40 + "+", "b" * 40 + "+"):
        soak([], of, record, runs)
    assert len(ran) == 4 * len(PARTS)


def test_a_part_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert soak(["kils"], commit(), tmp_path / "passed.json") == 2
    assert "kills" in capsys.readouterr().err


def test_the_page_has_a_place_for_what_passed_and_the_count_of_kills_is_kept(tmp_path: Path) -> None:
    def runs(part: str, command: list[str]) -> Ran:
        (tmp_path / KILLS).write_text("700 in SQLite\n800 in PostgreSQL\n")
        return Ran(0, 61.4)

    (tmp_path / KILLS).write_text("9 of an earlier run\n")
    soak(["kills", "mesh"], "a" * 40, tmp_path / "passed.json", runs)
    passed = json.loads((tmp_path / "passed.json").read_text())
    assert passed["a" * 40]["kills"]["kills"] == 1500
    page = written(PAGE.read_text("utf-8"), {**passed, "b" * 40 + "+": passed["a" * 40]})
    record = page.partition(BEGIN)[2].partition(END)[0]
    assert "| `aaaaaaaa` | kills | 0 | 61 |" in record
    assert "What the hour" not in record
    assert "bbbb" not in record, "what passed on a tree with changes is no record"
    assert written(page, passed) == page
    with pytest.raises(ValueError, match="no place"):
        written("# Another page", passed)


def test_what_the_hour_of_chaos_came_to_is_kept_and_what_an_earlier_one_came_to_is_not(tmp_path: Path) -> None:
    def runs(part: str, command: list[str]) -> Ran:
        assert not (tmp_path / CHAOS).exists()
        (tmp_path / CHAOS).write_text("60 minutes\n7 choices saved\n")
        return Ran(0, 3600.0)

    (tmp_path / CHAOS).write_text("of an earlier run\n")
    soak(["chaos"], "a" * 40, tmp_path / "passed.json", runs)
    passed = json.loads((tmp_path / "passed.json").read_text())
    assert passed["a" * 40]["chaos"]["report"] == ["60 minutes", "7 choices saved"]
    page = written(PAGE.read_text("utf-8"), passed)
    assert "What the hour of `chaos` came to on `aaaaaaaa`:\n\n- 60 minutes\n- 7 choices saved\n" in page
