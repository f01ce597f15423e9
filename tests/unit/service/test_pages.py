"""The page that tells who may do what is made from the tables that decide it, and is not old."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.service import pages
from tests.conftest import ROOT


def test_the_page_is_what_the_tables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert pages.main(["--check"]) == 0


def test_an_old_page_is_told_of_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pages.main(["--check"]) == 1 and "make generated" in capsys.readouterr().err
    pages.PAGE.parent.mkdir(parents=True)
    assert pages.main([]) == 0
    assert pages.PAGE.read_text(encoding="utf-8") == (ROOT / pages.PAGE).read_text(encoding="utf-8")
