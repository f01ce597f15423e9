"""Every part of the service is killed while somebody chooses: what was acknowledged is there, whole and in order, and the rest goes on."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.support.organisation import Organisation, free_port, sends

pytestmark = pytest.mark.soak
ANN = "9991000100"
PARTS = ("web", "worker", "upholding", "keeper")
KILLS_OF_EACH = 2
"""Fewer than the deaths in a row after which a process is given up."""
COMES_BACK_WITHIN = 240
"""Seconds; no measure of how fast this is, only of when a test is given up."""


@dataclass
class Patient:
    """Somebody who changes their mind again and again. `saved` is what they were told was saved, in order."""

    browser: httpx2.Client
    saved: list[str] = field(default_factory=list)
    tried: int = 0

    def proves_who_she_is(self) -> None:
        """From the start page to the choice, with the code from the demonstration's messages."""
        go = self.browser
        go.get("/journey/")
        sends(go, "/journey/name", given_name="Ann", family_name="Example")
        sends(go, "/journey/date-of-birth", born_day="12", born_month="2", born_year="1968")
        sends(go, "/journey/know-your-nhs-number", knows_number="yes")
        sends(go, "/journey/nhs-number", number=ANN)
        sends(go, "/journey/how-to-send-your-code", way="email")
        sends(go, "/journey/check-your-details")
        until(lambda: go.get("/journey/finding").url.path == "/journey/code", "the search")
        found: list[str] = []

        def came() -> bool:
            found[:] = re.findall(r"\b(\d{6})\b", go.get("/demo/messages").text)
            return bool(found)

        until(came, "the code")
        assert sends(go, "/journey/code", code=found[0]).url.path == "/journey/choice"

    def has_saved_more_than(self, many: int) -> bool:
        return len(self.saved) > many

    def chooses(self) -> bool:
        """The other choice than the last; was she told that it is saved?"""
        choice = "allow" if self.saved[-1:] == ["opt_out"] else "opt_out"
        self.tried += 1
        try:
            sends(self.browser, "/journey/choice", choice=choice)
            told = sends(self.browser, "/journey/review")
        except (httpx2.HTTPError, AssertionError):  # a page that failed has no form: she begins again
            return False
        if told.status_code != 200 or told.url.path != "/journey/saved":
            return False
        self.saved.append(choice)
        return True


def until(came: Callable[[], bool], what: str) -> None:
    """Wait for it; pages that fail meanwhile are asked again."""
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while time.monotonic() < deadline:
        try:
            if came():
                return
        except (httpx2.HTTPError, AssertionError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come")


def children(process: int) -> dict[str, int]:
    """Its processes, by what they do."""
    said = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True, text=True, check=False
    )
    found = {}
    for line in said.stdout.splitlines():
        number, words = line.strip().split(" ", 1)
        for name, mark in (
            ("web", "service.web"),
            ("upholding", "upholding"),
            ("keeper", "keep_ledger"),
            ("worker", "db_worker"),
        ):
            if mark in words:
                found[name if name not in found else f"{name} {number}"] = int(number)
                break
    return found


@contextmanager
def choosing(patient: Patient) -> Iterator[None]:
    """She goes on, whatever happens."""
    over = threading.Event()

    def goes_on() -> None:
        while not over.is_set():
            patient.chooses()

    thread = threading.Thread(target=goes_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(300)
        assert not thread.is_alive()


def disturb(serve: subprocess.Popen[str], server: str, what: str) -> None:
    """Kill this part, or every connection to the database."""
    if what == "database":
        with psycopg.connect(server, autocommit=True) as asking:
            asking.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'kills'")
        return
    until(lambda: what in children(serve.pid), f"the {what}, again")
    os.kill(children(serve.pid)[what], signal.SIGKILL)


def test_nothing_that_was_acknowledged_is_lost_whoever_is_killed(tmp_path: Path, postgresql_server: str) -> None:
    with psycopg.connect(postgresql_server, autocommit=True) as asking:
        asking.execute("DROP DATABASE IF EXISTS kills WITH (FORCE)")
        asking.execute("CREATE DATABASE kills")
    port = free_port()
    own = dict.fromkeys(("NDOO_HOSTS", "NDOO_PUBLIC_ADDRESS", "NDOO_PROXIES", "NDOO_MESSAGES", "NDOO_LOG_LEVEL"), "")
    organisation = Organisation(tmp_path, postgresql_server.replace("/postgres?", "/kills?"), own)
    plan = [*PARTS, "database"] * KILLS_OF_EACH
    random.Random(24).shuffle(plan)
    with organisation.part("serve", "--port", str(port), "--demo") as serve:
        browser = httpx2.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=60)
        patient = Patient(browser)
        patient.proves_who_she_is()
        assert patient.chooses()
        with choosing(patient):
            for what in plan:
                disturb(serve, postgresql_server, what)
                told, before = len(patient.saved), time.monotonic()
                until(partial(patient.has_saved_more_than, told), f"after the end of the {what}, a choice")
                print(f"{what}: the next choice was saved after {time.monotonic() - before:.1f} s")
                assert serve.poll() is None, (tmp_path / "--port.log").read_text()
        until(lambda: len(children(serve.pid)) == 5, "every part")
        until(lambda: browser.get("/health/ready").status_code == 200, "readiness")
        browser.close()
    assert serve.returncode == 0
    history = organisation.ndoo("register", "history", "--reason", "a test", "--json", said=ANN + "\n")["history"]
    recorded = iter([one["choice"] for one in history])
    assert all(choice in recorded for choice in patient.saved), "in the order in which they were acknowledged"
    assert len(patient.saved) <= len(history) <= patient.tried, "and none twice"
    organisation.ndoo("ledger", "verify")
