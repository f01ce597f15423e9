"""The exchanges of docs/how-to/ask-over-http.md run as they are written, against the service as it is started in production."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome

from ndoo.service.choices.models import Choice
from tests.conftest import ROOT
from tests.support.api_callers import chooses, key_pair, people, registered
from tests.support.registers import Makers, default_database, sqlite_at
from tests.unit.service.test_run_service import served

PAGE = (ROOT / "docs" / "how-to" / "ask-over-http.md").read_text(encoding="utf-8")
PEER = ROOT / "tests" / "peers" / "fhir"
PEOPLE = people(12, 51)


@pytest.fixture
def place(
    tmp_path: Path, register_makers: Makers, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> Iterator[Path]:
    """A folder of the reader's, and in the environment the address of a service that knows their key."""
    service = tmp_path / "service"
    service.mkdir()
    with django_db_blocker.unblock():
        register_makers.empty(service / "register.sqlite3")
        with default_database(sqlite_at(service / "register.sqlite3")):
            chooses(PEOPLE[0], Choice.OPT_OUT)
            registered()
    key = key_pair("RSA")
    (tmp_path / "private.pem").write_bytes(key.as_pem(private=True))
    (tmp_path / "numbers.dat").write_text("".join(f"{number},\n" for number in PEOPLE))
    (tmp_path / "node_modules").symlink_to(PEER / "node_modules")
    monkeypatch.setenv("NDOO_CHECK_DEMOGRAPHICS", "off")
    monkeypatch.setenv("KEY_ID", str(key.as_dict()["kid"]))
    with served(service, part=("serve", "web", "--port", "0")) as (_, address):
        monkeypatch.setenv("ADDRESS", address.rstrip("/"))
        yield tmp_path


def ran(place: Path, language: str, *command: str) -> str:
    """What the page's blocks of that language print, one after the other, as one program."""
    program = place / f"page.{language}"
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    program.write_text("\n".join(one for one in found if "KEY_ID=…" not in one))
    done = subprocess.run([*command, program.name], cwd=place, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{language}: {done.stdout}{done.stderr}"
    return done.stdout


def test_every_exchange_of_the_page_ends_in_the_same_answer(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one test: the service is started once. FHIR clients that nobody here wrote say of the person what the lists say."""
    for language, command in {"python": [sys.executable], "bash": ["bash"], "r": ["Rscript", "--vanilla"]}.items():
        said = ran(place, language, *command)
        assert ("opted out" in said) is (language == "python"), "the one with a FHIR client"
        assert (place / "cleaned.txt").read_text().split() == sorted(PEOPLE[1:]), language
        (place / "cleaned.txt").unlink()
    token = (place / "token.header").read_text().split()[-1]
    monkeypatch.setenv("TOKEN", token)
    (place / "package.json").write_text('{"type": "module"}')
    assert ran(place, "js", "node") == "opted out\n"
    client = SyncFHIRClient(f"{os.environ['ADDRESS']}/api/fhir/R4", authorization=f"Bearer {token}")
    found = httpx.post(
        f"{client.url}/Consent/_search",
        headers={"Authorization": f"Bearer {token}"},
        data={"patient.identifier": PEOPLE[0]},
    ).json()
    consent = client.get("Consent", found["entry"][0]["resource"]["id"])
    assert consent["provision"]["type"] == "deny"
    del consent["resourceType"]
    changed = consent | {"provision": {**consent["provision"], "type": "permit"}}
    with pytest.raises(OperationOutcome, match="Say which version was read"):
        client.resource("Consent", **changed).save()
    client.extra_headers = {"If-Match": 'W/"1"'}
    newer = client.resource("Consent", **changed)
    newer.save()
    assert (newer["provision"]["type"], newer["meta"]["versionId"]) == ("permit", "2")
    assert ran(place, "js", "node") == "allowed\n"
