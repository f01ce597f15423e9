"""Nobody changes the past of the register or of the audit, not even with the database's own tools."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.record_choice import NewChoice, record
from tests.support.numbers import some

pytestmark = pytest.mark.usefixtures("register")

WHEN = datetime(2026, 11, 20, 9, tzinfo=UTC)


def person(at: int = 0) -> NHSNumber:
    number = read(some(at + 1)[at])
    assert isinstance(number, NHSNumber)
    return number


def choose(choice: Choice = Choice.OPT_OUT, *, at: datetime = WHEN, number: NHSNumber | None = None) -> ChoiceEvent:
    return record(NewChoice(number or person(), choice, at, Channel.ONLINE), Entry("self", "choice.set", number))


def row(**changed: Any) -> dict[str, Any]:
    """A choice that may follow the one that `choose` made, unless something in it is changed."""
    return {
        "nhs_number": person().reveal(),
        "sequence": 2,
        "choice": "allow",
        "previous": "opt_out",
        "recorded_at": WHEN + timedelta(days=1),
        "channel": "online",
        "by": "self",
        "proxy_role": "",
        "evidence": "",
        "actor": "self",
        "policy_version": "OPG v4.0",
    } | changed


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (ChoiceEvent, AuditEntry)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE choices_choiceevent SET choice = 'allow'",
        "UPDATE audit_auditentry SET actor = 'somebody else'",
        "DELETE FROM choices_choiceevent",
        "DELETE FROM audit_auditentry WHERE actor = 'self'",
    ],
)
def test_the_past_is_not_rewritten_by_hand(statement: str) -> None:
    choose()
    before = everything()
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(statement)
    assert everything() == before


def test_the_past_is_not_rewritten_by_a_program() -> None:
    event = choose()
    before = everything()
    event.choice = Choice.ALLOW
    for act in (
        event.save,
        event.delete,
        AuditEntry.objects.all().delete,
        lambda: ChoiceEvent.objects.update(channel="post"),
    ):
        with pytest.raises(IntegrityError):
            act()
    assert everything() == before


@pytest.mark.parametrize("model", [ChoiceEvent, AuditEntry])
def test_the_past_is_not_emptied_or_replaced(model: Any) -> None:
    event = choose()
    before = everything()
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        statements = [f"TRUNCATE {table} CASCADE"]
    else:
        columns = [field.column for field in model._meta.concrete_fields]
        listed = ", ".join(f'"{column}"' for column in columns)
        taken = f"INSERT OR REPLACE INTO {table} ({listed}) SELECT {listed} FROM {table}"  # noqa: S608
        other = listed.replace('"nhs_number"', f"'{person(1).reveal()}'").replace('"previous"', "''")
        statements = [taken, f"INSERT OR REPLACE INTO {table} ({listed}) SELECT {other} FROM {table}"]  # noqa: S608
    for statement in statements:
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute(statement)
    assert everything() == before
    assert event.sequence == 1


def test_a_choice_may_follow_the_last_one() -> None:
    choose()
    ChoiceEvent.objects.create(**row())
    assert ChoiceEvent.objects.count() == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"sequence": 3},
        {"sequence": 1},
        {"previous": ""},
        {"previous": "allow"},
        {"recorded_at": WHEN - timedelta(microseconds=1)},
        {"recorded_at": WHEN},
        {"nhs_number": some(2)[1]},
        {"nhs_number": some(2)[1], "sequence": 1},
        {"sequence": 0},
        {"nhs_number": "999 000 49", "sequence": 1, "previous": ""},
        {"nhs_number": "", "sequence": 1, "previous": ""},
        {"nhs_number": "९९९००००००१", "sequence": 1, "previous": ""},
        {"choice": "maybe"},
        {"by": "proxy"},
        {"proxy_role": "parent"},
        {"channel": "pigeon"},
    ],
    ids=str,
)
def test_no_gap_and_no_invented_past_gets_in(changed: dict[str, Any]) -> None:
    choose()
    before = everything()
    with pytest.raises(DatabaseError), transaction.atomic():
        ChoiceEvent.objects.create(**row(**changed))
    assert everything() == before


@pytest.mark.parametrize("moment", [WHEN.replace(microsecond=1), WHEN.replace(microsecond=500_000)])
def test_times_are_compared_to_the_microsecond(moment: datetime) -> None:
    choose(at=moment)
    with pytest.raises(IntegrityError), transaction.atomic():
        ChoiceEvent.objects.create(**row(recorded_at=moment.replace(microsecond=0)))
    ChoiceEvent.objects.create(**row(recorded_at=moment + timedelta(microseconds=1)))
