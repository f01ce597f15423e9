"""What people read is plain English: no turn of an earlier private language is in a help text, an error or an answer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from ndoo.cli.help_texts import EXAMPLES
from ndoo.cli.main import COMMANDS, main
from ndoo.cli.pages import refusals
from ndoo.domain.plurals import counted
from tests.conftest import ROOT, TODAY, Ndoo
from tests.support.numbers import some

BANNED = re.compile(
    r"names the person|\bstands in\b|of the other polarity|\bupheld on\b|\b[Ss]ay -|\bis no field\b|\b1 days\b|\b1 rows\b|\b1 people\b"
)


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """The help of a command and of all below it."""
    context = click.Context(
        command, info_name=name, help_option_names=["-h", "--help"]
    )  # click keeps what it made first
    yield name, " ".join(command.get_help(context).split())
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None
            yield from helps(below, f"{name} {each}")


def test_no_help_text_has_a_turn_that_nobody_else_uses() -> None:
    found = dict(helps(main, "ndoo"))
    assert set(found) >= {f"ndoo {name}" for name in COMMANDS}
    assert {name: BANNED.findall(text) for name, text in found.items() if BANNED.search(text)} == {}


def test_every_command_has_two_examples_that_its_options_take() -> None:
    found = dict(helps(main, "ndoo"))
    for name in COMMANDS:
        for example in EXAMPLES[name]:
            assert example in found[f"ndoo {name}"]
            command: click.Command = main
            context = click.Context(main, info_name="ndoo", **main.context_settings)
            words = shlex.split(example)[1:]
            while isinstance(command, click.Group) and not words[0].startswith("-"):
                below = command.get_command(context, words.pop(0))
                assert below is not None, example
                command, context = below, click.Context(below, context, help_option_names=["-h", "--help"])
            command.make_parser(context).parse_args(words)


def test_the_common_options_come_first() -> None:
    text = dict(helps(main, "ndoo"))["ndoo uphold"]
    order = [
        text.index(word)
        for word in (
            "Most used:",
            "--output",
            "--allowed",
            "The list:",
            "Folders and databases:",
            "--json",
            "Examples:",
        )
    ]
    assert order == sorted(order)


def test_no_error_has_one() -> None:
    assert [(one.code, one.sentence) for one in refusals() if BANNED.search(one.sentence)] == []


@pytest.mark.parametrize("rows", [1, 2])
def test_no_answer_has_one_and_plurals_agree(rows: int, ndoo: Ndoo, tmp_path: object) -> None:
    from pathlib import Path

    folder, people = Path(str(tmp_path)), some(3)
    (folder / "in.csv").write_text("nhs_number,w\n" + "".join(f"{one},x\n" for one in people[:2]) + "none,y\n" * rows)
    (folder / "go.txt").write_text(f"{people[0]}\n")
    by = ("--opted-out", "go.txt", "--checked-at", TODAY)
    said = [
        ndoo("uphold", "in.csv", "-o", "out.csv", "--held", "h.csv", *by),
        ndoo("verify", "out.csv", *by),
        ndoo("show", "out.csv"),
        ndoo("recall", "out.csv", *by),
        ndoo("check", "go.txt", "-o", "c.txt", *by, "--expect-removed", "0-100"),
        ndoo("scan", "in.csv"),
    ]
    assert [one.status for one in said] == [6, 0, 0, 0, 0, 0]
    assert [found for one in said for found in BANNED.findall(one.told)] == []
    held = "1 row was" if rows == 1 else "2 rows were"
    assert f"{held} held back: the NHS number is missing or invalid. See h.csv." in said[0].out
    assert "PASS  digest" in said[1].out


def test_no_count_of_the_command_line_stands_before_a_plural_that_may_be_one() -> None:
    """`counted` is the one place where a number and its noun agree."""
    by_hand = re.compile(r"\{number\([^{}]*\)\} (?:people|rows|leaves|heads|assets|flows|lines|releases)\b")
    folder = ROOT / "src" / "ndoo" / "cli"
    assert {path.name for path in folder.glob("*.py") if by_hand.search(path.read_text("utf-8"))} == set()


def test_a_number_and_its_noun_agree() -> None:
    assert [counted(many, "person") for many in (0, 1, 2)] == ["0 people", "1 person", "2 people"]
    assert (counted(1, "row"), counted(12_345, "row"), counted(2, "entry")) == ("1 row", "12,345 rows", "2 entries")
