"""The disk of the register fills while somebody chooses: nothing that she was told is saved is missing, and it goes on when there is room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.chaos.disturbances import fill
from tests.support.organisation import Organisation, free_port
from tests.support.service_at_work import Patient, children, everybody, going_on, judge_history, until

pytestmark = pytest.mark.soak


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 48 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "none", disk], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged_and_is_told(tmp_path: Path, small: Path) -> None:
    own = dict.fromkeys(("NDOO_HOSTS", "NDOO_PUBLIC_ADDRESS", "NDOO_PROXIES", "NDOO_MESSAGES", "NDOO_LOG_LEVEL"), "")
    port = free_port()
    organisation = Organisation(tmp_path, "", own | {"NDOO_DATA": str(small), "NDOO_LEDGER_HEADS": ""})
    with organisation.part("serve", "--port", str(port), "--demo") as serve:
        browser = httpx2.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=60)
        patient = Patient(browser, everybody()[0])
        patient.proves_who_she_is()
        assert patient.chooses()
        with going_on(patient.chooses):
            until(lambda: patient.has_saved_more_than(3), "choices")
            filler = fill(small)
            until(lambda: browser.get("/health/ready").json().get("code") == "disk-full", "what is wrong")
            tried = patient.person.tried
            until(lambda: patient.person.tried > tried + 20, "choices that could not be saved")
            assert browser.get("/health/live").status_code == 200
            assert browser.get("/").status_code == 200
            filler.unlink()
            told = len(patient.person.saved)
            until(lambda: patient.has_saved_more_than(told), "the next choice")
            assert serve.poll() is None, (tmp_path / "--port.log").read_text()
        until(lambda: len(children(serve.pid)) == 4, "every part")
        until(lambda: browser.get("/health/ready").json().get("warnings") == [], "readiness")
        browser.close()
    assert serve.returncode == 0
    judge_history(organisation, patient.person)
    organisation.ndoo("ledger", "verify")
