"""Attacks by curious staff: a look without a reason, at oneself, by another's address, or later without a new reason."""

from __future__ import annotations

import logging
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from ndoo.service.audit.entries import Entry, write
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.people import DemographicsDownError, NoMatch, Person
from ndoo.service.choices.operator import look_up_person
from ndoo.service.choices.operator.look_up_person import NoReasonError, OwnRecordError, look, open_call
from ndoo.service.choices.operator.models import Call
from ndoo.service.choices.operator.reasons import DeskReason
from ndoo.service.staff.actor import entry
from ndoo.service.staff.roles import Role
from tests.support.canary import numbers_in
from tests.support.staff_accounts import account, audited, chose, code, known, number, password_given, signed_in

pytestmark = pytest.mark.django_db

CALL = {"reason": "call", "note": "", "number": ""}


def asks(user: Any) -> partial[Entry]:
    return partial(entry, SimpleNamespace(user=user, META={}, headers={}))  # type: ignore[arg-type]


def naive_look(person: Person, viewer: Any, reason: str) -> Person | None:
    """What a page does that asks first and writes afterwards, when it is done."""
    found = demographics().by_number(person.number)
    with transaction.atomic():
        write(Entry(f"staff:{viewer.username}", "person.viewed", person.number, reason), timezone.now())
    return found


def test_the_naive_look_shows_people_without_a_reason() -> None:
    assert naive_look(known(), account(), "") is not None


@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
def test_nobody_is_looked_at_without_a_reason(reason: str) -> None:
    viewer = account()
    with pytest.raises(NoReasonError):
        look(known().number, viewer, reason, asks(viewer), timezone.now())
    with pytest.raises(NoReasonError):
        open_call(number(), viewer, DeskReason.CALL, reason, asks(viewer), timezone.now())
    assert not Call.objects.exists()


def test_the_page_asks_for_the_reason_before_it_looks() -> None:
    person = known()
    client = signed_in(account())
    page = client.post("/staff/find", CALL | {"reason": "", "number": person.number.reveal()}).content.decode()
    assert "Select why you look for this person" in page and person.given_name not in page
    assert not audited("person.viewed") and not Call.objects.exists()


def test_where_the_audit_cannot_be_written_nobody_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(entry: Entry, at: object) -> None:
        raise OSError("disk full")

    viewer, person = account(), known()
    monkeypatch.setattr(look_up_person, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        open_call(person.number, viewer, DeskReason.CALL, "a reason", asks(viewer), timezone.now())
    assert not Call.objects.exists()


def test_where_the_call_cannot_be_kept_its_look_is_not_in_the_audit_either(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer, person = account(), known()
    before = AuditEntry.objects.count()
    monkeypatch.setattr(Call, "save", lambda self: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        open_call(person.number, viewer, DeskReason.CALL, "a reason", asks(viewer), timezone.now())
    assert AuditEntry.objects.count() == before


def test_a_look_stands_in_the_audit_with_its_reason() -> None:
    person = known()
    user = account()
    client = signed_in(user)
    client.post("/staff/find", CALL | {"note": "call 17", "number": person.number.reveal()})
    [seen] = audited("person.viewed")
    assert (seen.actor, seen.subject, seen.reason) == (
        f"staff:{user.username}",
        person.number.reveal(),
        "The person is on the phone: call 17",
    )
    assert seen.address == "127.0.0.1" and seen.details["near"] == "none"


def test_nobody_opens_their_own_record_and_the_try_is_kept() -> None:
    person = known(given_name="Olive", family_name="Okonkwo")
    viewer = account()
    answer = signed_in(viewer).post("/staff/find", CALL | {"number": person.number.reveal()})
    assert answer.status_code == 403 and "A colleague must do this" in answer.content.decode()
    [tried] = audited("person.view_refused")
    assert (tried.subject, tried.details["near"]) == (person.number.reveal(), "own")
    with pytest.raises(OwnRecordError):
        look(person.number, viewer, "a reason", asks(viewer), timezone.now())


def test_a_look_at_family_is_kept_as_such() -> None:
    person = known(given_name="Obi", family_name="Okonkwo")
    signed_in(account()).post("/staff/find", CALL | {"number": person.number.reveal()})
    assert audited("person.viewed")[0].details["near"] == "family"


def test_a_search_for_nobody_is_kept_too() -> None:
    viewer = account()
    assert look(number(7), viewer, "a reason", asks(viewer), timezone.now()) is NoMatch.NOBODY
    assert [one.details["answer"] for one in audited("person.not_found")] == ["nobody"]


def test_a_call_is_its_own_operators_in_its_own_session() -> None:
    person = known()
    chose(person)
    operator, colleague = account(), account(given="Other", family="Colleague")
    client = signed_in(operator)
    for kind, way in (("call", "check"), ("question", "person"), ("form", "form")):
        address = client.post("/staff/find", CALL | {"reason": kind, "number": person.number.reveal()})["Location"]
        assert address.endswith(way) and numbers_in(address) == 0
        assert client.get(address).status_code == 200
        assert signed_in(colleague).get(address).status_code == 404
        assert signed_in(operator).get(address).status_code == 404  # another session: a new look, a new reason
        for other in ("check", "person", "form", "choice", "read-back", "done"):
            if other != way and not (way == "check" and other in ("choice", "read-back")):
                assert client.get(address.replace(way, other)).status_code == 404, (way, other)


def test_the_choice_is_not_shown_before_the_caller_is_known() -> None:
    person = known()
    chose(person)
    client = signed_in(account())
    check = client.post("/staff/find", CALL | {"number": person.number.reveal()})["Location"]
    assert "research and planning" not in client.get(check).content.decode()
    assert client.get(check.replace("check", "choice"))["Location"] == check
    assert client.post(check.replace("check", "choice"), {"choice": "opt_out"})["Location"] == check
    assert client.post(check.replace("check", "read-back"))["Location"] == check.replace("check", "choice")


def test_other_roles_see_no_patient() -> None:
    person = known()
    for role in set(Role) - {Role.OPERATOR}:
        client = signed_in(account(role))
        assert client.post("/staff/find", CALL | {"number": person.number.reveal()}).status_code == 403
    assert not audited("person.viewed")


def test_no_number_is_logged_or_in_an_address(caplog: pytest.LogCaptureFixture) -> None:
    person = known()
    with caplog.at_level(logging.DEBUG, "django"):
        client = signed_in(account())
        answer = client.post("/staff/find", CALL | {"number": person.number.reveal()}, follow=True)
        client.post("/staff/find", CALL | {"number": "999 000 0000"})
        client.post("/staff/find", CALL | {"note": person.number.reveal(), "number": person.number.reveal()})
    assert numbers_in(str(answer.redirect_chain)) == 0
    assert (
        numbers_in(" ".join(line.getMessage() for line in caplog.records if not line.name.startswith("django.db"))) == 0
    )
    assert all(numbers_in(one.reason) == 0 for one in AuditEntry.objects.all())


def test_a_register_of_people_that_is_down_shows_nobody_and_says_what_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> Any:
        raise DemographicsDownError

    person = known()
    user = account()
    client = signed_in(user)
    addresses = [
        client.post("/staff/find", CALL | {"reason": kind, "number": person.number.reveal()})["Location"]
        for kind in ("call", "question", "form")
    ]
    for room in ("look_up_person", "calls"):
        monkeypatch.setattr(f"ndoo.service.choices.operator.{room}.demographics", down)
    assert client.post("/staff/find", CALL | {"number": person.number.reveal()}).status_code == 503
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 503 and "Please call again later" in answer.content.decode()


def test_a_person_who_left_the_register_of_people_meanwhile_is_not_shown() -> None:
    from ndoo.service.choices.identity.models import KnownPerson

    person = known()
    client = signed_in(account())
    check = client.post("/staff/find", CALL | {"number": person.number.reveal()})["Location"]
    KnownPerson.objects.all().delete()
    assert client.get(check).status_code == 503


def test_signing_in_again_does_not_bring_old_calls_back() -> None:
    person, user = known(), account()
    client = signed_in(user)
    check = client.post("/staff/find", CALL | {"number": person.number.reveal()})["Location"]
    client.post("/staff/sign-out")
    password_given(user, client)
    client.post("/staff/second-factor", {"code": code(user)})
    assert client.get(check).status_code == 404
