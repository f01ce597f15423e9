"""Nothing of the register is lost or altered on its way through files and the spreadsheet, whatever was typed into it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings

from ndoo.assets.files import register_from, write
from ndoo.assets.register import Register
from tests.support.registers_of_assets import TEXTS, asset, document, flow, register, registers

FORMS = (".toml", ".json", ".xlsx")


def through(what: Register, suffix: str) -> Register:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"register{suffix}"
        write(what, path)
        return register_from(path)


@pytest.mark.parametrize("suffix", FORMS)
@given(what=registers())
@settings(max_examples=15)
def test_a_register_comes_back_as_it_went(suffix: str, what: Register) -> None:
    assert through(what, suffix) == what


@given(text=TEXTS)
@example("=HYPERLINK(1)")
@example("'=1")
@example("#N/A")
@example("''")
@example("1e5")
@example("a\nb\tc")
@settings(max_examples=15)
def test_a_text_comes_back_from_a_spreadsheet_as_it_went(text: str) -> None:
    what = register(asset=[asset(notes=text)], flow=[])
    assert through(what, ".xlsx").assets["A-1"].text("notes") == what.assets["A-1"].text("notes")


@pytest.mark.parametrize("suffix", FORMS)
def test_nothing_of_an_empty_or_a_full_register_is_lost(suffix: str) -> None:
    assert through(Register(), suffix) == Register()
    full = register(
        flow=[flow(), flow("F-2", assets=[], status="planned", facts={})], asset=[asset(), asset("A-2", tables=[])]
    )
    assert through(full, suffix) == full


def test_a_file_by_hand_is_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.toml"
        path.write_text('[[asset]]\nid = "A"\nname = " spaces  "\r\nidentifiers = []\nnotes = ""\n', encoding="utf-8")
        found = register_from(path)
    assert found.assets["A"].said == {"id": "A", "name": "spaces"}
    assert document()["asset"][0]["id"] == "A-1"
