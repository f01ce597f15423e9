"""An administrator, and nobody else, says on pages which systems may ask; each act has its reason in the audit."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from ndoo.service.api_clients.models import AccessToken, Caller
from ndoo.service.staff.roles import Role
from tests.support.api_callers import key_pair
from tests.support.staff_accounts import account, audited, signed_in

pytestmark = pytest.mark.django_db

SAID = {
    "name": "research-platform",
    "organisation": "Northbridge University",
    "ods": "RA9",
    "asset": "Cohort of stays",
    "population": "5000",
    "every_days": "30",
    "may": "lists",
}
ONE = "/staff/callers/one/research-platform"


@pytest.fixture
def administrator() -> Client:
    return signed_in(account(Role.ADMINISTRATOR, "ada.boss"))


def public(kind: str = "EC") -> str:
    return json.dumps(key_pair(kind).as_dict(private=False))


def test_a_system_is_registered_gets_a_second_key_and_is_shut_out(administrator: Client) -> None:
    assert "No system is registered." in administrator.get("/staff/callers").content.decode()
    answer = administrator.post("/staff/callers/add", SAID | {"key": public()}, follow=True).content.decode()
    assert "can ask for a token" in answer and "every 30 days" in answer and "Have lists" in answer
    caller = Caller.objects.get()
    assert (caller.scopes, caller.population, caller.every_days) == (["lists.check"], 5000, 30)
    assert "The key was added" in administrator.post(ONE, {"key": public("RSA")}, follow=True).content.decode()
    first = caller.keys.order_by("pk")[0]
    revoke = f"{ONE}/keys/{first.pk}/revoke"
    assert "every token of the system ends" in administrator.get(revoke).content.decode()
    assert "Enter why you do this" in administrator.post(revoke).content.decode()
    assert "The key is revoked." in administrator.post(revoke, {"because": "Lost."}, follow=True).content.decode()
    assert administrator.get(revoke).status_code == 404 and caller.keys.filter(revoked_at=None).count() == 1
    assert "Enter why you do this" in administrator.post(f"{ONE}/revoke").content.decode()
    answer = administrator.post(f"{ONE}/revoke", {"because": "It ended."}, follow=True).content.decode()
    assert "The system is shut out." in answer and "Add a key" not in answer
    assert administrator.get(f"{ONE}/revoke").status_code == 404 and not AccessToken.objects.exists()
    assert "no caller named" in administrator.post(ONE, {"key": public()}).content.decode()
    assert "Shut out" in administrator.get("/staff/callers").content.decode()
    assert [audited(f"caller.{act}")[0].reason for act in ("key_revoked", "revoked")] == ["Lost.", "It ended."]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ods": "ra9"}, "An ODS code has"),
        ({"name": "Two Words"}, "small letters"),
        ({"key": "nothing"}, "not a public key"),
        ({"key": "private"}, "This is a private key"),
        ({"may": ""}, "Select what it may do"),
        ({"key": ""}, "Paste the public key"),
    ],
)
def test_what_cannot_be_meant_registers_nothing(administrator: Client, changed: dict[str, str], words: str) -> None:
    said = SAID | {"key": public()} | changed
    if said["key"] == "private":
        said["key"] = json.dumps(key_pair("EC").as_dict(private=True))
    answer = administrator.post("/staff/callers/add", said)
    assert words in answer.content.decode() and not Caller.objects.exists()


def test_nobody_but_an_administrator_opens_these_pages() -> None:
    for role in (Role.OPERATOR, Role.INFORMATION_GOVERNANCE, Role.AUDITOR):
        client = signed_in(account(role))
        assert {client.get(f"/staff/callers{page}").status_code for page in ("", "/add", "/one/x")} == {403}
