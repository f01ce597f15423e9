"""No page that is made from the code is old, and no page names a module, a path or a command that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import handbook.__main__ as handbook
import pytest
from handbook.commands import every_command
from handbook.decisions import decisions_page
from handbook.exit_statuses import OF_COMMANDS
from handbook.floors import WORK, floors
from handbook.held_reasons import MEANINGS

from ndoo.cli.main import main
from ndoo.cli.statuses import STATUSES
from ndoo.domain.nhs_number import Undecided
from ndoo.domain.setting_list import SETTINGS
from ndoo.service.api_clients.scopes import OF_TOKENS
from tests.conftest import ROOT

_MODULE = re.compile(r"`((?:src/ndoo/|tests/)?[a-z0-9_]+(?:/[A-Za-z0-9_]+)*/(?:[a-z0-9_]+\.(?:py|toml|c))?)`")


def test_no_page_is_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert handbook.main(["--check"]) == 0
    assert handbook.main(["--check"], tmp_path) == 1
    assert "commands.md is old: run `make generated`" in capsys.readouterr().err
    assert handbook.main([], tmp_path) == 0
    assert handbook.main(["--check"], tmp_path) == 0


def test_everything_is_on_its_page() -> None:
    made = {path.name: page for path, page in handbook.pages().items()}
    commands = dict(every_command(main, "ndoo"))
    assert all(f" {name}\n" in made["commands.md"] for name in commands if name != "ndoo")
    assert all(f"`{one.name}`" in made["settings.md"] for group in SETTINGS.values() for one in group)
    assert "| `POST /api/lists` | `lists.check` |" in made["api-routes.md"]
    assert all(f"`{scope}`" in made["api-routes.md"] for scope in OF_TOKENS)
    assert set(MEANINGS) == set(Undecided)
    assert set(OF_COMMANDS) <= set(STATUSES)
    assert {f"ndoo {name}" for told in OF_COMMANDS.values() for name in told} <= set(commands)


def test_the_picture_has_every_floor_and_is_readable() -> None:
    names = [name for floor in floors(ROOT / "pyproject.toml") for name in floor]
    assert sorted(names) == sorted(WORK)
    assert sorted(names) == sorted(path.parent.name for path in (ROOT / "src" / "ndoo").glob("*/__init__.py")), (
        "a room on no floor"
    )
    picture = (ROOT / "docs" / "pictures" / "floors.svg").read_text(encoding="utf-8")
    assert all(f">{name}</text>" in picture for name in names)
    assert ElementTree.fromstring(picture).get("role") == "img"  # noqa: S314  our own file


def test_a_decision_without_a_date_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "0001-a.md").write_text("# 1. A thing\n\nWhy.\n")
    with pytest.raises(ValueError, match=r"0001-a.md: begins otherwise"):
        decisions_page(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "CONTRIBUTING.md",
        "tests/README.md",
        *(f"docs/explanation/ways/{one}.md" for one in ("release", "proof", "choice", "check")),
    ],
)
def test_what_the_map_names_is_there(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    named = {one for line in lines for one in _MODULE.findall(line)}
    assert len(named) > 5
    places = (ROOT, ROOT / "src" / "ndoo")
    assert {one for one in named if not any((place / one).exists() for place in places)} == set()
