"""A list that comes over HTTP is answered whole, in three answers, and never with somebody who opted out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ndoo.domain.nhs_number import check_digit
from ndoo.numbers.number_set import NumberSet
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.choices.patient.models import Applied
from ndoo.service.list_checks import intake, jobs, limits
from ndoo.service.list_checks.models import CheckedList, ListState
from tests.support.api_callers import System, chooses, known, people, signed_in, system
from tests.support.canary import assert_silent
from tests.support.patients import work

pytestmark = pytest.mark.django_db

EVERYBODY = people(40)
OUT = EVERYBODY[:3]
SCOTTISH = f"010101000{check_digit('010101000')}"
ODD = ["", None, " ", "9999999999", "9990004936", "12"]


@pytest.fixture
def caller() -> System:
    known(EVERYBODY)
    for number in OUT:
        chooses(number, Choice.OPT_OUT)
    chooses(EVERYBODY[3], Choice.OPT_OUT)
    chooses(EVERYBODY[3], Choice.ALLOW)
    return system()


def lowered(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    """Limits that a test can reach."""
    before = limits.limits()
    made = {name: limits.DatedLimit(value, "a test", before[name].read_on) for name, value in values.items()}
    monkeypatch.setattr(limits, "limits", lambda: before | made)


def test_those_who_opted_out_are_not_in_the_cleaned_list(caller: System) -> None:
    answer = caller.check(EVERYBODY)
    said = answer.json()
    assert answer.status_code == 200
    assert said["cleaned_list"] == sorted(EVERYBODY[3:])
    assert (said["read"], said["requested"], said["allowed"], said["withheld"], said["held"]) == (40, 40, 37, 3, {})
    assert said["checked_at"].startswith(str(timezone.now().year))


@pytest.mark.parametrize("kind", intake.TEXTS)
def test_a_list_of_lines_is_read_as_the_command_line_reads_it(kind: str, caller: System) -> None:
    text = "\ufeffNHS number\r\n" + "".join(f"{n[:3]} {n[3:6]} {n[6:]},\r\n" for n in EVERYBODY)
    assert caller.post("/api/lists", text.encode(), content_type=kind).json()["withheld"] == 3


def test_nobody_who_cannot_be_decided_on_is_ever_allowed(caller: System) -> None:
    said = caller.check([*EVERYBODY, *ODD, SCOTTISH, EVERYBODY[0]]).json()
    assert said["held"] == {"missing": 3, "placeholder": 1, "check_digit": 1, "malformed": 1, "not_covered": 1}
    assert said["cleaned_list"] == sorted(EVERYBODY[3:])
    assert said["read"] == 48
    assert said["requested"] == said["allowed"] + said["withheld"] + said["held"]["not_covered"] == 41


@pytest.mark.parametrize(("kind", "line"), [("text/plain", "{},"), ("text/csv", "{}")])
def test_the_cleaned_list_comes_as_lines_too(kind: str, line: str, caller: System) -> None:
    answer = caller.check(EVERYBODY, Accept=kind)
    lines = answer.content.decode().split()
    assert answer["Content-Type"] == kind
    assert lines[-37:] == [line.format(number) for number in sorted(EVERYBODY[3:])]
    assert lines[:-37] == (["nhs_number"] if kind == "text/csv" else [])


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("[]", "application/json", 422, "list-shape"),
        ("{}", "application/json", 422, "list-shape"),
        ('{"nhs_numbers": [9990004935]}', "application/json", 422, "list-shape"),
        ('{"nhs_numbers": "9990004935"}', "application/json", 422, "list-shape"),
        ('{"nhs_numbers": [], "nhs_numbers": []}', "application/json", 400, "body-malformed"),
        ('{"nhs_numbers": []}', "application/json", 422, "list-nobody"),
        ('{"nhs_numbers": ["9999999999"]}', "application/json", 422, "list-nobody"),
        ("{", "application/json", 400, "body-malformed"),
        ("[" * 100_000, "application/json", 400, "body-malformed"),
        (b"\xff\xfe", "application/json", 400, "body-malformed"),
        ('{"nhs_numbers": ["\\ud800"]}', "application/json", 422, "list-nobody"),
        ("\n", "text/csv", 422, "numbers-empty"),
        ("nhs_number,name\n9990004935,Ann\n", "text/csv", 422, "list-table"),
        (b"PK\x03\x04", "text/csv", 422, "numbers-not-text"),
        ("a=b", "application/x-www-form-urlencoded", 415, "list-kind"),
        ("", "", 415, "list-kind"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_whole(
    body: Any, kind: str, status: int, code: str, caller: System
) -> None:
    answer = caller.post("/api/lists", body, content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert_silent(answer.content.decode(), "a refusal")
    assert not CheckedList.objects.exists()


def test_a_packed_body_and_a_reply_in_another_form_are_refused(caller: System) -> None:
    assert caller.check(EVERYBODY, **{"Content-Encoding": "gzip"}).status_code == 400, "it is not what it says"
    assert caller.check(EVERYBODY, **{"Content-Encoding": "br"}).status_code == 415
    assert caller.check(EVERYBODY, Accept="application/xml").status_code == 406


def test_a_list_that_is_too_long_is_refused_before_it_is_read(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered(monkeypatch, largest_list=30)
    assert caller.check(EVERYBODY).json()["code"] == "list-too-long"
    assert caller.check(EVERYBODY * 3).json()["code"] == "body-too-large"


def test_a_register_that_was_never_filled_answers_nothing() -> None:
    known(EVERYBODY)
    answer = system().check(EVERYBODY)
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "register-empty", "3600")


def test_a_clock_that_was_set_back_answers_nothing(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now() - timedelta(minutes=6)
    monkeypatch.setattr("ndoo.service.list_checks.list_routes.timezone.now", lambda: now)
    answer = caller.check(EVERYBODY)
    assert (answer.status_code, answer.json()["code"]) == (503, "register-from-future")


def test_a_long_list_becomes_a_job_and_is_deleted_in_its_time(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered(monkeypatch, largest_at_once=30)
    accepted = caller.check(EVERYBODY)
    assert (accepted.status_code, accepted.json()["state"]) == (202, "waiting")
    place = accepted["Location"]
    assert caller.get(place).status_code == 202
    row = CheckedList.objects.get()
    jobs.answer_list.call(str(row.pk))
    said = caller.get(place).json()
    assert (said["state"], said["cleaned_list"]) == ("answered", sorted(EVERYBODY[3:]))
    row.refresh_from_db()
    assert row.people is None, "whom it asked about is gone with the answer"
    jobs.answer_list.call(str(row.pk))  # a worker that comes twice
    jobs.throw_away(timezone.now() + timedelta(hours=23))
    assert caller.get(place).status_code == 200
    CheckedList.objects.update(deleted_after=timezone.now())
    assert caller.get(place).status_code == 410
    jobs.throw_away(timezone.now())
    row.refresh_from_db()
    assert (row.state, row.people, row.allowed) == (ListState.EXPIRED, None, None)
    assert caller.get(place).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_the_worker_answers_what_was_asked_for_later(caller: System) -> None:
    place = caller.check(EVERYBODY, Prefer="respond-async")["Location"]
    assert work() == 1
    assert caller.get(place).json()["withheld"] == 3
    assert (
        caller.get(place, headers={"Accept": "text/plain"}).content.split()[0]
        == f"{sorted(EVERYBODY[3:])[0]},".encode()
    )


def test_a_job_that_cannot_be_answered_has_failed(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered(monkeypatch, largest_at_once=30)
    place = caller.check(EVERYBODY)["Location"]
    ChoiceEvent.objects.bulk_create(
        [
            ChoiceEvent(
                nhs_number=EVERYBODY[9],
                sequence=1,
                choice="allow",
                recorded_at=timezone.now() + timedelta(days=1),
                channel="online",
                by="self",
                actor="a clock that is wrong",
                policy_version="",
            )
        ]
    )
    jobs.answer_list.call(str(CheckedList.objects.get().pk))
    assert caller.get(place).json()["code"] == "list-failed"
    assert CheckedList.objects.get().people is None


def test_nobody_sees_the_list_of_another_caller(caller: System, monkeypatch: pytest.MonkeyPatch) -> None:
    lowered(monkeypatch, largest_at_once=30)
    place = caller.check(EVERYBODY)["Location"]
    other = system("other")
    nothing = other.get("/api/lists/00000000-0000-4000-8000-000000000000")
    assert other.get(place).status_code == nothing.status_code == 404
    assert other.get(place).content == nothing.content


def test_the_length_of_a_reply_does_not_tell_how_many_were_withheld(caller: System) -> None:
    """Row 4 of the attacks: somebody who sees only how many bytes go by."""
    naive, ours = set(), set()
    for changes in range(12):
        chooses(EVERYBODY[3 + changes], Choice.OPT_OUT)
        for kind in ("application/json", "text/plain", "text/csv"):
            answer = caller.check(EVERYBODY, Accept=kind)
            ours.add((kind, len(answer.content)))
            naive.add((kind, len(answer.content.rstrip())))
    assert len(ours) == 3
    assert len(naive) == 36, "without the filling, each count has a length of its own"


def test_a_reply_is_as_long_where_nobody_or_everybody_is_withheld(caller: System) -> None:
    lengths = []
    for choice in (Choice.ALLOW, Choice.OPT_OUT):
        for number in EVERYBODY:
            chooses(number, choice)
        lengths.append(
            [len(caller.check(EVERYBODY, Accept=kind).content) for kind in ("application/json", "text/plain")]
        )
    assert lengths[0] == lengths[1]
    assert caller.check(EVERYBODY).json()["cleaned_list"] == []


def test_people_see_who_applied_their_choice_once_a_day(caller: System) -> None:
    for _ in range(3):
        caller.check(EVERYBODY)
    rows = Applied.objects.filter(nhs_number=OUT[0])
    assert [(row.organisation, row.sequence) for row in rows] == [("Example Trust", 1)]
    outcomes = Counter(Applied.objects.values_list("outcome", flat=True))
    assert outcomes == {"left_out": 3, "may_be_used": 1}, "nobody is listed who never chose"
    chooses(OUT[0], Choice.ALLOW)
    chooses(OUT[0], Choice.OPT_OUT)
    caller.check(EVERYBODY)
    assert [row.sequence for row in rows.all()] == [3, 1]


def test_the_database_is_asked_as_often_for_many_people_as_for_a_few(caller: System) -> None:
    """A statement for each person, or three where one does, is what made lists slow."""
    crowd = people(600)
    known(crowd[40:])
    for number in crowd[40:80]:
        chooses(number, Choice.OPT_OUT)
    statements = []
    for asked in (EVERYBODY, crowd, crowd[1:]):
        with CaptureQueriesContext(connection) as captured:
            assert caller.check(asked).status_code in (200, 202)
        statements.append(len(captured))
    assert statements[1] <= statements[0], statements
    assert max(statements) <= 32, statements


def test_a_list_is_in_the_audit_without_anybody_on_it(caller: System) -> None:
    caller.check(EVERYBODY)
    entries = AuditEntry.objects.filter(actor="caller:research-platform", action__startswith="list.")
    assert [entry.action for entry in entries] == ["list.received", "list.answered"]
    for entry in entries:
        assert entry.subject == ""
        assert entry.details["requested"] == 40
        assert_silent(json.dumps(entry.details), "the audit")


def test_a_list_that_was_answered_at_once_is_kept_nowhere(caller: System) -> None:
    caller.check(EVERYBODY)
    row = CheckedList.objects.get()
    assert (row.state, row.people, row.allowed) == (ListState.ANSWERED, None, None)


def test_what_is_asked_of_a_few_is_what_is_asked_of_all(caller: System) -> None:
    from ndoo.service.choices.opted_out import opted_out, standing_among

    asked = NumberSet()
    text = "\n".join(EVERYBODY).encode()
    asked.add_lines(bytearray(text), len(text), final=True)
    everybody, _ = opted_out()
    found = standing_among(asked)["opt_out"]
    listed = NumberSet()
    text = "\n".join(found).encode()
    listed.add_lines(bytearray(text), len(text), final=True)
    assert set(found) == set(OUT)
    assert listed.contains_all_of(everybody) and everybody.contains_all_of(listed)
    assert ChoiceEvent.objects.count() == 5
    assert signed_in().check(EVERYBODY).status_code == 200
