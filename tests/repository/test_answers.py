"""Every command gives a real answer here once: on stdout what was asked for, on stderr how the work goes on and what is wrong."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from ndoo.assets.files import write
from ndoo.assets.register import read_register
from ndoo.checking.mesh.rehearsal.stand_in import ANSWERING, ASKING, standing_in
from ndoo.cli import progress_line
from ndoo.cli.main import main
from ndoo.cli.pages import RaisedError, refusals
from ndoo.domain import plurals
from ndoo.domain.errors import NdooError
from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.repository.test_words import BANNED
from tests.spec.statistics_by_hand import files
from tests.support.api_callers import key_pair
from tests.support.docs_shell import PROGRESS
from tests.support.numbers import some
from tests.support.progress_told import listened_to
from tests.support.registers import Makers
from tests.support.registers_of_assets import document

RUNS_ON = {
    "serve": "serve --port 0",
    "serve web": "serve web --port 0",
    "serve worker": "serve worker",
    "serve keeper": "serve keeper",
}
"""Commands that answer and go on until somebody ends them: only what they say is tried here."""
BY = f"--opted-out go.txt --checked-at {TODAY}"
ANSWERS = (
    f"uphold in.csv -o out.csv {BY} # 6",
    f"uphold gp.csv -o whole.csv {BY}",
    "sql visits --dialect sqlserver --columns nhs_number,ward --nhs-number nhs_number --list allowed",
    f"verify out.csv {BY}",
    f"recall out.csv {BY}",
    "type1 status codes.csv -o status.csv",
    "type1 rerun whole.csv --type1 codes.csv",
    "scan in.csv",
    "impact gp.csv whole.csv --by w --rows",
    "applies examples/flows/5-section-251-study.toml",
    f"check go.txt -o cleaned.txt {BY} --expect-removed 0-100",
    "mesh checklist",
    "mesh plan --people 250000",
    "mesh doctor go.txt",
    "mesh request ask.txt --profile trust",
    f"mesh respond --profile national --once {BY}",
    "mesh collect --profile trust -o collected.dat --timeout 30",
    "mesh repair --profile trust",
    "mesh rehearse --profile trust --crowd 3 # 6",
    "register new",
    "register import choices.csv # 6",
    "register repair",
    "register set {one} --choice opt_out --channel phone",
    "register show {one} --reason asked",
    "register history {one} --reason asked",
    "register snapshot -o r.snapshot",
    "statistics -o published {tables}",
    "assets import assets.toml",
    "assets export copy.toml",
    "assets decide # 0 7",
    "assets article-30 -o record.csv",
    "assets dpia F-1 -o section.md # 0 7",
    "review # 6",
    "statement -o statement.md # 6",
    "staff add ada.boss --role administrator --given Ada --family Boss --password-stdin",
    "staff reset ada.boss",
    "callers add platform --organisation Trust --ods RX9 --asset Cohort --population 50000 --scope lists.check --public-key a.pem",
    "callers key platform --public-key b.pem",
    "callers list",
    "callers revoke platform",
    "ledger head",
    "ledger leaves --kind choice",
    "ledger receipt {leaf} -o receipt.json",
    "ledger erase {leaf} {value} --because request",
    "ledger export -o ledger.jsonl",
    "ledger verify ledger.jsonl # 0 8",
    "ledger accept --because restored",
    "key show",
    "key backup sealing.copy",
    "key trust lab rPTqGdX9m2wU0cJv6g3mC1m0O0t8h1o5V6bq6y8x1nE=",
    "key list",
    "key distrust lab",
    "key open out.csv in.csv",
    "show out.csv",
    "explain list-stale",
    "doctor # 6",
    "config trust",
    "init -o settings.toml",
    "help uphold",
    "serve check # 6",
    "serve migrate",
    "backup saved",
    "key rotate",
    "restore saved",
)
"""A line for each command, in an order in which they have what they need; after the # the exit statuses that are right, 0 if none."""


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command of the tree that does something."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from commands(below, (*words, name))
    if words and not (isinstance(command, click.Group) and not command.invoke_without_command):
        yield " ".join(words)


def asked(line: str) -> str:
    """The command that a line is of."""
    return max((name for name in commands(main) if line.startswith((f"{name} ", f"{name}#")) or line == name), key=len)


def test_no_command_is_without_an_answer_here() -> None:
    assert sorted({asked(line) for line in ANSWERS} | set(RUNS_ON)) == sorted(commands(main))


AGREES = re.compile(
    r"(?<![\w.,:/-])(?:1 (?!was\b|has\b|is\b|this\b|as\b|its\b|does\b|stands\b|holds\b)(?:[a-z]+s|people)\b(?<!ss)|(?:0|[2-9]|[1-9][0-9]+) "
    r"(?:row|person|day|line|flow|asset|file|list|release|entry|table|column|number|request|message)\b)(?!-)"
)
"""A count and a noun that does not agree with it."""


def test_what_does_not_agree_is_seen() -> None:
    assert all(map(AGREES.search, ("1 rows", "read 1 people", "0 row", "12 person", "21 day old")))
    assert not any(
        map(AGREES.search, ("1 row", "2 rows", "1 person", "11 people", "0 rows", "2026-11-1 rows", "1 was"))
    )


def judge_object(line: str, said: Said) -> None:
    """What holds of every answer to a machine: one object on stdout and nothing else."""
    assert isinstance(json.loads(said.out), dict), f"{line}: {said.out}"
    assert BANNED.findall(said.err) == [], line


def judge(line: str, said: Said) -> None:
    """What holds of every answer."""
    told = said.out + said.err
    assert said.out.strip(), f"{line}: nothing on stdout; on stderr: {said.err}"
    assert BANNED.findall(told) == [], line
    assert AGREES.findall(told) == [], f"{line}: {told}"
    for one in said.out.splitlines():
        assert not one.startswith(("WARNING", "Error [", "Using '")), f"{line}: {one}"
        assert not PROGRESS.fullmatch(one), f"{line}: {one}"


@pytest.fixture
def world(
    tmp_path: Path, register_makers: Makers, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """A folder with what every command needs, a register, and MESH; what stands in for names in the lines."""
    people = some(6)
    ones, number = "".join(f"{one},x\n" for one in people[:2]), people[0]
    texts = {
        "in.csv": f"nhs_number,w\n{ones}none,y\n",
        "gp.csv": "nhs_number,w\n" + "".join(f"{one},x\n" for one in people),
        "go.txt": f"{number}\n",
        "ask.txt": f"{number}\n{people[1]}\n",
        "codes.csv": f"nhs_number,code,date\n{people[1]},827241000000103,2026-01-05\n{people[2]},,\n",
        "choices.csv": "nhs_number,choice,recorded_at,channel,by,proxy_role\n"
        f"{people[3]},opt_out,2026-11-01T10:00:00Z,online,self,\n{people[4]},opt_out,never,online,self,\n",
        "ndoo.toml": "# as it comes\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    for name, kind in (("a.pem", "RSA"), ("b.pem", "EC")):
        (tmp_path / name).write_bytes(key_pair(kind).as_pem(private=False))
    write(read_register(document()), tmp_path / "assets.toml")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.setattr(sys, "stdin", io.StringIO("three dull green lamps\n"))
    with django_db_blocker.unblock(), register_makers.sqlite() as address, standing_in() as mesh:
        monkeypatch.setenv("NDOO_DATABASE_URL", address)
        for name, mailbox, other in (("trust", ASKING, ANSWERING), ("national", ANSWERING, ASKING)):
            said = {"url": mesh.url, "mailbox": mailbox, "password": mesh.password, "shared_key": mesh.shared_key}
            with Path(os.environ["NDOO_CONFIG"], "ndoo.toml").open("a") as settings:
                settings.write(f"[mesh.{name}]\nrecipient = {json.dumps(other)}\n")
                settings.writelines(f"{key} = {json.dumps(value)}\n" for key, value in said.items())
        yield {"one": number, "tables": shlex.join(files(tmp_path))}


@pytest.mark.parametrize("form", ["", "--json"], ids=["people", "machines"])
def test_every_command_answers_on_stdout_and_in_words_that_agree(
    form: str, world: dict[str, str], ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_line, "LOGGED", 0.5)
    wrong, told, stages = [], set[str](), listened_to(monkeypatch)
    for line in ANSWERS:
        typed, _, right = line.partition(" # ")
        if "{leaf}" in typed:
            found = ndoo("ledger", "leaves", "--kind", "choice", "--json").json["leaves"][0]
            world |= {"leaf": found["key"], "value": "nhs_number"}
        with monkeypatch.context() as elsewhere:
            if "--profile national" in typed:
                elsewhere.setenv("NDOO_DATA", "national")
            if typed.startswith("restore"):
                elsewhere.setenv("NDOO_DATA", "restored")
                elsewhere.setenv("NDOO_DATABASE_URL", "sqlite:///restored.sqlite3")
            in_form = [form] if form and asked(typed) not in DOCUMENTS else []
            stages.clear()
            said = ndoo(*shlex.split(typed.format_map(world)), *in_form)
        if stages:
            told.add(asked(typed))
        if str(said.status) not in (right or "0").split():
            wrong.append(f"{typed}: {said.status} {said.err}")
            continue
        (judge_object if in_form else judge)(typed, said)
    assert not wrong, "\n".join(wrong)
    assert set(commands(main)) - told == {name for name in commands(main) if name in RUNS_ON or name in SHORT}


SHORT = {
    "sql": "prints, and reads nothing",
    "applies": "says each flow as soon as it is decided on",
    "mesh checklist": "prints",
    "mesh plan": "reckons",
    "mesh doctor": "looks at one file that fits a message, or into the journal",
    "mesh respond": "says each round",
    "mesh repair": "changes days in the journal",
    "register set": "writes one choice",
    "register show": "looks up one person",
    "register history": "looks up one person",
    "assets export": "writes a register of hundreds",
    "assets article-30": "writes a register of hundreds",
    "assets dpia": "writes one flow",
    "staff add": "writes one account",
    "staff reset": "writes one account",
    "callers add": "writes one system",
    "callers key": "writes one key",
    "callers list": "lists tens",
    "callers revoke": "writes one key",
    "ledger erase": "writes one value",
    "key show": "reads one key",
    "key backup": "copies one key",
    "key trust": "writes a line",
    "key list": "reads a few lines",
    "key distrust": "takes a line out",
    "key rotate": "makes one key",
    "show": "reads manifests",
    "explain": "prints",
    "doctor": "looks at settings",
    "config trust": "writes a line",
    "init": "writes one file",
    "help": "prints",
}
"""Commands that tell nothing of how far they are, and why nobody waits for them longer than two seconds. Every other one tells it."""


DOCUMENTS = {"help", "staff add", "staff reset"}
"""Commands without --json: what they say is for people alone."""


def test_every_other_command_answers_machines_too() -> None:
    def takes_json(name: str) -> bool:
        command: click.Command | None = main
        for word in name.split():
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word)
        assert command is not None
        return any("--json" in option.opts for option in command.params)

    assert {name for name in commands(main) if not takes_json(name)} == DOCUMENTS


def test_an_error_of_any_code_is_said_on_stderr_with_its_code_and_is_one_object_for_machines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the catalogue is raised here as its command raises it: nothing of an error is on stdout, unless it is asked for."""
    from ndoo.cli import main as cli

    kinds = {kind.exit_status: kind for kind in (NdooError, *NdooError.__subclasses__())}
    every = [one for one in refusals() if one.status in kinds and one.where != "cli/main.py"]
    assert len(every) > 400
    for one in every:

        def fails(*_: object, one: RaisedError = one, **__: object) -> None:
            raise kinds[one.status](one.code, one.sentence)

        monkeypatch.setattr(cli.main, "main", fails)
        for asked_for in ([], ["--json"]):
            monkeypatch.setattr(sys, "argv", ["ndoo", "uphold", *asked_for])
            with pytest.raises(SystemExit) as stop:
                cli.run()
            out, err = capsys.readouterr()
            assert stop.value.code == one.status, one
            assert err.startswith(f"Error [{one.code}]: {one.sentence}") and err.count("\n") == 1, one
            assert (BANNED.findall(err), AGREES.findall(err.replace("Type 1 ", ""))) == ([], []), one
            said = json.loads(out)["error"] if asked_for else out
            assert said == (
                {"code": one.code, "message": one.sentence, "exit_status": one.status} if asked_for else ""
            ), one


@pytest.mark.parametrize("words", RUNS_ON)
def test_what_runs_on_says_so_on_stderr_and_its_address_on_stdout(
    words: str, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.service import run_service

    def answers(*_: object, serving: Any = None, working: Any = None, **__: object) -> int:
        serving("http://127.0.0.1:1") if serving else working()
        return 0

    for name in ("serve", "serve_web", "serve_worker", "serve_keeper"):
        monkeypatch.setattr(run_service, name, answers)
    said = ndoo(*shlex.split(RUNS_ON[words]), "--json")
    assert (said.status, set(said.json) <= {"address", "demo", "started"}) == (0, True)
    assert "(Ctrl-C ends it)" in said.err
    assert ndoo(*shlex.split(RUNS_ON[words])).out == ""


def sentences() -> Iterator[tuple[str, ast.JoinedStr]]:
    for path in sorted((ROOT / "src" / "ndoo").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield f"{path.relative_to(ROOT / 'src' / 'ndoo')}:{node.lineno}", node


NOUNS = [
    "answers",
    "assets",
    "bytes",
    "cells",
    "characters",
    "chunks",
    "codes",
    "columns",
    "days",
    "decisions",
    "files",
    "flows",
    "gaps",
    "groups",
    "heads",
    "leaves",
    "lines",
    "lists",
    "messages",
    "minutes",
    "months",
    "numbers",
    "pages",
    "people",
    "publications",
    "records",
    "releases",
    "requests",
    "resources",
    "rows",
    "runs",
    "seconds",
    "sendings",
    "texts",
    "things",
    "tries",
    "uses",
]
_COUNTED = re.compile(rf" (?:(?!of |whose )[a-z]+ )?(?:{'|'.join(NOUNS)})\b")
MANY_ALWAYS = {
    "assets/general.py": "said of several uses only",
    "assets/statement_blocks.py": "said of more than 30 uses, or of an organisation that uses",
    "cli/mesh_session.py": "every five minutes",
    "columnar/ipc_layout.py": "many megabytes",
    "policy/decision.py": "a code that answers",
    "scanning/json_source.py": "a share",
    "service/asset_register/made_up.py": "a title",
    "statistics/page.py": "20 of more than 20",
    "upholding/text/delimiters.py": "two columns at least",
    "upholding/databases/schema_choice.py": "two columns at least",
}
"""Files in which a number before a plural is never one, and why."""


def test_every_sentence_that_takes_a_count_is_said_by_counted() -> None:
    """So that none says 1 rows: whatever stands for a number before a plural comes from the one place where they agree."""
    wrong = []
    for where, sentence in sentences():
        for value, rest in zip(sentence.values, sentence.values[1:], strict=False):
            if (
                isinstance(value, ast.FormattedValue)
                and isinstance(rest, ast.Constant)
                and _COUNTED.match(str(rest.value))
            ):
                said = ast.unparse(value.value)
                fixed = any(word.isupper() and len(word) > 2 for word in re.findall(r"[A-Za-z_]+", said)) or said in (
                    "most",
                    "longest",
                )
                if not fixed and where.partition(":")[0] not in MANY_ALWAYS:
                    wrong.append(f"{where}: {said}{rest.value}")
    assert not wrong, "\n".join(wrong)


def counted_nouns() -> set[str]:
    found = set()
    for path in (ROOT / "src" / "ndoo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"counted", "agreeing"}
            ):
                found |= {
                    one.value for one in node.args[1:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return found


def test_every_noun_agrees_with_none_one_and_two() -> None:
    nouns = counted_nouns()
    assert len(nouns) >= 30, "the search finds what is there"
    for noun in nouns:
        none, one, two = (plurals.counted(many, noun) for many in (0, 1, 2))
        plural = none.removeprefix("0 ")
        assert (one, two) == (f"1 {noun}", f"2 {plural}")
        assert re.search(r"(?:[^sy]s|[aeiou]ys|ies|people|leaves)$", plural), plural
        assert not AGREES.search(f"{one}, {two}".replace("Type 1 ", ""))
