"""How to use a command is found, and what is typed is completed: help, the manual page, the versions, names of columns."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest

from ndoo import numbers as ndoo_numbers
from ndoo.cli import versions
from ndoo.cli.column_names import ColumnName
from ndoo.cli.help_texts import with_examples
from ndoo.cli.main import COMMANDS, main
from ndoo.cli.man_page import man_page
from tests.conftest import Ndoo


def completed(words: str) -> list[str]:
    """What a shell is offered for the last word."""
    from click.shell_completion import BashComplete

    *before, last = words.split(" ")
    found = BashComplete(main, {}, "ndoo", "_NDOO_COMPLETE").get_completions(before, last)
    return [one.value for one in found]


def test_columns_are_completed_from_the_file_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("nhs_number,ward,Ward name\n9990000018,1,x\n")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    assert completed("uphold a.csv --nhs-number n") == ["nhs_number"]
    assert completed("uphold a.csv --nhs-number nhs_number --also w") == ["ward", "Ward name"]
    assert completed("impact a.csv none.csv --by ") == ["nhs_number", "ward", "Ward name"]
    assert completed("uphold broken.parquet --nhs-number ") == completed("uphold --nhs-number ") == []
    assert "--opted-out" in completed("uphold a.csv --opt")


def test_every_option_that_takes_a_column_completes_it(ndoo: Ndoo) -> None:
    context = click.Context(main)
    options = [
        (name, option)
        for name in COMMANDS
        for option in with_examples(main.get_command(context, name) or click.Command(name), name).params
        if "COLUMN" in str(option.metavar)
    ]
    assert {name for name, _ in options} >= {"uphold", "verify", "check", "impact", "sql"}
    assert [one for one in options if not isinstance(one[1].type, ColumnName)] == []


def test_help_is_a_command_too_and_knows_the_near_name(ndoo: Ndoo) -> None:
    assert ndoo("help", "uphold").out == ndoo("uphold", "--help").out
    assert ndoo("help", "register", "import").out == ndoo("register", "import", "--help").out
    assert ndoo("help").out == ndoo("--help").out
    for words, near in ((("uphol",), "uphold"), (("register", "imprt"), "import"), (("scan", "x"), "no command 'x'")):
        said = ndoo("help", *words)
        assert (said.status, near in said.err) == (2, True), said.err


def test_the_version_says_what_it_runs_on_where_asked(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in (("--version", "--verbose"), ("--verbose", "--version")):
        said = ndoo(*call)
        assert said.out.startswith("ndoo 0.1.0\nPython 3.") and "compiled part: _kernel" in said.out
    monkeypatch.setattr(versions, "find_spec", lambda _: None)
    monkeypatch.setattr(versions, "_WITH", ("no-such-package",))
    monkeypatch.setitem(sys.modules, "ndoo.numbers.kernel", None)
    monkeypatch.delattr(ndoo_numbers, "kernel", raising=False)
    said = ndoo("--version", "--verbose")
    for words in ("no-such-package not installed", "extra mesh: not installed: pip install", "compiled part: missing"):
        assert words in said.out


def test_the_manual_page_has_every_command_option_and_exit_status() -> None:
    page = man_page()
    for name in COMMANDS:
        assert f".SS ndoo {name}" in page
    for words in ("\\-\\-opted\\-out", "ndoo register import", ".TP\n\\fB8\\fR"):
        assert words in page
    assert not [line for line in page.splitlines() if line.startswith("'")]
