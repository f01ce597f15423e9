"""Whoever looks too often is seen, and whoever reads the audit is in it; no page of it puts a number into an address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from ndoo.service.audit.entries import Entry, write
from ndoo.service.audit.search_audit import MOST, AuditSearch, many_views, search
from ndoo.service.staff.limits import VIEW_DAYS, VIEWS
from ndoo.service.staff.roles import Role
from tests.support.canary import numbers_in
from tests.support.staff_accounts import account, audited, number, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor() -> Client:
    return signed_in(account(Role.AUDITOR, "anna.auditor"))


def views(times: int, *, by: str = "staff:curious", seed: int = 1, days_ago: float = 0, near: str = "none") -> None:
    for _ in range(times):
        with transaction.atomic():
            write(
                Entry(by, "person.viewed", number(seed), "call", {"near": near}),
                timezone.now() - timedelta(days=days_ago),
            )


def spaced(seed: int) -> str:
    digits = number(seed).reveal()
    return f"{digits[:3]}\u00a0{digits[3:6]}\u00a0{digits[6:]}"


def test_five_views_of_one_person_in_a_week_alarm_on_the_first_day(auditor: Client) -> None:
    """279 views in three weeks went unseen once: thirteen a day."""
    views(VIEWS)
    page = auditor.get("/staff/audit/views").content.decode()
    assert "staff:curious" in page and numbers_in(page) == 0
    assert "1 to do" in auditor.get("/staff/").content.decode()
    assert VIEWS == 5 and VIEW_DAYS == 7


def test_views_of_many_people_or_by_many_or_long_ago_are_work(auditor: Client) -> None:
    for seed in range(10):
        views(VIEWS - 1, seed=seed + 1, by="staff:busy")
        views(1, seed=99, by=f"staff:colleague{seed}")
    views(VIEWS, days_ago=VIEW_DAYS + 0.1, by="staff:earlier")
    assert "Nobody." in auditor.get("/staff/audit/views").content.decode()


def test_the_person_is_shown_only_to_whoever_asks_and_asking_is_audited(auditor: Client) -> None:
    views(VIEWS + 1)
    views(VIEWS, seed=2)
    [most, _] = many_views(timezone.now(), views=VIEWS, days=VIEW_DAYS)
    page = auditor.post("/staff/audit/views", {"entry": most.entries[0].pk}).content.decode()
    assert spaced(1) in page and spaced(2) not in page
    [opened] = audited("audit.views_opened")
    assert (opened.actor, opened.subject) == ("staff:anna.auditor", number(1).reveal())
    assert numbers_in(auditor.post("/staff/audit/views", {"entry": "4711"}).content.decode()) == 0
    assert len(audited("audit.views_read")) == 1


def test_a_look_at_somebody_near_is_reported(auditor: Client) -> None:
    views(1, near="family", by="staff:aunt")
    views(1, near="none", by="staff:stranger")
    page = auditor.get("/staff/audit/views").content.decode()
    assert "staff:aunt" in page and "staff:stranger" not in page


def test_a_search_finds_by_actor_action_day_and_person_and_stands_in_the_audit(auditor: Client) -> None:
    views(1, by="staff:today", seed=1)
    views(1, by="staff:yesterday", seed=2, days_ago=1)
    today = timezone.localdate()
    day = {"first_day": today.day, "first_month": today.month, "first_year": today.year}
    for said, seen, unseen in (
        ({"actor": "staff:today"}, "staff:today", "staff:yesterday</"),
        ({"subject": spaced(2)}, "staff:yesterday", "staff:today</"),
        ({"action": "person.viewed"} | day, "staff:today", "staff:yesterday</"),
        (
            {"action": "person.viewed"} | {key.replace("first", "last"): value for key, value in day.items()},
            "staff:yesterday",
            "staff:nobody",
        ),
    ):
        page = auditor.post("/staff/audit", said | {"why": "complaint 12"}).content.decode()
        found = page.split("Search again")[0]
        assert seen in found and unseen not in found, said
    entries = audited("audit.searched")
    assert len(entries) == 4 and {entry.reason for entry in entries} == {"complaint 12"}
    assert entries[1].subject == number(2).reveal()
    assert entries[2].details == {"action": "person.viewed", "first": today.isoformat()}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "Say why you search"),
        ({"why": f"about {number(3).reveal()}"}, "Do not write an NHS number here"),
        ({"why": "x", "subject": "123"}, "too short"),
        (
            {
                "why": "x",
                "first_day": "2",
                "first_month": "1",
                "first_year": "2026",
                "last_day": "1",
                "last_month": "1",
                "last_year": "2026",
            },
            "must not be before the first",
        ),
        ({"why": "x", "action": "something.else"}, "Select a valid choice"),
    ],
)
def test_a_search_without_reason_or_sense_finds_nothing(auditor: Client, said: dict[str, str], why: str) -> None:
    assert why in auditor.post("/staff/audit", said).content.decode()
    assert not audited("audit.searched")


def test_an_nhs_number_typed_as_an_actor_is_not_kept(auditor: Client) -> None:
    page = auditor.post("/staff/audit", {"actor": number(3).reveal(), "why": "x"}).content.decode()
    assert "Nothing in the audit fits" in page
    assert audited("audit.searched")[0].details == {}


def test_a_search_that_finds_too_much_says_so(auditor: Client) -> None:
    views(MOST + 1)
    page = auditor.post("/staff/audit", {"action": "person.viewed", "why": "x"}).content.decode()
    assert f"The newest {MOST} are shown" in page
    assert search(AuditSearch(action="person.viewed")).count == MOST + 1


def test_one_entry_is_one_entry(auditor: Client) -> None:
    views(1)
    page = auditor.post("/staff/audit", {"action": "person.viewed", "why": "x"}).content.decode()
    assert "1 entry" in page
