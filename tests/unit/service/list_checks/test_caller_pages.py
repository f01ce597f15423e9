"""An administrator, and nobody else, says on pages which systems may ask; each act has its reason in the audit."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from ndoo.domain.errors import UsageFault
from ndoo.service.api_clients import register_caller
from ndoo.service.api_clients.models import AccessToken, Caller
from ndoo.service.api_clients.scopes import MEANING, Scope
from ndoo.service.list_checks.caller_pages import MAY
from ndoo.service.staff.roles import Role
from tests.support.api_callers import key_pair, registered
from tests.support.numbers import some
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
    "because": "It asks each month.",
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
    assert (
        "The key was added"
        in administrator.post(ONE, {"key": public("RSA"), "because": "The first is old."}, follow=True).content.decode()
    )
    first = caller.keys.order_by("pk")[0]
    revoke = f"{ONE}/keys/{first.pk}/revoke"
    assert "every token of the system ends" in administrator.get(revoke).content.decode()
    assert "Enter why you do this" in administrator.post(revoke).content.decode()
    assert "The key is revoked." in administrator.post(revoke, {"because": "Lost."}, follow=True).content.decode()
    assert administrator.get(revoke).status_code == 404 and caller.keys.filter(revoked_at=None).count() == 1
    assert "Enter why you do this" in administrator.post(f"{ONE}/revoke").content.decode()
    answer = administrator.post(f"{ONE}/revoke", {"because": "It ended."}, follow=True).content.decode()
    assert "The system’s access is removed." in answer and "Add a key" not in answer
    assert administrator.get(f"{ONE}/revoke").status_code == 404 and not AccessToken.objects.exists()
    assert (
        "was not added: the access"
        in administrator.post(ONE, {"key": public(), "because": "Again."}, follow=True).content.decode()
    )
    assert "Access removed" in administrator.get("/staff/callers").content.decode()
    acts = [audited(f"caller.{act}")[0] for act in ("added", "key_added", "key_revoked", "revoked")]
    assert [one.reason for one in acts] == ["It asks each month.", "The first is old.", "Lost.", "It ended."]
    assert [one.details["keys"] for one in acts[:2]] == [["test-EC"], ["test-RSA"]]


@pytest.mark.parametrize("scope", [Scope.CONSENT_READ, Scope.CONSENT_WRITE, Scope.GOVERNANCE_WRITE])
def test_one_administrator_opens_nobodys_choice_with_a_key_of_their_own(administrator: Client, scope: Scope) -> None:
    """Neither by a new system nor by a further key of one that whoever runs the service has registered."""
    assert scope not in {one for _words, scopes in MAY.values() for one in scopes}
    caller = registered("research-platform", Scope.LISTS, scope)
    shown = administrator.get(ONE).content.decode()
    assert (
        MEANING[scope].rstrip(".") in shown and "Only whoever runs the service" in shown and "Add this key" not in shown
    )
    assert administrator.post(ONE, {"key": public(), "because": "Mine."}).status_code == 403
    assert caller.keys.count() == 1 and len(audited("caller.added")) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"ods": "ra9"}, "An ODS code has"),
        ({"name": "Two Words"}, "small letters"),
        ({"key": "nothing"}, "not a public key"),
        ({"key": "private"}, "This is a private key"),
        ({"may": ""}, "Select what it may do"),
        ({"key": ""}, "Paste the public key"),
        ({"because": ""}, "Enter why you do this"),
        ({"may": "read"}, "not one of the available choices"),
    ],
)
def test_what_cannot_be_meant_registers_nothing(administrator: Client, changed: dict[str, str], words: str) -> None:
    said = SAID | {"key": public()} | changed
    if said["key"] == "private":
        said["key"] = json.dumps(key_pair("EC").as_dict(private=True))
    answer = administrator.post("/staff/callers/add", said)
    assert words in answer.content.decode() and not Caller.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ods": "ra9"}, "ods"),
        ({"name": "Two Words"}, "name"),
        ({"key": "nothing"}, "key"),
        ({"organisation": f"Of {some(1)[0]}"}, "organisation"),
        ({"asset": f"Of {some(1)[0]}"}, "asset"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_in_which_it_is(
    administrator: Client, changed: dict[str, str], field: str
) -> None:
    answer = administrator.post("/staff/callers/add", SAID | {"key": public()} | changed).content.decode()
    assert f'href="#id_{field}"' in answer and answer.count('href="#id_') == 1


def test_a_key_that_was_revoked_comes_back_under_no_other_name_and_for_no_other_system(administrator: Client) -> None:
    """Whoever has the private half would be let in again, and the page has said that the key is done with."""
    caller = registered("research-platform", Scope.LISTS, kind="EC")
    administrator.post(f"{ONE}/keys/{caller.keys.get().pk}/revoke", {"because": "Lost."})
    key = json.dumps(key_pair("EC").as_dict(private=False) | {"kid": "another"})
    pem = key_pair("EC").as_pem(private=False).decode()
    for said in (key, pem):
        assert "was registered before" in administrator.post(ONE, {"key": said, "because": "x"}).content.decode()
        other = SAID | {"name": "other", "key": said}
        assert "was registered before" in administrator.post("/staff/callers/add", other).content.decode()
    assert caller.keys.count() == 1 and not Caller.objects.filter(name="other").exists()
    twice = json.dumps({"keys": [json.loads(public("RSA")) | {"kid": kid} for kid in ("a", "b")]})
    assert "was registered before" in administrator.post(ONE, {"key": twice, "because": "x"}).content.decode()
    assert caller.keys.count() == 1


def test_two_administrators_at_once_are_told_and_see_no_failure(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = registered("research-platform", Scope.LISTS)

    def done(*_said: object) -> None:
        raise UsageFault("caller-unknown", "There is no such caller.")

    monkeypatch.setattr(register_caller, "revoke", done)
    monkeypatch.setattr(register_caller, "revoke_key", done)
    for act in ("revoke", f"keys/{caller.keys.get().pk}/revoke"):
        answer = administrator.post(f"{ONE}/{act}", {"because": "It ended."}, follow=True)
        assert "Someone else has done this already." in answer.content.decode()


def test_nobody_but_an_administrator_opens_these_pages() -> None:
    for role in (Role.OPERATOR, Role.INFORMATION_GOVERNANCE, Role.AUDITOR):
        client = signed_in(account(role))
        assert {client.get(f"/staff/callers{page}").status_code for page in ("", "/add", "/one/x")} == {403}
