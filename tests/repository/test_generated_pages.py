"""Pages that are made from data say so in line one, and are not stale."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from ndoo.policy import load_pack
from ndoo.policy.pages import GENERATED, pages
from ndoo.policy.read_pack import pack_names
from tests.conftest import ROOT


@pytest.mark.parametrize("name", pages())
def test_a_page_is_what_the_packs_say(name: str) -> None:
    page = (ROOT / "docs" / "reference" / "policy" / name).read_text(encoding="utf-8")
    assert page == pages()[name], "stale: run `make generated`"
    assert page.splitlines()[0] == GENERATED


def test_every_rule_exemption_source_and_setting_has_its_place() -> None:
    told = pages()
    for name in pack_names():
        pack = load_pack(name)
        for rule in pack.every_rule():
            if not rule.exemption:
                assert f"| {rule.step} | {rule.code} |" in told["decision-table.md"]
        assert all(f"| {source} |" in told["sources.md"] for source in pack.sources)
        assert all(f"| `{setting}` |" in told["sources.md"] for setting in pack.settings)
        assert all(f"## {claim}:" in told["exemptions.md"] for claim in pack.exemptions)
    assert "NOT in force" in told["decision-table.md"]


def test_the_command_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["pages", str(tmp_path)])
    monkeypatch.delitem(sys.modules, "ndoo.policy.pages")
    runpy.run_module("ndoo.policy.pages", run_name="__main__")
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == pages()
