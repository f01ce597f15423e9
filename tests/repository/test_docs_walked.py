"""No reader is shown a command that does not run or an answer that is not given: today, and a year from now."""

from __future__ import annotations

import json
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
from tests.repository.test_answers import world
from tests.support.docs_shell import Shell, Typed, differences, typed_in
from tests.support.registers import Makers

__all__ = ["world"]
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


def the_moment(days: int) -> datetime:
    """This moment, or so many days after it: a test asks once, so that no midnight falls into it."""
    return datetime.now(UTC).astimezone() + timedelta(days=days)


def the_clock(moment: datetime) -> type[datetime]:
    """The clock of the command line, which stands at this moment."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

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
    moment = the_moment(days)
    monkeypatch.setattr("ndoo.cli.list_options.datetime", the_clock(moment))
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    shell = Shell(ndoo, tmp_path, moment.date())
    with ExitStack() as stack:
        if "$ ndoo register " in text:
            stack.enter_context(django_db_blocker.unblock())
            monkeypatch.setenv("NDOO_DATABASE_URL", stack.enter_context(register_makers.sqlite()))
        for typed in typed_in(text):
            wrong = differences(typed, shell.run(typed.command))
            assert not wrong, "\n".join([typed.command, *wrong])


UNRUN = {
    r"\b(?:FOLDER|FILE|KEY|NAME|TABLE|CODES|RELEASES|BEFORE|ADDRESS|FLOW)\b": "capitals stand for something of the reader's",
    r"…": "it is not whole",
    r"db\.example|env:WAREHOUSE|/data/|/releases|sqlite:///visits\.db|NDOO_DATA=": "a place that the reader has",
    r"--mesh live|--profile (?:live|integration)": "a mailbox of the national service",
    r"^make ": "it builds, serves or measures",
    r"Example Trust": "a key that somebody else told",
    r"--publish|--agree|--because|--ask|--engine spark|--since-last": "two people, questions, Spark, or what happened before",
    r"register show(?: --json)?$|register set|uphold visits|verify (?:released |visits)|opening\.json|ledger verify receipt|^ndoo restore": "walked below",
}
"""Commands of a page that are not run as they stand, and why: `test_a_command_that_is_shown_is_one_that_there_is` parses each."""
WALKED_BY = {
    "back-up-the-register": "tests/spec/test_register_backup_page.py",
    "ledger": "tests/unit/cli/test_ledger.py",
    "uphold-a-delta-table": "tests/engines/test_delta_tables.py",
    "uphold-with-spark": "tests/engines/test_spark_folders.py",
    "verification": "tests/unit/evidence/test_seal.py",
}
"""Where what is "walked below" of a page is walked."""


def unrun(command: str) -> str | None:
    """Why a command of a page is not run as it stands."""
    return next((why for seen, why in UNRUN.items() if re.search(seen, command)), None)


def shown_only(page: Path) -> list[str]:
    """The commands of a page in indented blocks without a `$`, their comments gone."""
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    found = [one.replace("\\\n", " ") for one in _INDENTED.findall(text)]
    return [re.sub(r" +# .*", "", re.sub(r" {2,}#.*", "", one)).strip() for one in found if not one.startswith("ndoo:")]


@pytest.mark.parametrize("days", [0, 365], ids=["today", "in a year"])
def test_a_command_that_is_shown_without_its_answer_runs_too(
    days: int, world: dict[str, str], ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = the_moment(days)
    monkeypatch.setattr("ndoo.cli.list_options.datetime", the_clock(moment))
    shell = Shell(ndoo, tmp_path, moment.date())
    extract = (tmp_path / "gp.csv").read_text()
    (tmp_path / "extract.csv").write_text(extract)
    numbers = [row.partition(",")[0] for row in extract.splitlines()[1:]]
    for name, some in {
        "numbers.dat": numbers,
        "optouts.txt": numbers[:1],
        "north.txt": numbers[:1],
        "south.txt": numbers[1:2],
    }.items():
        (tmp_path / name).write_text("".join(f"{one}\n" for one in some))
    by = "--opted-out optouts.txt --checked-at $(date -I)"
    assert shell.run(f"ndoo check numbers.dat -o cleaned.dat {by}").status == 0
    assert shell.run("ndoo uphold extract.csv -o released.csv --allowed cleaned.dat").status == 0
    made = json.loads((tmp_path / "released.csv.manifest.json").read_text())["created"][:10]
    assert made == moment.astimezone(UTC).date().isoformat(), "so the clock is the day's, or a year ahead"
    (tmp_path / "out").mkdir()
    assert shell.run("ndoo register import choices.csv").status == 6
    ran, wrong = 0, []
    for page in PAGES:
        for command in shown_only(page):
            if unrun(command) is not None:
                continue
            said = shell.run(
                command if " -o " not in command else f"{command} --force" if "key open" not in command else command
            )
            ran += 1
            if said.status not in (0, 6, 7):
                wrong.append(f"{page.name}: {command}: {said.status} {said.err}")
    assert not wrong, "\n".join(wrong)
    assert ran >= 25


def test_what_is_walked_elsewhere_is_walked_there() -> None:
    below = {
        page.stem
        for page in PAGES
        for command in shown_only(page)
        if unrun(command) == "walked below" and page.name not in MADE
    }
    assert below <= set(WALKED_BY)
    assert [test for test in WALKED_BY.values() if not (ROOT / test).is_file()] == []


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
    context = click.Context(main, info_name="ndoo", **main.context_settings)
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
