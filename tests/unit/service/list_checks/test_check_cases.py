"""A clerk who types an audit case by case is told yes only where it is known, within the allowance, and nothing of it is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.choices.patient.models import Applied
from ndoo.service.list_checks.demonstration import load
from ndoo.service.staff.limits import VIEWS
from ndoo.service.staff.roles import Role
from tests.support.api_callers import ask_token, assertion, chooses, known, people, registered
from tests.support.patients import text
from tests.support.staff_accounts import account, audited, signed_in

pytestmark = pytest.mark.django_db

OUT, YES, SILENT, STRANGER = people(4, 21)
SCOTTISH = "0101700024"


@pytest.fixture
def clerk() -> Client:
    known([OUT, YES, SILENT])
    chooses(OUT, Choice.OPT_OUT)
    chooses(YES, Choice.ALLOW)
    registered("hip-audit", Scope.CASES, asset="Hip audit", population=100)
    return signed_in(account(Role.AUDIT_CLERK, "clara.clerk"))


def ask(clerk: Client, status: int = 200, **said: str) -> str:
    answer = clerk.post("/staff/cases", {"collection": "hip-audit", "reason": "Records of March"} | said)
    assert answer.status_code == status
    assert answer["Cache-Control"] == "no-store"
    return text(answer)


def test_only_who_is_known_not_to_have_opted_out_may_be_used(clerk: Client) -> None:
    for number, words in {
        OUT: "Leave out",
        YES: "May be used",
        SILENT: "May be used",
        STRANGER: "Not known",
        SCOTTISH: "Not known",
    }.items():
        page = ask(clerk, number=f"{number[:3]} {number[3:6]}-{number[6:]}")
        assert page.count("May be used") == 2 * (words == "May be used"), "the heading and the answer"
        assert f"{words} The register of choices as it stood on" in page and "is too old to be used" in page


def test_without_a_register_of_people_the_page_says_what_the_record_shows_and_no_more(
    clerk: Client, settings: Any
) -> None:
    """A number whose check digit is right may be nobody's, and the person's own opt-out may stand under another."""
    settings.NDOO = replace(settings.NDOO, check_demographics="off")
    for number in (YES, SILENT, STRANGER):
        page = ask(clerk, number=number)
        assert "No opt-out is recorded for this number. Whose number it is was not looked up" in page
        assert "May be used" not in page and "this person" not in page
    assert "Leave out" in ask(clerk, number=OUT) and "Not known" in ask(clerk, number=SCOTTISH)


def test_a_short_list_is_answered_line_by_line_and_what_is_no_number_is_not_known(clerk: Client) -> None:
    page = ask(clerk, numbers=f"{OUT}\r\n\r\n{YES[:3]} {YES[3:6]} {YES[6:]},\n{SILENT[:-1]}\n{OUT}\n{STRANGER}")
    assert page.count("Leave out") == 2 and page.count("May be used") == 1 and page.count("Not known") == 2
    assert "5 answers" in page and "Line 3" in page
    assert len(audited("case.asked")) == 3, "each person once"
    assert "1 answer" not in ask(clerk, numbers="nobody") and len(audited("case.asked")) == 3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Enter an NHS number"),
        ({"number": OUT, "numbers": YES}, "Ask about one number or about a list"),
        ({"number": OUT[:-1]}, "too short"),
        ({"number": OUT, "reason": ""}, "Enter why you ask"),
        ({"number": OUT, "reason": f"About {OUT}"}, "Do not write an NHS number here"),
        ({"number": OUT, "collection": "another"}, "Select a valid choice"),
        ({"numbers": "\n".join(people(21, 3))}, "Ask about 20 people or fewer at once"),
    ],
)
def test_a_question_that_is_not_whole_is_not_answered(clerk: Client, said: dict[str, str], words: str) -> None:
    page = ask(clerk, **said)
    assert words in page and "Leave out" not in page and not audited("case.asked")


def test_the_audit_and_the_persons_history_say_who_asked_and_nothing_keeps_the_answer(clerk: Client) -> None:
    before = ChoiceEvent.objects.count()
    page = ask(clerk, number=OUT)
    assert (
        'value="Records of March"'
        in clerk.post(
            "/staff/cases", {"collection": "hip-audit", "reason": "Records of March", "number": YES}
        ).content.decode()
    ), "the next one is asked with the same reason"
    [first, _second] = audited("case.asked")
    assert (first.actor, first.subject, first.reason) == ("staff:clara.clerk", OUT, "Records of March")
    assert first.details == {"collection": "hip-audit"} and "Leave out" in page
    assert ChoiceEvent.objects.count() == before
    assert [(row.nhs_number, row.use, row.outcome) for row in Applied.objects.order_by("nhs_number")] == sorted(
        [(OUT, "Hip audit", "told"), (YES, "Hip audit", "told")]
    )
    assert OUT not in str(dict(clerk.session)) and OUT not in clerk.get("/staff/cases").content.decode()
    for _again in range(VIEWS - 1):
        ask(clerk, number=OUT)
    auditor = signed_in(account(Role.AUDITOR))
    assert "clara.clerk" in text(auditor.get("/staff/audit/views")), (
        "whoever asks about one person again and again is seen"
    )


def test_a_clerk_who_tries_numbers_uses_up_the_allowance(clerk: Client) -> None:
    Caller.objects.update(population=10)
    assert "May be used" in ask(clerk, number=YES)
    page = ask(clerk, 429, numbers="\n".join([YES, *people(15, 77)]))
    assert "as many people as it may" in page and "May be used" not in page
    assert "May be used" not in ask(clerk, 429, number=YES)
    assert len(audited("case.asked")) == 1 and len(audited("case.refused")) == 17


def test_nobody_is_answered_about_where_the_register_cannot_be_asked() -> None:
    """It holds no choice at all, so it is not the register."""
    known([YES])
    registered("hip-audit", Scope.CASES)
    page = ask(signed_in(account(Role.AUDIT_CLERK)), 503, number=YES)
    assert "cannot be asked now" in page and "May be used" not in page
    assert [(row.subject, row.reason) for row in audited("case.unanswered")] == [(YES, "Records of March")]
    assert not audited("case.asked"), "that says that the clerk was told"


def test_only_collections_that_are_registered_for_it_can_be_asked_for(clerk: Client) -> None:
    Caller.objects.update(scopes=[Scope.LISTS])
    assert "No collection is registered" in text(clerk.get("/staff/cases"))
    assert "May be used" not in ask(clerk, number=YES)
    Caller.objects.update(scopes=[Scope.CASES], revoked_at=timezone.now())
    assert "No collection is registered" in text(clerk.get("/staff/cases"))
    load()
    load()
    assert "Stroke audit (made up)" in text(clerk.get("/staff/cases"))


def test_a_system_gets_no_token_for_what_clerks_do() -> None:
    registered("platform", Scope.CASES, Scope.LISTS)
    assert ask_token(assertion("platform")).json()["scope"] == "lists.check"
    assert ask_token(assertion("platform"), scope="cases.check").json() == {"error": "invalid_scope"}


def test_the_number_used_here_is_scottish() -> None:
    assert isinstance(read(SCOTTISH), NHSNumber)
