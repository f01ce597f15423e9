"""A list that looks like guessing waits for a second person, who decides once; and whoever asks out of turn is seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ndoo.service.api_clients.models import Caller
from ndoo.service.choices.models import Choice
from ndoo.service.list_checks import drift, jobs, list_guessing
from ndoo.service.list_checks.list_guessing import HoldReason
from ndoo.service.list_checks.models import AskedAbout, CheckedList, ListState, Trace
from ndoo.service.staff.roles import Role
from tests.support.api_callers import System, chooses, known, people, system
from tests.support.patients import text
from tests.support.staff_accounts import account, audited, signed_in

pytestmark = pytest.mark.django_db

CROWD = people(60, 8)


@pytest.fixture
def caller() -> System:
    known(CROWD)
    chooses(CROWD[0], Choice.OPT_OUT)
    return system(population=100, every_days=7)


def test_a_held_list_says_that_it_waits_and_not_why(caller: System) -> None:
    known_only, unknown = caller.check(CROWD[:5]), caller.check([*CROWD[:40], *people(20, 99)])
    for answer in (known_only, unknown):
        assert (answer.status_code, answer.json()["state"]) == (202, "held")
        assert set(answer.json()) == {"id", "state", "read", "requested", "held"}
        assert caller.get(answer["Location"]).json() == answer.json()
    assert [trace.reasons for trace in Trace.objects.order_by("pk")] == [[HoldReason.FEW], [HoldReason.UNKNOWN]]
    assert [entry.details["reasons"] for entry in audited("list.held")] == [["few"], ["unknown"]]


def decide(client: Any, pk: object, decision: str, reason: str = "Asked the trust, ticket 12") -> Any:
    return client.post(f"/staff/lists/{pk}", {"decision": decision, "reason": reason}, follow=True)


def test_an_approver_releases_a_list_and_it_is_answered(caller: System) -> None:
    place = caller.check(CROWD[:5])["Location"]
    row = CheckedList.objects.get()
    approver = signed_in(account(Role.APPROVER))
    assert "Lists that wait for a second person" in text(approver.get("/staff/"))
    page = text(approver.get("/staff/lists"))
    assert "Example Trust" in page and "9 people or fewer" in page
    said = text(approver.get(f"/staff/lists/{row.pk}"))
    assert "People on this list 5" in said
    assert not any(number[:6] in said for number in CROWD)
    assert "Select what you decide" in text(decide(approver, row.pk, ""))
    assert "Released." in decide(approver, row.pk, "release").content.decode()
    jobs.answer_list.call(str(row.pk))
    assert caller.get(place).json()["withheld"] == 1
    [entry] = audited("list.released")
    assert (entry.reason, entry.details["list"]) == ("Asked the trust, ticket 12", str(row.pk))
    assert decide(approver, row.pk, "refuse").status_code == 404, "it was decided on"


def test_a_refused_list_is_never_answered_and_gone(caller: System) -> None:
    place = caller.check(CROWD[:5])["Location"]
    row = CheckedList.objects.get()
    decide(signed_in(account(Role.APPROVER)), row.pk, "refuse")
    row.refresh_from_db()
    assert (row.state, row.people) == (ListState.REFUSED, None)
    assert caller.get(place).json()["code"] == "list-refused"
    jobs.answer_list.call(str(row.pk))
    assert caller.get(place).status_code == 403
    assert [entry.reason for entry in audited("list.refused")] == ["Asked the trust, ticket 12"]


def test_two_approvers_decide_once(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    from ndoo.service.list_checks import pages
    from ndoo.service.list_checks.release_held_list import NotHeldError

    caller.check(CROWD[:5])
    row = CheckedList.objects.get()

    def late(*_: object) -> None:
        raise NotHeldError

    monkeypatch.setattr(pages, "release", late)
    assert "Lists that wait" in text(decide(signed_in(account(Role.APPROVER)), row.pk, "release"))


def test_a_reason_names_nobody(caller: System) -> None:
    caller.check(CROWD[:5])
    row = CheckedList.objects.get()
    page = decide(signed_in(account(Role.APPROVER)), row.pk, "release", f"about {CROWD[0]}")
    row.refresh_from_db()
    assert page.status_code == 200
    assert row.state == ListState.HELD


def test_a_held_list_that_nobody_decides_on_is_deleted_unanswered(caller: System) -> None:
    place = caller.check(CROWD[:5])["Location"]
    jobs.throw_away(timezone.now() + timedelta(days=6))
    assert CheckedList.objects.get().state == ListState.HELD
    jobs.throw_away(timezone.now() + timedelta(days=8))
    assert CheckedList.objects.get().people is None
    assert caller.get(place).status_code == 410


def test_what_is_kept_of_lists_goes_with_the_window(caller: System) -> None:
    caller.check(CROWD)
    list_guessing.throw_away(timezone.now() + timedelta(days=20))
    assert Trace.objects.count() == AskedAbout.objects.count() == 1
    list_guessing.throw_away(timezone.now() + timedelta(days=22))
    assert Trace.objects.count() == AskedAbout.objects.count() == 0


def test_a_register_of_people_that_answers_slowly_makes_a_job_and_may_hold_it(
    caller: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        quick, share = False, 0.5

        def unknown(self, people: object, count: int) -> float:
            return self.share

    monkeypatch.setattr("ndoo.service.list_checks.list_routes.known_people", Slow)
    monkeypatch.setattr("ndoo.service.list_checks.jobs.known_people", Slow)
    answer = caller.check(CROWD)
    row = CheckedList.objects.get()
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    jobs.answer_list.call(str(row.pk))
    assert caller.get(answer["Location"]).json()["state"] == "held"
    assert Trace.objects.get().reasons == [HoldReason.UNKNOWN]
    decide(signed_in(account(Role.APPROVER)), row.pk, "release")
    jobs.answer_list.call(str(row.pk))
    assert caller.get(answer["Location"]).json()["state"] == "answered"
    monkeypatch.setattr(Slow, "share", 0.0)
    second = caller.check(CROWD)
    jobs.answer_list.call(second.json()["id"])
    assert caller.get(second["Location"]).json()["state"] == "answered"


def test_answers_that_changed_are_counted_and_rounded(caller: System) -> None:
    caller.check(CROWD)
    for number in CROWD[:12]:
        chooses(number, Choice.OPT_OUT)  # the first one had opted out before: no change
    chooses(CROWD[20], Choice.OPT_OUT)
    chooses(CROWD[20], Choice.ALLOW)
    caller.check(CROWD)
    caller.check(CROWD)
    assert [trace.changed for trace in Trace.objects.order_by("pk")] == [0, 10, 0]
    assert [drift.rounded(count) for count in (0, 7, 8, 12, 13)] == [0, 0, 10, 10, 15]


def test_changes_are_counted_among_a_few_people_of_many_choices(caller: System) -> None:
    caller.check(CROWD[:20])
    for number in people(30, 4321) + CROWD[:9]:
        chooses(number, Choice.OPT_OUT)
    caller.check(CROWD[:20])
    assert [trace.changed for trace in Trace.objects.order_by("pk")] == [0, 10]


def test_whoever_asks_outside_their_plan_is_seen_at_once(caller: System) -> None:
    """Row 3: the same list, sent each day, shows who changed. The alarm is there when the second one comes."""
    caller.check(CROWD)
    assert drift.alarms(timezone.now()) == []
    Trace.objects.update(at=timezone.now() - timedelta(days=7))
    caller.check(CROWD)
    assert drift.alarms(timezone.now()) == [], "as planned"
    caller.check(CROWD)
    assert len(drift.alarms(timezone.now())) == 1
    for role in (Role.AUDITOR, Role.INFORMATION_GOVERNANCE):
        client = signed_in(account(role))
        assert "Systems that asked outside their plan" in text(client.get("/staff/"))
        page = text(client.get("/staff/lists/report"))
        assert "research-platform" in page and "every 7 days" in page
    assert len(audited("list.report_read")) == 2
    Caller.objects.update(every_days=None)
    caller.check(CROWD)
    assert len(drift.alarms(timezone.now())) == 1, "without a plan there is nothing to be outside of"


def test_the_report_shows_a_caller_that_never_asked(caller: System) -> None:
    page = text(signed_in(account(Role.AUDITOR)).get("/staff/lists/report"))
    assert "0%" in page


def test_who_knows_the_people_is_the_owners_choice(settings: Any) -> None:
    from dataclasses import replace

    from ndoo.service.list_checks.known_people import EverybodyKnown, NobodyKnown, known_people

    assert isinstance(known_people(), EverybodyKnown)
    settings.NDOO = replace(settings.NDOO, check_demographics="off")
    assert isinstance(known_people(), NobodyKnown)
