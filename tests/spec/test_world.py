"""Cases from public reports of what went wrong elsewhere: what must never come of them, and which answer is right.

They were gathered in `cases/world` from trackers and format descriptions, each with its source in `cases.json`; the numbers are synthetic.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, TODAY, Ndoo

WORLD = ROOT / "tests" / "spec" / "cases" / "world"
CASES: list[dict[str, Any]] = json.loads((WORLD / "cases.json").read_text(encoding="utf-8"))
HARMLESS = {0, 2, 3, 4, 6}
"""Exit statuses that answer: done, or refused with a sentence."""


def test_no_case_was_lost() -> None:
    assert len({case["id"] for case in CASES}) == 52
    assert all(case["source"] and case["right"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_what_the_world_sends_lets_nobody_through(case: dict[str, Any], ndoo: Ndoo, tmp_path: Path) -> None:
    shutil.copytree(WORLD / case["files"], tmp_path, dirs_exist_ok=True)
    if "scan" in case:
        answers = {
            table["confidential_patient_information"] for table in ndoo("scan", case["scan"], "--json").json["tables"]
        }
        assert answers
        assert case["not"] not in answers
        return
    place = tmp_path / "released"
    place.mkdir()
    put = {"@out": place / case.get("out", "out.csv"), "@today": TODAY}
    said = ndoo("uphold", *(put.get(word, word) for word in case["uphold"]), "--json")
    assert said.status in case.get("exit", HARMLESS), said.told
    released = b"".join(path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file())
    assert not [text for text in case.get("never", ()) if text.encode() in released], case["right"]
    if "counts" in case:
        rows = said.json["rows"]
        assert {name: rows[name] for name in case["counts"]} == case["counts"]
