"""A sentence is shared by commands, and its advice may be on an option that the one which failed has not."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from ndoo.cli.advised_options import not_of_this_command
from tests.conftest import Ndoo
from tests.support.numbers import some


def _group() -> click.Group:
    def command(*options: str) -> click.Command:
        return click.Command("any", params=[click.Option([option]) for option in options])

    several = {name: command("--common") for name in ("one", "two", "three", "four")}
    inner = click.Group("inner", {"deep": command("--deep-only")})
    return click.Group("ndoo", {**several, "bare": command(), "inner": inner})


@pytest.mark.parametrize(
    ("sentence", "words", "said"),
    [
        ("Use --deep-only.", ["bare", "file"], "--deep-only is an option of `ndoo inner deep`, not of `ndoo bare`."),
        ("Use --deep-only.", ["inner", "deep"], ""),
        (
            "Use --common.",
            ["inner", "deep", "x"],
            "--common is an option of `ndoo four`, `ndoo one`, `ndoo three` and others, not of `ndoo inner deep`.",
        ),
        ("Use --common.", ["one"], ""),
        ("Use --nothing-has-it.", ["one"], ""),
        ("Run `ndoo inner deep --deep-only`; no '--deep-only' here.", ["bare"], ""),
        ("A file--common.csv.", ["bare"], ""),
        ("There is no column named \"it's --common\". Nor '--common'.", ["bare"], ""),
        ("Use --deep-only.", ["--version"], ""),
    ],
)
def test_what_another_command_has_is_said_to_be_its(sentence: str, words: list[str], said: str) -> None:
    assert not_of_this_command(sentence, _group(), words) == said


def test_a_command_does_not_advise_what_it_has_not(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "before.csv").write_text("".join(f"{one},1\n" for one in some(20)))
    said = ndoo("impact", "before.csv", "before.csv", "--by", "x", "--nhs-number", "1")
    assert said.err.strip().endswith(
        "--no-header is an option of `ndoo uphold` and `ndoo check`, not of `ndoo impact`."
    )
    assert "not of" not in ndoo("check", "before.csv", "-o", "c.dat", "--nhs-number", "1").err
