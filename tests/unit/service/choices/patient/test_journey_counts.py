"""The owner learns how choosing goes, and nobody learns who chose: counts by month, each session once, and no page fails for them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from ndoo.domain.london import london_date
from ndoo.service.choices.patient import journey_counts
from ndoo.service.choices.patient.journey_counts import Step, months, of_month
from ndoo.service.choices.patient.models import JourneyCount
from ndoo.service.staff.roles import Role
from tests.support.patients import ANN, Clock, Visitor, known, newest_code, text
from tests.support.staff_accounts import account, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]


LATER = datetime(2099, 1, 1, tzinfo=UTC)


def owner(path: str = "/staff/choosing") -> str:
    return text(signed_in(account(Role.ADMINISTRATOR)).get(path))


def test_each_step_is_counted_once_for_a_session_and_where_people_leave_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch)
    known()
    leaves, finishes = Visitor(), Visitor()
    leaves.tells_who(ANN)
    finishes.tells_who(ANN)
    finishes.sends("/journey/name", given_name=ANN.given_name, family_name=ANN.family_name)  # again
    finishes.asks_for_a_code(ANN)
    clock.passes(minutes=7)
    finishes.types(newest_code())
    finishes.chooses("opt_out")
    finishes.chooses("opt_out")  # the same choice, confirmed
    [month] = months()
    found = of_month(month, LATER)
    assert found.steps == {
        Step.STARTED: 3,  # a journey that begins at the start page again is another one
        Step.SEARCHED: 1,
        Step.PROVED: 1,
        Step.CHOSE: 1,
        Step.SAVED: 1,
    }
    assert found.lost_after(Step.STARTED) == 2 and found.lost_after(Step.SAVED) == 0
    assert found.times is None, "of one person"
    assert list(JourneyCount.objects.filter(what__startswith="minutes:").values_list("what", "count")) == [
        ("minutes:2", 1)
    ]
    page = owner()
    assert "3 people began. 33% finished." in page and "This is shown when the month has ended" in page


def test_how_somebody_felt_is_asked_once_after_the_choice_and_told_from_five_answers_on() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    assert visitor.opens("/journey/feedback") and visitor.at == "/journey/choice", "there is nothing to say yet"
    visitor.sends("/journey/feedback", feeling="satisfied")
    assert not JourneyCount.objects.filter(what__startswith="felt:").exists()
    visitor.chooses("allow")
    assert "What did you think of this service?" in text(visitor.page)
    visitor.opens("/journey/feedback")
    assert "Select how you felt about the service" in text(visitor.sends("/journey/feedback"))
    visitor.sends("/journey/feedback", feeling="satisfied")
    assert "Thank you for telling us" in text(visitor.page)
    visitor.sends("/journey/feedback", feeling="very_dissatisfied")
    assert list(JourneyCount.objects.filter(what__startswith="felt:").values_list("what", "count")) == [
        ("felt:satisfied", 1)
    ]


def test_answers_and_times_of_a_month_are_told_when_it_has_ended_from_five_on() -> None:
    """Two looks at a month that goes on told what the person between them had answered, and how long they took."""
    last, this = datetime(2026, 1, 1).date(), london_date(timezone.now()).replace(day=1)
    for month in (last, this):
        JourneyCount.objects.create(month=month, what="started", count=9)
        for what in ("felt:satisfied", "minutes:2"):
            JourneyCount.objects.create(month=month, what=what, count=4)
    page, file = owner("/staff/choosing?month=2026-01"), owner("/staff/choosing.csv")
    assert "Fewer than 5 people said how they felt" in page and "The time of fewer than 5 people was counted" in page
    assert "satisfied" not in file and "minutes" not in file
    for month in (last, this):
        JourneyCount.objects.create(month=month, what="felt:dissatisfied", count=1)
        JourneyCount.objects.create(month=month, what="minutes:4", count=1)
    page, file = owner("/staff/choosing?month=2026-01"), owner("/staff/choosing.csv")
    assert "80% of those who said how they felt were satisfied" in page and "5 to 10 minutes" in page
    assert "2026-01,satisfied,4" in file and "2026-01,within_10_minutes,4" in file
    assert (
        f"{this:%Y-%m},started,9" in file
        and f"{this:%Y-%m},satisfied" not in file
        and f"{this:%Y-%m},within" not in file
    )
    page = owner()
    assert "This is shown when the month has ended" in page
    assert "satisfied" not in page.lower() and "minutes" not in page and "Fewer than" not in page
    ends = datetime.combine(this + timedelta(days=31), time(12), UTC)
    assert of_month(this, ends).times == [0, 0, 4, 0, 1], "and it is told from the first of the next month on"


def test_nothing_that_is_kept_names_anybody() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.chooses("opt_out")
    fields = {field.name for field in JourneyCount._meta.get_fields()}
    assert fields == {"id", "month", "what", "count"} and {month.day for month in months()} == {1}
    assert not any(ANN.number.reveal() in str(row) for row in JourneyCount.objects.values())


def test_who_cannot_be_counted_chooses_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def get_or_create(self, **_said: object) -> None:
            raise DatabaseError

    known()
    monkeypatch.setattr(journey_counts.JourneyCount, "objects", Full())
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.chooses("opt_out")
    assert "Your choice is saved" in text(visitor.page)


def test_the_page_is_the_owners_and_a_month_that_is_none_is_the_newest() -> None:
    assert "Nobody has begun yet" in owner()
    JourneyCount.objects.create(month="2026-10-01", what="started", count=2)
    JourneyCount.objects.create(month="2026-11-01", what="started", count=1)
    assert "November 2026 How many" in owner("/staff/choosing?month=2026-13")
    assert "October 2026 How many" in owner("/staff/choosing?month=2026-10")
    assert signed_in(account(Role.OPERATOR)).get("/staff/choosing").status_code == 403
    assert Client().get("/staff/choosing").status_code == 302
