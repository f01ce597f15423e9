"""However a command ends, it ends with the contract's status, one safe sentence, and no word from the data."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import pytest

from ndoo.cli import uphold
from ndoo.cli.main import COMMANDS, INTERRUPTED
from ndoo.cli.statuses import STATUSES
from ndoo.domain import errors
from tests.conftest import Ndoo
from tests.support.numbers import some

NUMBER = some(1)[0]
FOREIGN = [
    RuntimeError(f"row {NUMBER}"),
    ValueError(NUMBER),
    MemoryError(),
    OSError(5, f"bad {NUMBER}"),
    RecursionError(),
    KeyError(NUMBER),
]


@pytest.fixture
def ends_with(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `ndoo uphold` so that it raises `error`, or returns it where it is no exception."""

    def end(error: Any, *options: str) -> Any:
        @click.command()
        @click.option("--json", is_flag=True)
        def command(json: bool) -> int:
            if isinstance(error, BaseException):
                raise error
            return int(error)

        monkeypatch.setattr(uphold, "command", command)
        return ndoo("uphold", *options)

    return end


@pytest.mark.parametrize("name", ["NdooError", "Fault", "UsageFault", "UnfitData", "NoUsableList", "NotPermitted"])
def test_every_kind_of_error_has_its_status_and_its_sentence(name: str, ends_with: Any) -> None:
    kind = getattr(errors, name)
    said = ends_with(kind("some-code", "A sentence."))
    assert (said.status, said.out, said.err) == (kind.exit_status, "", "Error [some-code]: A sentence.\n")
    assert said.status in STATUSES


@pytest.mark.parametrize("name", ["NdooError", "Fault", "UsageFault", "UnfitData", "NoUsableList", "NotPermitted"])
def test_a_script_gets_one_object_and_nothing_else(name: str, ends_with: Any) -> None:
    kind = getattr(errors, name)
    said = ends_with(kind("some-code", "A sentence."), "--json")
    assert said.json == {"error": {"code": "some-code", "message": "A sentence.", "exit_status": kind.exit_status}}
    assert said.out.count("\n") == 1
    assert said.err == "Error [some-code]: A sentence.\n"


@pytest.mark.parametrize("error", FOREIGN, ids=lambda error: type(error).__name__)
def test_a_foreign_message_is_never_shown(error: Exception, ends_with: Any) -> None:
    for options in ((), ("--json",)):
        said = ends_with(error, *options)
        assert said.status == 1
        assert said.err.startswith(
            f"Error [fault]: An unexpected fault ({type(error).__name__} at test_main_endings.py:"
        )
        assert said.err.count("\n") == 1
        assert "Traceback" not in said.err
        for word in ("row", "bad", NUMBER[:6]):
            assert word not in said.err + said.out
        assert said.json["error"]["code"] == "fault" if options else said.out == ""


def test_a_place_that_may_not_be_looked_at_is_named_and_no_fault_of_ours(ends_with: Any) -> None:
    """Wherever it is noticed: a path's own `exists` raises as well. A number in a name is masked."""
    said = ends_with(PermissionError(13, "Permission denied", f"shut/{NUMBER}.csv"))
    assert said.status == 5
    assert said.err.startswith("Error [no-permission]: This account may not use what was named (shut/")
    assert NUMBER not in said.err
    assert ends_with(PermissionError("row of somebody")).err.startswith("Error [fault]: ")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_130(error: BaseException, ends_with: Any) -> None:
    said = ends_with(error, "--json")
    assert said.status == INTERRUPTED == 130
    assert said.json["error"]["code"] == "interrupted"
    assert said.err.strip().startswith("Error [interrupted]: Interrupted.")


@pytest.mark.parametrize("status", [0, 3, 6])
def test_what_a_command_returns_is_the_status(status: int, ends_with: Any) -> None:
    said = ends_with(status)
    assert (said.status, said.out, said.err) == (status, "", "")


USAGE = [
    (),
    ("nothing",),
    ("uphold",),
    ("uphold", "a"),
    ("uphold", "a", "-o"),
    ("uphold", "-o", "c"),
    ("--nothing",),
    ("verify",),
    ("verify", "a", NUMBER),
    ("uphold", "a", "-o", "b", "--undecided", NUMBER),
    ("uphold", "a", "-o", "b", f"--{NUMBER}"),
    (NUMBER,),
    ("uphold", "a", "-o", "b", "--checked-at", NUMBER),
    ("uphold", "a", "-o", "b", "--checked-at", "yesterday"),
    ("uphold", "a", "-o", "b", "--expect-removed", NUMBER),
    ("uphold", "a", "-o", "b", "--expect-removed", "5"),
    ("uphold", "a", "-o", "b", "--expect-removed", "5-4"),
    ("uphold", "a", "-o", "b", "--expect-removed", "5-101"),
    ("uphold", "a", "-o", "b", "--expect-removed", "nan-5"),
    ("uphold", "a", "-o", "b", "--encoding", "utf-7"),
]


@pytest.mark.parametrize("call", USAGE, ids=lambda call: " ".join(call).replace(NUMBER, "NUMBER"))
def test_a_call_that_cannot_be_meant_is_usage_and_repeats_no_number(call: tuple[str, ...], ndoo: Ndoo) -> None:
    said = ndoo(*call)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(("Usage: ndoo", "Error [usage]: Option"))
    assert NUMBER[:6] not in said.err


def test_a_wrong_call_with_json_still_answers_with_one_object(ndoo: Ndoo) -> None:
    said = ndoo("uphold", "--json", NUMBER, "--undecided", NUMBER)
    assert (said.status, said.json["error"]["code"], said.json["error"]["exit_status"]) == (2, "usage", 2)
    assert said.err == f"Error [usage]: {said.json['error']['message']}\n"


@pytest.mark.parametrize("command", [None, *COMMANDS])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_there_for_every_command(command: str | None, flag: str, ndoo: Ndoo) -> None:
    said = ndoo(*([command] if command else []), flag)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage: ndoo {command or '[OPTIONS]'}")
    flat = " ".join(said.out.split())
    of_a_list = ["--json", "--quiet", "--allowed", "--opted-out", "--checked-at", "--type1"]
    others = {
        "applies": ["--json", "--quiet", "--ask", "--save"],
        "serve": ["--host", "--port", "--demo"],
        "register": ["set", "show", "history", "import", "snapshot"],
        "type1": ["status", "rerun"],
        "key": ["show", "backup", "trust", "distrust", "list", "rotate"],
        "mesh": ["request", "collect", "doctor", "plan", "rehearse", "respond"],
        "check": ["--json", "--quiet", "--allowed", "--opted-out", "--checked-at", "--mesh", "--timeout"],
        "impact": ["--json", "--quiet", "--by", "--rows"],
        "statistics": ["--json", "--quiet", "--people", "--list-sizes", "--earlier"],
        "sql": ["--dialect", "--columns", "--nhs-number", "--list", "--json"],
        "staff": ["add", "reset"],
        "assets": ["import", "export", "decide"],
        "review": ["--json", "--quiet", "--findings", "--evidence", "--calendar"],
        "statement": ["--json", "--quiet", "--findings", "--evidence", "--publish", "--agree", "--evidence-pack"],
        "callers": ["add", "key", "list", "revoke"],
        "config": ["trust"],
        "help": ["COMMAND"],
        "ledger": ["head", "export", "verify", "leaves", "receipt", "erase", "accept"],
        "scan": ["--json", "--quiet", "--afresh", "--fail-on", "env:VARIABLE"],
        "show": ["--html", "RELEASE"],
        "explain": ["CODE"],
        "doctor": ["--json", "--quiet"],
        "init": ["--output", "--force"],
        "backup": ["--json", "--quiet", "FOLDER"],
        "restore": ["--json", "--quiet", "FOLDER"],
    }
    for wanted in others.get(command, of_a_list) if command else [*COMMANDS, *COMMANDS.values()]:
        assert wanted in flat
    if command is None:
        assert all(f"{status} {meaning}" in flat for status, meaning in STATUSES.items())


def test_help_does_not_wait_for_the_engines() -> None:
    code = (
        "import sys; from ndoo.cli import main; sys.argv=['ndoo', '--help']\ntry: main.run()\nexcept SystemExit: pass\n"
    )
    heavy = "pyarrow cryptography zstandard numpy email concurrent.futures ndoo.upholding.uphold ndoo.cli.uphold"
    code += f"print([name for name in {heavy.split()} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_the_version_is_said(ndoo: Ndoo) -> None:
    assert ndoo("--version").out == "ndoo 0.1.0\n"


DRIVER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background has it ignored
from ndoo.cli import main
from ndoo.evidence.seal import Sealer
def wait(self, document):
    print("ready", flush=True)
    time.sleep(60)
Sealer.seal = wait
sys.argv = ["ndoo", *sys.argv[1:]]
main.run()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_leaves_nothing_behind(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in some(50)))
    (tmp_path / "list.dat").write_text("\n".join(some(50)))
    from tests.conftest import TODAY

    call = [
        "uphold",
        "in.csv",
        "-o",
        "out.csv",
        "--held",
        "held.csv",
        "--allowed",
        "list.dat",
        "--checked-at",
        TODAY,
        "--json",
    ]
    run = subprocess.Popen(
        [sys.executable, "-c", DRIVER, *call], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    assert len(list(tmp_path.iterdir())) > 2, "drafts and locks are there to be left behind"
    run.send_signal(number)
    out, err = run.communicate(timeout=300)
    assert run.returncode == 130
    assert json.loads(out)["error"]["exit_status"] == 130
    assert err.strip() == "Error [interrupted]: Interrupted. The output is absent, or whole with its manifest."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "list.dat"]


NDOO = Path(sys.executable).with_name("ndoo")


@pytest.mark.parametrize("encoding", ["latin-1", "cp437"])
def test_a_terminal_that_lacks_a_character_ends_no_work(encoding: str) -> None:
    """As on a Windows console, whose encoding has no … ."""
    mine, theirs = pty.openpty()
    run = subprocess.Popen(
        [NDOO, "explain", "list-stale"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    seen = os.read(mine, 1)
    _, err = run.communicate(timeout=300)
    os.close(theirs)
    with suppress(OSError):  # the end of a terminal
        while piece := os.read(mine, 4096):
            seen += piece
    os.close(mine)
    assert (run.returncode, err) == (0, b"")
    assert b"? stands for a name" in seen


SQL = ("sql", "t", "--dialect", "sqlite", "--nhs-number", "n", "--list", "allowed", "--columns")


@pytest.mark.parametrize("call", [(*SQL, "n,\u03a9"), ("explain", "list-stale"), ("uphold", "--help")], ids=" ".join)
def test_an_answer_that_goes_on_is_never_changed_by_an_encoding(call: tuple[str, ...]) -> None:
    """SQL that asked for another column was printed, with exit status 0."""
    said = {
        encoding: subprocess.run(
            [NDOO, *call], capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding}, check=False
        )
        for encoding in ("utf-8", "latin-1")
    }
    assert (said["utf-8"].returncode, said["utf-8"].stderr) == (0, b"")
    assert said["latin-1"].returncode == 1
    told = said["latin-1"].stdout.decode("latin-1")
    assert said["utf-8"].stdout.decode().startswith(told), "what came before that character is as it was"
    assert told == "" or call[0] == "explain", "a document is printed in one piece"
    assert (
        b"Error [answer-unwritten]: " in said["latin-1"].stderr and b"PYTHONIOENCODING=utf-8" in said["latin-1"].stderr
    )


def test_what_is_said_beside_an_answer_is_said_in_any_encoding(tmp_path: Path) -> None:
    said = subprocess.run(
        [NDOO, "show", "\u03a9.csv", "--json"],
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        check=False,
    )
    assert said.returncode == 2 and b"?.csv" in said.stderr
    assert "\u03a9.csv" in json.loads(said.stdout)["error"]["message"], "which JSON writes without that sign"
