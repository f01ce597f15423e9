"""An hour in which everything about the service fails, again and again: what was acknowledged is there, and nothing that was said is untrue.

Four patients change their minds, an officer has extracts upheld, and a system asks about a list, again and again, while parts of the service
and its database are killed and stopped and its disk fills, at random. `NDOO_CHAOS_MINUTES` says for how long.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.chaos.disturbances import PARTS, Disturbances, own_disk
from tests.soak import CHAOS, RECORD
from tests.support.organisation import Organisation, free_port
from tests.support.service_at_work import (
    Officer,
    Patient,
    Person,
    System,
    children,
    everybody,
    going_on,
    judge_history,
    until,
)

pytestmark = pytest.mark.soak
MINUTES = float(os.environ.get("NDOO_CHAOS_MINUTES", "60"))
PATIENTS = 4
PAUSE = 3.0
"""Seconds between one thing that somebody does and the next: all of it waits more than it works, and runs beside other parts of the soak."""
OWN = dict.fromkeys(("NDOO_HOSTS", "NDOO_PUBLIC_ADDRESS", "NDOO_PROXIES", "NDOO_MESSAGES", "NDOO_LOG_LEVEL"), "")


class _Chaos:
    """The service, and those who use it."""

    def __init__(self, stack: ExitStack, organisation: Organisation, people: list[Person]) -> None:
        self.organisation, self.people = organisation, people
        port = free_port()
        self.serve = stack.enter_context(organisation.part("serve", "--port", str(port), "--demo"))

        def browser() -> httpx2.Client:
            client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=60)
            return stack.enter_context(client)

        self.watcher = browser()
        self.patients = [Patient(browser(), one) for one in people if one.email][:PATIENTS]
        for patient in self.patients:
            patient.proves_who_she_is()
            assert patient.chooses()
        self.officer = Officer(browser(), people)
        self.officer.signs_in()
        self.system = System.registered(browser(), people, organisation)

    def ends_well(self) -> None:
        """Every part is there, and the service says that it is ready; what waited is done."""
        until(lambda: len(children(self.serve.pid)) == len(PARTS) + 1, "every part, and the web twice")
        until(lambda: self.watcher.get("/health/ready").json().get("warnings") == [], "readiness")
        self.officer.upholds()
        self.system.asks()


def test_nothing_that_was_acknowledged_is_lost_and_nothing_untrue_is_said(
    tmp_path: Path, postgresql_server: str
) -> None:
    with psycopg.connect(postgresql_server, autocommit=True) as asking:
        asking.execute("DROP DATABASE IF EXISTS chaos WITH (FORCE)")
        asking.execute("CREATE DATABASE chaos")
    waits: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        disk = stack.enter_context(own_disk(tmp_path / "data"))
        organisation = Organisation(tmp_path, postgresql_server.replace("/postgres?", "/chaos?"), OWN)
        with ExitStack() as running:
            chaos = _Chaos(running, organisation, everybody())
            patients, officer, system = chaos.patients, chaos.officer, chaos.system
            disturbing = Disturbances(chaos.serve, postgresql_server, "chaos", disk, random.Random(24))
            works = [*(patient.chooses for patient in patients), officer.upholds, system.asks]
            with going_on(*works, pause=PAUSE) as untrue:
                end = time.monotonic() + 60 * MINUTES
                while time.monotonic() < end and not untrue:
                    what, before = disturbing.one(), time.monotonic()
                    told = [len(patient.person.saved) for patient in patients]
                    for patient, many in zip(patients, told, strict=True):
                        until(
                            lambda patient=patient, many=many: patient.has_saved_more_than(many),
                            f"after {what}, a choice",
                        )
                    waits[what].append(time.monotonic() - before)
                    assert chaos.serve.poll() is None, (tmp_path / "--port.log").read_text()
                    time.sleep(disturbing.chance.uniform(1, 15))
            assert not untrue, untrue
            chaos.ends_well()
        assert chaos.serve.returncode == 0
        for patient in patients:
            judge_history(organisation, patient.person)
        organisation.ndoo("ledger", "verify")
    assert officer.released > 1 and system.answered > 1
    assert MINUTES < 60 or {"database killed", *(f"{part} killed" for part in PARTS)} <= {*disturbing.done}
    _report(disturbing, waits, chaos)


def _report(disturbing: Disturbances, waits: dict[str, list[float]], chaos: _Chaos) -> None:
    """What was done and what came of it, for the record."""
    saved = sum(len(patient.person.saved) for patient in chaos.patients)
    officer, system = chaos.officer, chaos.system
    lines = [
        f"{MINUTES:.0f} minutes, {sum(disturbing.done.values())} disturbances; {saved:,} choices saved, each in the register, in order",
        f"{officer.asked:,} extracts: {officer.released:,} released whole, of {officer.nothing:,} nothing",
        f"{system.answered:,} lists answered right, {system.refused:,} not answered",
        *(
            f"{what}: {len(waits[what])} times; {max(waits[what]):.0f} s at most until every patient's next choice was saved"
            for what in sorted(waits)
        ),
    ]
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    (RECORD.parent / CHAOS).write_text("".join(f"{line}\n" for line in lines))
    print("\n".join(lines))
