"""A caller is told how many people it may still ask about, by the brake that refuses; what it is told says nothing of anybody."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.domain.london import london_date
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.choices.models import Choice
from ndoo.service.list_checks.models import AskedAbout
from tests.support.api_callers import chooses, known, people, system
from tests.unit.service.list_checks.test_fhir import search

pytestmark = pytest.mark.django_db
DAY = 86_400
CROWD = people(60, 81)


def told(answer: Any) -> tuple[int, int, int]:
    """Quota, what is left, and in how many seconds there is more."""
    policy = re.fullmatch(r'"people";q=([0-9]+);qu="people";w=([0-9]+)', answer["RateLimit-Policy"])
    left = re.fullmatch(r'"people";r=([0-9]+);t=([0-9]+)', answer["RateLimit"])
    assert policy and left and int(policy[2]) == 21 * DAY
    return int(policy[1]), int(left[1]), int(left[2])


@pytest.fixture(autouse=True)
def register() -> None:
    chooses(CROWD[0], Choice.OPT_OUT)


def test_what_is_left_is_what_the_brake_leaves() -> None:
    caller = system("small", Scope.CONSENT_READ, population=20)
    before = 22
    for number in CROWD:
        answer = search(caller, number)
        quota, left, seconds = told(answer)
        assert quota == 22 and left <= before and 20 * DAY <= seconds <= 21 * DAY
        before = left
        if answer.status_code == 429:
            break
        assert left >= 0
    assert (left, answer["Retry-After"]) == (0, str(seconds)), "the brake and what is told of it are one"


def test_a_list_tells_it_where_it_is_answered() -> None:
    known(CROWD)
    caller = system(population=40)
    quota, left, _ = told(caller.check(CROWD[:30]))
    assert quota == 44 and 12 <= left <= 16
    assert "RateLimit" not in caller.get("/api/governance/assets").headers, "what asks about nobody"


def test_a_list_that_is_held_does_not_tell_why_by_what_is_left() -> None:
    """With something left it was held for another reason than the allowance, with nothing left for that one."""
    known(CROWD)
    caller = system(population=40)
    assert caller.check(CROWD[:30]).status_code == 200
    few, spent = caller.check(CROWD[:9]), caller.check(CROWD)
    for answer in (few, spent):
        assert (answer.status_code, answer.json()["state"]) == (202, "held")
        assert not {"RateLimit", "RateLimit-Policy"} & set(answer.headers)
    assert set(few.headers) == set(spent.headers) and few["Retry-After"] == spent["Retry-After"]


def test_who_has_spent_it_is_told_when_enough_have_left_the_window() -> None:
    """Asked about on two days: the older ones alone are too few, so it takes until the second day has left."""
    caller = system("small", Scope.CONSENT_READ, population=20)
    today = london_date(timezone.now())
    for numbers, ago in ((CROWD[:3], 20), (CROWD[3:50], 15)):
        for number in numbers:
            search(caller, number)
        AskedAbout.objects.filter(day=today).update(day=today - timedelta(days=ago))
    answer = search(caller, CROWD[50])
    assert answer.status_code == 429
    assert 5 * DAY <= told(answer)[2] <= 6 * DAY
    AskedAbout.objects.filter(day=today - timedelta(days=15)).delete()
    assert 0 <= told(search(caller, CROWD[50]))[2] <= DAY, "nothing is spent: the oldest leave next"


def test_it_is_the_same_of_a_person_who_opted_out_and_of_one_who_never_chose() -> None:
    lefts = []
    for at, number in enumerate((CROWD[0], CROWD[1])):
        caller = system(f"caller-{at}", Scope.CONSENT_READ, population=1_000)
        lefts.append(told(search(caller, number))[:2])
    assert lefts[0] == lefts[1]


def test_the_description_names_the_headers() -> None:
    paths = json.loads(Client().get("/api/openapi.json").content)["paths"]
    wanted = {"RateLimit-Policy", "RateLimit"}
    assert set(paths["/api/lists"]["post"]["responses"]["200"]["headers"]) == wanted
    responses = paths["/api/fhir/R4/Consent/_search"]["post"]["responses"]
    assert set(responses["429"]["headers"]) == wanted | {"Retry-After"}
    assert "headers" not in paths["/api/fhir/R4/Consent"]["post"]["responses"]["429"]
