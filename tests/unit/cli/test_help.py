"""How to use a command is found, and what is typed is completed: help, the manual page, the versions, names of columns."""

from __future__ import annotations

import io
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ndoo import numbers as ndoo_numbers
from ndoo.cli import versions
from ndoo.cli.column_names import ColumnName
from ndoo.cli.help_examples import EXAMPLES
from ndoo.cli.help_texts import with_examples
from ndoo.cli.main import COMMANDS, main
from ndoo.cli.man_page import man_page
from tests.conftest import Ndoo
from tests.support.numbers import some


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


def every(command: click.Command, context: click.Context, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Each command, and each of a group's, by what is typed."""
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            one = command.get_command(context, name)
            assert one is not None
            yield from every(one, click.Context(one, context, name), *path, name)


def test_every_command_shows_two_examples_that_it_understands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click.Path, "convert", lambda self, value, param, ctx: value)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{some(1)[0]}\n" * 9))  # whose history, and so on
    monkeypatch.setattr(click.Option, "prompt_for_value", lambda self, ctx: "asked for")
    found = dict(every(main, click.Context(main, info_name="ndoo", **main.context_settings)))
    del found[""]
    assert set(found) == set(EXAMPLES)
    for typed, command in found.items():
        alone = click.Context(
            command, info_name=typed, **main.context_settings
        )  # what it is called is kept by the command
        shown = command.get_help(alone).partition("Examples:")[2]
        assert [line.strip() for line in shown.strip().splitlines()] == list(EXAMPLES[typed]), typed
        for example in EXAMPLES[typed]:
            words = shlex.split(example)[1:]
            assert words[: len(typed.split())] == typed.split(), example
            named = " ".join(words[:2]) if " ".join(words[:2]) in found else words[0]
            one = found[named]
            if not isinstance(one, click.Group):
                one.make_context(named, words[len(named.split()) :], **main.context_settings)


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
