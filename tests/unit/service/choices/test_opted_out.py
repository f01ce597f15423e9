"""Everybody whose standing choice is to opt out, nobody else, and nobody waits while the register is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from ndoo.domain.errors import Fault, NoUsableList
from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.service.audit.entries import Entry
from ndoo.service.choices import opted_out as module
from ndoo.service.choices.history_import import take_in
from ndoo.service.choices.import_file import rows_of
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.opted_out import opted_out
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.read_snapshot import one_view
from tests.histories.model import Fact, written
from tests.support.numbers import some
from tests.support.registers import writers

pytestmark = pytest.mark.usefixtures("register")

WHEN = datetime(2026, 11, 1, 9, tzinfo=UTC)
PEOPLE = [number for text in some(12) if isinstance(number := read(text), NHSNumber)]


def choose(who: int, choice: Choice, days: int = 0) -> ChoiceEvent:
    change = NewChoice(PEOPLE[who], choice, WHEN + timedelta(days), Channel.ONLINE)
    return record(change, Entry("self", "choice.set"))


def named(as_at: datetime | None = None) -> list[int]:
    people, count = opted_out(as_at)
    assert people.count() == count
    return [who for who, number in enumerate(PEOPLE) if number in people]


def test_the_last_choice_counts_now_and_as_at_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PIECE", 1)
    choose(0, Choice.OPT_OUT)
    choose(1, Choice.ALLOW)
    choose(2, Choice.OPT_OUT, 1)
    choose(0, Choice.ALLOW, 2)
    choose(1, Choice.OPT_OUT, 3)
    choose(2, Choice.OPT_OUT, 4)
    assert named() == [1, 2]
    assert [named(WHEN + timedelta(days)) for days in range(5)] == [[0], [0, 2], [2], [1, 2], [1, 2]]
    with pytest.raises(NoUsableList) as refused:
        named(WHEN - timedelta(microseconds=1))
    assert refused.value.code == "register-empty"


def test_nobody_opted_out_is_an_answer_once_somebody_chose() -> None:
    with pytest.raises(NoUsableList):
        named()
    choose(0, Choice.ALLOW)
    assert named() == []


def test_a_choice_of_a_machine_whose_clock_is_ahead_counts_now() -> None:
    choose(0, Choice.OPT_OUT, 1000)
    assert named() == [0]


def test_a_damaged_number_stops_the_release_instead_of_letting_its_owner_through() -> None:
    event = choose(0, Choice.OPT_OUT)
    digits = PEOPLE[1].reveal()
    wrong = digits[:9] + str((check_digit(digits[:9]) or 0) + 1)[-1]
    values = {field.attname: getattr(event, field.attname) for field in ChoiceEvent._meta.concrete_fields}
    ChoiceEvent.objects.create(**values | {"id": None, "nhs_number": wrong})
    with pytest.raises(Fault) as refused:
        opted_out()
    assert refused.value.code == "register-damaged"


def test_what_is_read_in_one_view_is_of_one_moment_and_holds_nobody_up() -> None:
    choose(0, Choice.OPT_OUT)
    with writers() as together:
        with one_view():
            assert named() == [0]
            assert isinstance(together([lambda: choose(1, Choice.OPT_OUT)])[0], ChoiceEvent)
            assert named() == [0]
        assert named() == [0, 1]
    with transaction.atomic(), one_view():
        choose(2, Choice.OPT_OUT)
        assert named() == [0, 1, 2], "inside a writer's transaction there is one view already"
    choose(3, Choice.OPT_OUT)
    if connection.vendor == "sqlite":
        assert getattr(connection, "transaction_mode") == "IMMEDIATE"  # noqa: B009  the wrapper's type has none


def test_a_choice_is_taken_while_a_long_import_runs(tmp_path: Path) -> None:
    now = WHEN + timedelta(days=20)
    rows = [(number, Fact("allow", WHEN, "online")) for number in some(6_000, seed=5)]
    path = written(tmp_path / "long.csv", rows)

    def importing() -> Any:
        return take_in(rows_of(path, now), Entry("a", "b"), now, lambda _: None)

    def choosing() -> Any:
        return [choose(at, choice, days) for days in range(9) for at in range(2) for choice in Choice]

    with writers() as together:
        done, chosen = together([importing, choosing])
    assert len(chosen) == 36
    assert done.read == 6_000
    assert len(done.refused) <= 2
