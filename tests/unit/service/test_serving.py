"""The service starts with one command, says when it answers, and leaves nothing running when it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from ndoo.service import serving
from tests.conftest import Ndoo
from tests.registers import Makers


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service of its own, and its address once it answers."""
    environment = {**os.environ, "NDOO_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "ndoo.service.settings"}
    code = (
        "from ndoo.cli.main import run; import signal; signal.signal(signal.SIGINT, signal.default_int_handler); run()"
    )
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--json", *options]
    run = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = run.stdout.readline()
            assert line, run.communicate()[1]
            said += line
        yield run, json.loads(said)["address"]
    finally:
        run.terminate()
        run.communicate(timeout=60)


def children(process: int) -> list[int]:
    """The processes that it started."""
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(line) for line in said.stdout.split()]


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_it_answers_and_ends_cleanly(tmp_path: Path) -> None:
    with served(tmp_path, "--demo") as (run, address):
        with urlopen(f"{address}health", timeout=20) as answer:  # noqa: S310
            assert (answer.status, json.load(answer)["status"]) == (200, "ok")
        with urlopen(address, timeout=20) as page:  # noqa: S310
            assert "made up" in page.read().decode()
        ends(run, signal.SIGTERM)


def ends(run: subprocess.Popen[str], ending: signal.Signals) -> None:
    """At this signal, and nothing that it started stays."""
    started = children(run.pid)
    assert len(started) == 4
    run.send_signal(ending)
    assert run.wait(60) == 0
    assert not [process for process in started if alive(process)]


@pytest.fixture
def with_register(tmp_path: Path, register_makers: Makers, django_db_blocker: Any) -> Path:
    """A data folder whose register need not be made when the service starts."""
    with django_db_blocker.unblock():
        register_makers.empty(tmp_path / "register.sqlite3")
    return tmp_path


def test_it_ends_as_cleanly_when_it_is_interrupted(with_register: Path) -> None:
    with served(with_register) as (run, _):
        ends(run, signal.SIGINT)


@pytest.mark.parametrize("which", [1, 2, 3], ids=["worker", "upholder", "keeper"])
def test_a_service_without_its_worker_does_not_go_on_as_if_nothing_were(which: int, with_register: Path) -> None:
    """Codes and receipts would wait for ever; or nothing that is recorded would have a head."""
    with served(with_register) as (run, _):
        os.kill(sorted(children(run.pid))[which], signal.SIGKILL)
        deadline = time.monotonic() + 60
        while run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert run.returncode == 1


def test_a_port_that_is_taken_is_said_so(ndoo: Ndoo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = ndoo("serve", "--port", taken.getsockname()[1], "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "port-taken")


def test_pages_without_their_styles_are_not_served(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(serving, "FRONTEND", tmp_path / "none")
    said = ndoo("serve", "--port", "0", "--json")
    assert (said.status, said.json["error"]["code"]) == (1, "frontend-missing")


def test_a_backup_that_is_restored_beneath_a_running_service_ends_it(with_register: Path) -> None:
    with served(with_register, "--demo") as (run, _):
        deadline = time.monotonic() + 60
        while (
            not (copied := list((with_register / "heads").rglob("newest.json")))
            or not json.loads(copied[0].read_text())["size"]
        ):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with sqlite3.connect(with_register / "register.sqlite3") as register:
            register.execute("DROP TRIGGER ledger_ledgerhead_no_delete")
            register.execute("DELETE FROM ledger_ledgerhead WHERE size > 0")
        register.close()
        assert run.wait(60) == 1
        assert "older than its newest signed head" in run.communicate()[1]
