"""No choice by telephone is set for the wrong person, the wrong way round, twice, or over one that came in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.identity.models import KnownPerson
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.choices.operator import calls, failed_checks
from ndoo.service.choices.operator.models import Call
from ndoo.service.choices.operator.who_may_choose import again_after
from ndoo.service.choices.patient.history import moment
from ndoo.service.messages.models import DemonstrationMessage
from ndoo.service.staff.roles import Role
from tests.support.canary import numbers_in
from tests.support.staff_accounts import account, audited, born, chose, known, signed_in

pytestmark = pytest.mark.django_db

RIGHT = {
    "name": "right",
    "born": "right",
    "postcode": "right",
    "number": "not_asked",
    "email": "not_asked",
    "mobile": "not_asked",
}


@pytest.fixture
def desk() -> Client:
    return signed_in(account(name="olive.operator"))


def called(desk: Client, person: Any, how: dict[str, str] | None = None) -> str:
    """The address of the choice page, once the caller was checked."""
    check = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    return desk.post(check, how or RIGHT)["Location"]


@pytest.mark.parametrize("choice", list(Choice))
def test_what_the_person_says_is_read_back_in_words_and_set(desk: Client, choice: Choice) -> None:
    person = known()
    chose(person)
    page = called(desk, person)
    assert "Share. Their confidential" in desk.get(page).content.decode()
    back = desk.post(page, {"choice": choice})["Location"]
    words = desk.get(back).content.decode()
    assert ("must not be used" in words) == (choice is Choice.OPT_OUT)
    assert ("may be used" in words) == (choice is Choice.ALLOW)
    done = desk.post(back)["Location"]
    said = desk.get(done).content.decode()
    assert "21 days" in said and "z•••@e•••.org" in said
    event = ChoiceEvent.objects.latest("pk")
    assert (event.choice, event.channel, event.by, event.actor) == (choice, "phone", "self", "staff:olive.operator")
    entry = audited("choice.set")[-1]
    assert (entry.actor, entry.reason, entry.details["questions"]) == (
        event.actor,
        "The person is on the phone",
        "name, born, postcode",
    )


def test_answers_are_not_kept_only_how_each_question_went(desk: Client) -> None:
    person = known()
    called(desk, person)
    entry = audited("caller.checked")[0]
    assert {key: value for key, value in entry.details.items() if key != "call"} == RIGHT
    assert Call.objects.get().passed == ["name", "born", "postcode"]


def test_one_wrong_answer_ends_the_call_whatever_was_right(desk: Client) -> None:
    person = known()
    check = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    assert desk.post(check, RIGHT | {"mobile": "wrong"})["Location"] == "/staff/calls/stopped"
    assert "Do not say which answer was wrong" in desk.get("/staff/calls/stopped").content.decode()
    assert desk.get(check).status_code == 404 and desk.get(check.replace("check", "choice")).status_code == 404
    assert desk.get(check.replace("check", "done"))["Location"] == "/staff/calls/stopped"
    assert len(audited("caller.check_failed")) == 1 and not ChoiceEvent.objects.exists()


def failed_check() -> AuditEntry:
    return audited("caller.check_failed")[-1]


def failed(desk: Client, person: Any) -> None:
    check = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    assert desk.post(check, RIGHT | {"mobile": "wrong"})["Location"] == "/staff/calls/stopped"


def test_whoever_failed_is_tried_again_by_no_colleague_and_not_in_a_call_that_was_open(desk: Client) -> None:
    """They once rang again at once, got the next operator, and guessed until all answers were right."""
    person, other = known(), known(2, given_name="Other")
    colleague = signed_in(account(name="olga.operator"))
    open_before = colleague.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    half_way = called(desk, person)
    failed(desk, person)
    for page in (open_before, half_way, half_way.replace("choice", "read-back")):
        who = colleague if page == open_before else desk
        if page.endswith("read-back"):
            Call.objects.filter(checked_at__isnull=False).update(choice="opt_out", seen=0)
        for answer in (who.get(page), who.post(page, RIGHT | {"choice": "opt_out"})):
            said = answer.content.decode()
            assert answer.status_code == 403 and "You cannot check this caller now" in said
            assert "olive.operator" in said and moment(failed_check().at) in said, (
                "the approver's page names nobody else"
            )
    again = colleague.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    assert colleague.post(again, RIGHT).status_code == 403
    assert not ChoiceEvent.objects.exists() and len(audited("caller.checked")) == 1
    assert called(colleague, other).endswith("choice"), "about somebody else it goes on"
    assert len(audited("caller.held_back")) == 7


@pytest.mark.parametrize("act", ["checked", "save"])
def test_a_wrong_answer_in_another_call_at_the_same_moment_is_not_overtaken(
    desk: Client, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came between the look at whether the person is held and the writing of the right answers."""
    person = known()
    page = called(desk, person)
    desk.get(page)
    page = desk.post(page, {"choice": "opt_out"})["Location"]
    if act == "checked":
        page = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    before = len(audited("caller.checked"))
    failed(signed_in(account(name="olga.operator")), person)
    monkeypatch.setattr("ndoo.service.choices.operator.call_pages.failed_checks.holding", lambda *_: None)
    answer = desk.post(page, RIGHT)
    assert answer.status_code == 403 and "olga.operator" in answer.content.decode()
    assert len(audited("caller.checked")) == before and not ChoiceEvent.objects.exists()
    assert Call.objects.filter(ended_at=None).exists(), "what was begun is undone as a whole"


def test_an_approver_lets_one_caller_be_tried_again_and_says_why(desk: Client) -> None:
    person = known()
    failed(desk, person)
    approver = signed_in(account(Role.APPROVER, "amir.approver"))
    assert "1 to do" in approver.get("/staff/").content.decode()
    listed = approver.get("/staff/failed").content.decode()
    assert "olive.operator" in listed and numbers_in(listed) == 0
    page = f"/staff/failed/{audited('caller.check_failed')[0].pk}"
    assert desk.get(page).status_code == desk.get("/staff/failed").status_code == 403
    assert "Enter why you do this" in approver.post(page).content.decode()
    answer = approver.post(page, {"because": "The record had the old postcode."}, follow=True).content.decode()
    assert "can be checked for this person again" in answer and "None." in answer
    assert approver.get(page).status_code == 404
    allowed = audited("caller.check_allowed")[0]
    assert (allowed.subject, allowed.reason) == (person.number.reveal(), "The record had the old postcode.")
    failed(desk, person)
    check = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    assert desk.post(check, RIGHT).status_code == 403, "the next wrong answer holds anew"


def test_after_a_day_a_caller_can_be_tried_again(desk: Client) -> None:
    person = known()
    failed(desk, person)
    now, hours = timezone.now(), again_after()
    assert failed_checks.holding(person.number, now + timedelta(hours=hours - 1)) is not None
    assert failed_checks.holding(person.number, now + timedelta(hours=hours)) is None
    assert failed_checks.all_holding(now + timedelta(hours=hours)) == []


def test_checks_that_fail_again_and_again_are_on_the_auditors_day(desk: Client) -> None:
    person = known()
    for at in range(3):
        if at:
            failed_checks.allow(
                audited("caller.check_failed")[-1],
                lambda action, **told: Entry("staff:a", action, **told),
                "",
                timezone.now(),
            )
        failed(desk, person)
    auditor = signed_in(account(Role.AUDITOR, "anna.auditor"))
    assert "2 to do" in auditor.get("/staff/").content.decode()
    page = auditor.get("/staff/audit/views").content.decode()
    assert page.count("staff:olive.operator") == 2 and page.count("<strong>3</strong>") == 2 and numbers_in(page) == 0


@pytest.mark.parametrize(
    "how", [RIGHT | {"postcode": "not_asked"}, RIGHT | {"postcode": ""}, RIGHT | {"postcode": "maybe"}]
)
def test_too_few_answers_open_nothing(desk: Client, how: dict[str, str]) -> None:
    check = desk.post("/staff/find", {"reason": "call", "number": known().number.reveal()})["Location"]
    assert "There is a problem" in desk.post(check, how).content.decode()
    assert desk.get(check.replace("check", "choice"))["Location"] == check


def test_of_a_protected_record_no_address_and_no_contact_is_shown(desk: Client) -> None:
    person = known(restricted=True)
    check = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    page = desk.get(check).content.decode()
    assert "This record is protected" in page
    assert not any(secret in page for secret in ("XX1", "zoe@example.org", "07700900123"))
    assert desk.post(check, {"name": "right", "born": "right", "number": "right"})["Location"].endswith("choice")


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"deceased": True}, "This person has died"),
        ({"born": born(12, 364)}, "a parent can choose"),
    ],
)
def test_for_the_dead_and_for_children_nothing_is_set_by_telephone(
    desk: Client, details: dict[str, Any], words: str
) -> None:
    person = known(**details)
    check = desk.post("/staff/find", {"reason": "call", "number": person.number.reveal()})["Location"]
    assert words in desk.get(check).content.decode()
    assert words in desk.post(check, RIGHT).content.decode()
    assert desk.get(check.replace("check", "choice"))["Location"] == check


def test_a_choice_that_came_in_meanwhile_is_not_overwritten_unseen(desk: Client) -> None:
    person = known()
    page = called(desk, person)
    desk.get(page)
    back = desk.post(page, {"choice": "opt_out"})["Location"]
    chose(person)
    answer = desk.post(back)
    assert answer.status_code == 409 and "there is a newer choice" in answer.content.decode()
    assert ChoiceEvent.objects.count() == 1 and len(audited("choice.set")) == 1
    assert "Share. Their confidential" in desk.get(page).content.decode()
    desk.post(page, {"choice": "opt_out"})
    assert desk.post(back)["Location"].endswith("done") and ChoiceEvent.objects.count() == 2


def test_a_choice_is_not_taken_before_the_page_was_seen(desk: Client) -> None:
    page = called(desk, known())
    assert desk.post(page, {"choice": "opt_out"}).status_code == 200
    assert desk.post(page, {"choice": ""}).status_code == 200
    assert desk.post(page.replace("choice", "read-back"))["Location"] == page


def test_pressing_twice_saves_once(desk: Client) -> None:
    page = called(desk, known())
    desk.get(page)
    back = desk.post(page, {"choice": "opt_out"})["Location"]
    assert desk.post(back)["Location"] == desk.post(back)["Location"] == back.replace("read-back", "done")
    assert ChoiceEvent.objects.count() == 1


def test_pressing_twice_at_the_same_moment_saves_once(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = called(desk, known())
    desk.get(page)
    back = desk.post(page, {"choice": "opt_out"})["Location"]
    before = Call.objects.get()
    desk.post(back)
    monkeypatch.setattr(calls, "find", lambda *_, **__: before)  # the second press read it before the first had saved
    assert desk.post(back)["Location"] == back.replace("read-back", "done")
    assert ChoiceEvent.objects.count() == 1


def test_a_person_is_found_by_details(desk: Client) -> None:
    person = known()
    said = {
        "reason": "question",
        "given": "zoe",
        "family": "ONeill",
        "born_day": person.born.day,
        "born_month": person.born.month,
        "born_year": person.born.year,
        "postcode": "xx11aa",
    }
    shown = desk.post("/staff/find", said, follow=True).content.decode()
    assert "No choice was ever made" in shown and "Nothing can be changed here" in shown
    known(2)
    assert (
        "Ask for the NHS number" in desk.post("/staff/find", said | {"born_year": known(3).born.year}).content.decode()
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "Enter an NHS number, a reference number, or all the details"),
        ({"given": "Zoë"}, "Enter the last name"),
        ({"given": "Zoë", "family": "O’Neill"}, "Enter the date of birth"),
        ({"number": "999"}, "too short"),
        ({"choice_reference": "7KQ2"}, "not the reference number of a choice"),
        ({"number": "9990000018"}, "Nobody was found"),
    ],
)
def test_whoever_cannot_be_found_is_not_shown(desk: Client, said: dict[str, str], why: str) -> None:
    from tests.support.numbers import some

    said = said | ({"number": some(1, 77)[0]} if "Nobody" in why else {})
    assert why in desk.post("/staff/find", {"reason": "call"} | said).content.decode()


def test_a_search_by_a_reference_that_no_choice_has_is_in_the_audit(desk: Client) -> None:
    """References could be tried one after another without a trace."""
    assert 'name="choice_reference"' in desk.get("/staff/find").content.decode()
    said = {"reason": "call", "choice_reference": "7KQ2-XW4D-93HM"}
    assert "Nobody was found" in desk.post("/staff/find", said).content.decode()
    assert [entry.details["answer"] for entry in audited("person.not_found")] == ["nobody"]


@pytest.mark.parametrize("details", [{"given": "Zoë"}, {"postcode": "XX1 1AA"}, {"number": True}])
def test_of_two_ways_that_may_name_two_people_neither_opens_a_record(desk: Client, details: dict[str, Any]) -> None:
    """The reference on one person's letter opened the record of another, whose number was typed beside it."""
    one, other = known(), known(2)
    reference = reference_of(chose(one))
    if "number" in details:
        details = {"number": other.number.reveal()}
    for said in ({"choice_reference": reference} | details, {"number": one.number.reveal(), "given": "Zoë"}):
        page = desk.post("/staff/find", {"reason": "call"} | said)
        assert page.status_code == 200 and "in one way only" in page.content.decode()
    assert not Call.objects.exists()


def test_without_a_contact_the_caller_is_told_that_no_message_comes(desk: Client) -> None:
    page = called(
        desk, known(email="", mobile=""), {"name": "right", "born": "right", "postcode": "right", "number": "not_asked"}
    )
    desk.get(page)
    done = desk.post(desk.post(page, {"choice": "opt_out"})["Location"])["Location"]
    assert "you will get no message" in desk.get(done).content.decode()
    assert not DemonstrationMessage.objects.exists()


def test_where_people_cannot_be_found_the_call_waits_and_what_was_saved_stays_saved(desk: Client) -> None:
    page = called(desk, known())
    desk.get(page)
    back = desk.post(page, {"choice": "opt_out"})["Location"]
    KnownPerson.objects.all().delete()
    assert desk.get(page).status_code == 503
    done = desk.post(back)["Location"]
    assert "The choice is saved" in desk.get(done).content.decode()
