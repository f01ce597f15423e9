"""A list that is sent again because its answer was lost is one list: counted once, and never a way to watch one person."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from django.utils import timezone

from ndoo.service.choices.models import Choice
from ndoo.service.list_checks import idempotency
from ndoo.service.list_checks.models import CheckedList, ListState, Trace
from tests.support.api_callers import System, chooses, known, people, system

pytestmark = pytest.mark.django_db
PEOPLE = people(30, 41)
KEY = {"Idempotency-Key": "week-48"}


@pytest.fixture
def caller() -> System:
    known(PEOPLE)
    chooses(PEOPLE[0], Choice.OPT_OUT)
    return system()


def test_a_list_that_is_sent_again_is_counted_once(caller: System) -> None:
    first = caller.check(PEOPLE, **KEY)
    again = caller.check(PEOPLE, **KEY)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() | {"checked_at": ""} == first.json() | {"checked_at": ""}
    assert (CheckedList.objects.count(), Trace.objects.count()) == (1, 1)
    other = caller.check(PEOPLE, **{"Idempotency-Key": "week-49"})
    assert other.json()["id"] != first.json()["id"]
    assert caller.check(PEOPLE).json()["id"] not in (first.json()["id"], other.json()["id"])
    row = CheckedList.objects.get(pk=first.json()["id"])
    assert "week" not in row.key and len(row.key) == len(row.likeness) == 64


def test_another_list_under_the_same_key_is_refused(caller: System) -> None:
    caller.check(PEOPLE, **KEY)
    answer = caller.check(PEOPLE[1:], **KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    stranger = system("another-system")
    assert stranger.check(PEOPLE[1:], **KEY).status_code in (200, 202), "a key is each caller's own"


def test_nobody_watches_one_person_by_sending_a_list_again_and_again(caller: System) -> None:
    caller.check(PEOPLE, **KEY)
    chooses(PEOPLE[5], Choice.OPT_OUT)
    answer = caller.check(PEOPLE, **KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "list-changed")
    CheckedList.objects.update(deleted_after=timezone.now() - timedelta(seconds=1))
    assert caller.check(PEOPLE, **KEY).json()["code"] == "list-gone"


def test_a_job_and_a_held_list_are_told_of_as_they_stand(caller: System) -> None:
    waiting = caller.check(PEOPLE, Prefer="respond-async", **KEY)
    again = caller.check(PEOPLE, Prefer="respond-async", **KEY)
    assert (waiting.status_code, again.status_code) == (202, 202)
    assert again["Location"] == waiting["Location"]
    CheckedList.objects.update(state=ListState.REFUSED)
    assert caller.check(PEOPLE, **KEY).json()["code"] == "list-refused"


def test_an_answer_that_was_never_made_is_made_by_the_next_call(caller: System) -> None:
    caller.check(PEOPLE, **KEY)
    CheckedList.objects.update(state=ListState.WAITING, counts={}, checked_at=None)
    assert caller.check(PEOPLE, **KEY).json()["withheld"] == 1


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201])
def test_a_key_that_is_none_is_refused(key: str, caller: System) -> None:
    answer = caller.check(PEOPLE, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key")


def test_of_two_at_once_one_is_told_to_ask_again(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    caller.check(PEOPLE, **KEY)
    monkeypatch.setattr(idempotency.Once, "earlier", lambda *_: None)
    answer = caller.check(PEOPLE, **KEY)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "idempotency-key-in-use", "5")


def test_the_same_list_packed_is_the_same_list(caller: System) -> None:
    lines = "\n".join(PEOPLE).encode()
    plain = caller.post("/api/lists", lines, content_type="text/plain", headers=KEY)
    packed = caller.post(
        "/api/lists", gzip.compress(lines), content_type="text/plain", headers={**KEY, "Content-Encoding": "gzip"}
    )
    assert plain.json()["id"] == packed.json()["id"]
