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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from django.test import Client

from ndoo.service import run_service
from ndoo.service.processes import RESTARTS, Process
from tests.conftest import Ndoo
from tests.support.forked_ndoo import ended
from tests.support.registers import Makers


@contextmanager
def served(
    folder: Path, *options: str, part: Sequence[str] = ("serve", "--port", "0")
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service of its own, or a part of one, and its address once it answers."""
    environment = {**os.environ, "NDOO_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "ndoo.service.settings"}
    code = (
        "from ndoo.cli.main import run; import signal; signal.signal(signal.SIGINT, signal.default_int_handler); run()"
    )
    command = [sys.executable, "-c", code, *part, "--json", *options]
    run = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert run.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = run.stdout.readline()
            assert line, run.communicate()[1]
            said += line
        yield run, json.loads(said).get("address", "")
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
        assert in_chunks(address) == (400, "unsupported_grant_type"), "read, and not taken for an empty body"
        ends(run, signal.SIGTERM)


def in_chunks(address: str) -> tuple[int, str]:
    """A form without a length, as .NET sends it."""
    place = urlsplit(address)
    asking = HTTPConnection(str(place.hostname), place.port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}
    asking.request("POST", "/api/token", iter([b"grant_", b"type=password"]), headers, encode_chunked=True)
    answer = asking.getresponse()
    said = json.load(answer)["error"]
    asking.close()
    return answer.status, said


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


def test_its_parts_run_one_by_one_and_each_ends_cleanly(with_register: Path) -> None:
    with (
        served(with_register, part=("serve", "keeper")) as (keeper, _),
        served(with_register, part=("serve", "worker")) as (worker, _),
        served(with_register, part=("serve", "web", "--port", "0")) as (web, address),
    ):
        with urlopen(f"{address}health", timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        for part, processes in ((web, 1), (worker, 2), (keeper, 1)):
            started = children(part.pid)
            assert len(started) == processes
            part.send_signal(signal.SIGTERM)
            assert part.wait(60) == 0
            assert not [process for process in started if alive(process)]


def test_a_part_makes_no_register_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at a fresh setting-up made the secret key, which was then taken for one of a register that is lost."""
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    assert ended("serve", "check", cwd=tmp_path).returncode == 6
    said = ended("serve", "worker", cwd=tmp_path)
    assert said.returncode == 4
    assert "ndoo serve migrate" in said.stderr
    assert ended("serve", "migrate", cwd=tmp_path).returncode == 0
    said = ended("serve", "check", "--json", cwd=tmp_path)
    found = [one["code"] for one in json.loads(said.stdout)["problems"]]
    assert said.returncode == 6
    assert "no-administrator" in found
    assert "register-not-upgraded" not in found


def test_a_process_that_dies_is_replaced_and_the_pages_go_on(with_register: Path) -> None:
    """One extract that kills the process that reads it once ended the whole service."""
    with served(with_register) as (run, address):
        began = sorted(children(run.pid))
        for process in began[1:]:
            os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + 120
        while len(now := sorted(children(run.pid))) < 4 or set(now) & set(began[1:]):
            assert time.monotonic() < deadline
            with urlopen(f"{address}health", timeout=60) as answer:  # noqa: S310
                assert answer.status == 200
            time.sleep(0.1)
        assert began[0] in now
        os.kill(began[0], signal.SIGKILL)
        while True:
            assert time.monotonic() < deadline
            try:
                with urlopen(f"{address}health", timeout=60) as answer:  # noqa: S310
                    assert answer.status == 200
                break
            except OSError:
                time.sleep(0.1)
        ends(run, signal.SIGTERM)


def test_slow_connections_freeze_no_page(with_register: Path) -> None:
    """Nine connections that sent a byte now and then once froze every page, and took no account."""
    with served(with_register) as (_, address):
        place = urlsplit(address)
        slow = [socket.create_connection((place.hostname, place.port), timeout=60) for _ in range(100)]
        for at, connection in enumerate(slow):
            connection.sendall(b"GET / HT" if at % 2 else b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        with urlopen(address, timeout=60) as page:  # noqa: S310
            assert page.status == 200
        for connection in slow:
            connection.close()


def test_a_register_that_is_moved_away_under_the_service_is_told(with_register: Path) -> None:
    """The health of the service was said to be good over a database that was gone."""
    with served(with_register) as (_, address):
        for name in with_register.glob("register.sqlite3*"):
            name.rename(with_register / f"away-{name.name}")
        said = {}
        for page in ("health/live", "health", "health/ready"):
            try:
                with urlopen(f"{address}{page}", timeout=60) as answer:  # noqa: S310
                    said[page] = answer.status
            except HTTPError as refused:
                said[page] = refused.code
                refused.close()
        assert said == {"health/live": 200, "health": 503, "health/ready": 503}


def test_a_port_that_is_taken_is_said_so(ndoo: Ndoo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = ndoo("serve", "--port", taken.getsockname()[1], "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "port-taken")


def test_pages_without_their_styles_are_not_served(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_service, "FRONTEND", tmp_path / "none")
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


@pytest.mark.usefixtures("register")
def test_whoever_watches_over_the_service_is_not_sent_to_https(settings: Any) -> None:
    """They ask on this machine, where nothing speaks HTTPS: a redirect would be taken for an answer, or for none."""
    settings.SECURE_SSL_REDIRECT = True
    asked = Client(headers={"host": "localhost"})
    assert asked.get("/").status_code == 301
    assert [asked.get(f"/health{which}").status_code for which in ("", "/live", "/ready")] == [200] * 3


@pytest.mark.parametrize(("proxies", "https"), [("0", "off"), ("1", None)])
def test_behind_a_proxy_on_this_machine_cookies_are_for_https_alone(
    proxies: str, https: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of systemd listens on this machine alone, with nginx in front: its cookies went out for plain HTTP too."""
    monkeypatch.setenv("NDOO_HTTPS", "")
    monkeypatch.delenv("NDOO_HTTPS")
    monkeypatch.setenv("NDOO_PROXIES", proxies)
    with run_service._at_address("127.0.0.1", 0):
        assert os.environ.get("NDOO_HTTPS") == https


@pytest.mark.parametrize(("deaths", "goes_on"), [(RESTARTS, True), (RESTARTS + 1, False)])
def test_pages_do_not_answer_on_where_nobody_looks_for_an_old_backup(deaths: int, *, goes_on: bool) -> None:
    web, keeper = Process("the web server", [], (3,)), Process("the keeper", [], refuses=True, _deaths=deaths)
    assert run_service._may_go_on([web, keeper]) is goes_on
