"""No choice that was acknowledged is lost, and none is recorded that nobody made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices import choice_history, record_choice
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError, NewChoice, record
from tests.support.numbers import some
from tests.support.registers import WRITERS, writers

pytestmark = pytest.mark.usefixtures("register")

WHEN = datetime(2026, 11, 20, 9, tzinfo=UTC)
AUDIT = Entry("self", "choice.set")


def person(at: int = 0) -> NHSNumber:
    number = read(some(at + 1)[at])
    assert isinstance(number, NHSNumber)
    return number


def change(choice: Choice = Choice.OPT_OUT, at: datetime = WHEN, **more: Any) -> NewChoice:
    return NewChoice(person(), choice, at, Channel.ONLINE, **more)


def test_a_choice_and_its_audit_entry_are_there_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    event = record(change(by=By.PROXY, proxy_role=ProxyRole.ATTORNEY, evidence="LPA 7"), AUDIT)
    assert (event.sequence, event.previous, event.evidence, event.actor) == (1, "", "LPA 7", "self")
    assert choice_history.current(person()) == event
    assert AuditEntry.objects.get().at == WHEN

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the audit is full")

    monkeypatch.setattr(record_choice, "write", fail)
    with pytest.raises(RuntimeError, match="full"):
        record(change(Choice.ALLOW), AUDIT)
    assert choice_history.history(person()) == [event]


def test_a_confirmation_is_recorded_too() -> None:
    record(change(), AUDIT)
    record(change(at=WHEN + timedelta(1)), AUDIT)
    assert [(event.choice, event.previous) for event in choice_history.history(person())] == [
        ("opt_out", ""),
        ("opt_out", "opt_out"),
    ]


def test_a_choice_that_came_in_between_is_not_overwritten_unseen() -> None:
    record(change(), AUDIT, expected=0)
    with pytest.raises(ChoiceChangedMeanwhileError):
        record(change(Choice.ALLOW), AUDIT, expected=0)
    record(change(Choice.ALLOW), AUDIT, expected=1)
    assert [event.choice for event in choice_history.history(person())] == ["opt_out", "allow"]
    assert AuditEntry.objects.count() == 2


def test_a_clock_that_is_behind_does_not_undo_a_change_of_mind() -> None:
    record(change(at=WHEN), AUDIT)
    late = record(change(Choice.ALLOW, WHEN - timedelta(hours=1)), AUDIT)
    assert late.recorded_at == WHEN + timedelta(microseconds=1)
    assert AuditEntry.objects.latest("pk").at == WHEN - timedelta(hours=1), "what the clock said is not lost"
    assert choice_history.current(person()) == late
    before = choice_history.as_at(person(), WHEN)
    assert before is not None
    assert before.choice == "opt_out"
    assert choice_history.as_at(person(), WHEN - timedelta(microseconds=1)) is None


def test_a_change_that_breaks_a_rule_is_refused_once_and_for_all() -> None:
    record(change(), AUDIT)
    with pytest.raises(IntegrityError):
        record(change(by=By.PROXY), AUDIT)
    with pytest.raises(ValueError, match="zone"):
        record(change(at=datetime(2026, 11, 20)), AUDIT)
    assert (ChoiceEvent.objects.count(), AuditEntry.objects.count()) == (1, 1)


def test_a_choice_in_a_transaction_that_fails_was_never_made() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record(change(), AUDIT)
        raise RuntimeError
    assert choice_history.current(person()) is None
    assert AuditEntry.objects.count() == 0


def test_choices_at_once_are_all_kept_in_one_order() -> None:
    def choosing(by: int) -> Callable[[], ChoiceEvent]:
        choice = (Choice.OPT_OUT, Choice.ALLOW)[by % 2]
        return lambda: record(change(choice), Entry(f"writer {by}", "choice.set"))

    rounds = 5
    with writers() as together:
        acknowledged = [event for _ in range(rounds) for event in together([choosing(by) for by in range(WRITERS)])]
    kept = choice_history.history(person())
    assert [event.sequence for event in kept] == list(range(1, WRITERS * rounds + 1))
    assert sorted((event.sequence, event.actor, event.choice) for event in acknowledged) == [
        (event.sequence, event.actor, event.choice) for event in kept
    ]
    assert [event.previous for event in kept] == ["", *(event.choice for event in kept[:-1])]
    assert AuditEntry.objects.count() == len(kept)


def test_of_two_who_saw_the_same_one_is_told() -> None:
    with writers() as together:
        said = together([lambda: record(change(), AUDIT, expected=0)] * WRITERS)
    assert sum(isinstance(answer, ChoiceEvent) for answer in said) == 1
    assert sum(isinstance(answer, ChoiceChangedMeanwhileError) for answer in said) == WRITERS - 1
    assert len(choice_history.history(person())) == 1
