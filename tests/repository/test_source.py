"""The house stays as it was laid out: every module says what it answers, and none grows past what one reads at a sitting."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted(path for path in (ROOT / "src").rglob("*.py") if path.parent.name != "migrations")
"""Migrations are written by Django."""
MODULE_IDS = [path.relative_to(ROOT / "src").as_posix() for path in MODULES]
LONGEST = 400
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "core"}
NAMED_BY_DJANGO = "ndoo/service/queued_sqlite3/base.py"
"""Django looks for a database's connection in the module of this name, and in no other."""


@pytest.mark.parametrize("path", MODULES, ids=MODULE_IDS)
def test_a_stranger_is_told_at_once_what_a_module_answers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(text))
    assert text.startswith('"""')
    assert said
    first = said.splitlines()[0]
    assert first[-1] in ".!:;`", "the first line is a sentence"
    assert "?" not in said.split("\n\n")[0], "it says what the module does; it does not ask"


@pytest.mark.parametrize("path", MODULES, ids=MODULE_IDS)
def test_no_module_is_dreaded(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
    assert path.stem not in NAMELESS or path.relative_to(ROOT / "src").as_posix() == NAMED_BY_DJANGO


def test_every_unit_test_stands_where_its_room_is() -> None:
    rooms = {path.name for path in (ROOT / "src" / "ndoo").iterdir() if path.is_dir() and path.name != "__pycache__"}
    tested = {path.name for path in (ROOT / "tests" / "unit").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert tested == rooms


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_a_test_module_says_what_it_guards(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.startswith('"""')


def test_the_formatter_decides_how_code_is_laid_out() -> None:
    rooms = (
        path for room in ("src", "tests", "examples", "benchmarks", "frontend") for path in (ROOT / room).rglob("*.py")
    )
    exceptions = ("fmt: " + "skip", "fmt: " + "off")
    kept = [
        path
        for path in rooms
        if "node_modules" not in path.parts and any(word in path.read_text("utf-8") for word in exceptions)
    ]
    assert kept == []
