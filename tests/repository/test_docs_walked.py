"""No reader is shown a command that does not run or an answer that is not given: today, and a year from now."""

from __future__ import annotations

import re
import shlex
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import click
import pytest

from ndoo.cli.main import main
from tests.conftest import ROOT, Ndoo, Said
from tests.support.docs_shell import Shell, Typed, differences, typed_in
from tests.support.registers import Makers

MADE = {"commands.md", "errors.md"}
"""Made of the options and the errors themselves."""
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "tests" / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in MADE),
]
WALKED = [page for page in PAGES if any(typed_in(page.read_text(encoding="utf-8")))]
_BLOCK = re.compile(r"(?ms)^```sh\n(.*?)^```$")
_INDENTED = re.compile(r"(?m)^    ((?:[A-Z_]+=\S+ )?(?:ndoo|make) (?:.*\\\n)*.*)$")


def the_clock(ahead: timedelta) -> type[datetime]:
    """The clock of the command line, so much ahead."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + ahead

    return Clock


@pytest.mark.parametrize("days", [0, 365], ids=["today", "in a year"])
@pytest.mark.parametrize("document", WALKED, ids=lambda document: document.stem)
def test_a_page_runs_as_it_is_written(
    document: Path,
    days: int,
    ndoo: Ndoo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    register_makers: Makers,
    django_db_blocker: Any,
) -> None:
    text = document.read_text(encoding="utf-8")
    monkeypatch.setattr("ndoo.cli.list_options.datetime", the_clock(timedelta(days=days)))
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    today = (datetime.now(UTC).astimezone() + timedelta(days=days)).date()
    shell = Shell(ndoo, tmp_path, today)
    with ExitStack() as stack:
        if "$ ndoo register " in text:
            stack.enter_context(django_db_blocker.unblock())
            monkeypatch.setenv("NDOO_DATABASE_URL", stack.enter_context(register_makers.sqlite()))
        for typed in typed_in(text):
            wrong = differences(typed, shell.run(typed.command))
            assert not wrong, "\n".join([typed.command, *wrong])


def test_an_answer_that_changed_is_seen() -> None:
    page = "```console\n$ ndoo a \\\n    b  # exit status 6\none …\ntwo\n```\n\n    $ ndoo c\n    three\n    …\n"
    first, second = typed_in(page)
    assert first == Typed("ndoo a b", ("one …", "two"), 6)
    assert differences(first, Said(6, "one and more\ntwo\n", "")) == []
    assert differences(first, Said(0, "one and more\ntoo\n", "")) == [
        "exit status 0",
        "not said: two",
        "not shown: too",
    ]
    assert differences(second, Said(0, "three\n", "and whatever\n")) == []
    assert differences(second, Said(0, "", "and whatever\n")) == ["not said: three"]


def written_commands() -> list[tuple[str, str]]:
    """Every command of `ndoo` and make that a page shows, run here or not, and the page."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = "\n".join("    " + line for block in _BLOCK.findall(text) for line in block.splitlines())
        found += [(page.name, one.replace("\\\n", " ")) for one in _INDENTED.findall(text + "\n" + blocks)]
    return found


@pytest.mark.parametrize(("document", "command"), sorted(set(written_commands())))
def test_a_command_that_is_shown_is_one_that_there_is(document: str, command: str) -> None:
    words = shlex.split(re.sub(r"^[A-Z_]+=\S+ ", "", command), comments=True)
    if words[0] == "make":
        targets = re.findall(r"(?m)^([a-z]+)\b.*:", (ROOT / "Makefile").read_text(encoding="utf-8"))
        assert [word for word in words[1:] if "=" not in word and word not in targets] == []
        return
    if any(word in {"|", "&&", ">"} for word in words):
        words = words[: min(words.index(word) for word in ("|", "&&", ">") if word in words)]
    found: click.Command = main
    context = click.Context(main, info_name="ndoo")
    rest = words[1:]
    while isinstance(found, click.Group) and rest:
        below = found.get_command(context, rest[0])
        assert below is not None, f"{document}: there is no {rest[0]}"
        found, rest = below, rest[1:]
        context = click.Context(found, context, help_option_names=["-h", "--help"])
    known = {name for one in found.get_params(context) for name in (*one.opts, *one.secondary_opts)}
    assert [word for word in rest if re.fullmatch(r"--?[a-z][a-z0-9-]*", word) and word not in known] == []


def test_no_example_of_a_date_goes_stale() -> None:
    for page in PAGES:
        stale = re.findall(r"--checked-at \d{4}-\d\d-\d\d", page.read_text(encoding="utf-8"))
        assert stale == [], f"{page.name}: write $(date -I)"


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 700


def test_every_page_is_named_in_the_list_of_documents() -> None:
    listed = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").glob("*/**/*.md")]
    assert [
        page for page in pages if f"({page})" not in listed and "/decisions/" not in page and "/ways/" not in page
    ] == []
