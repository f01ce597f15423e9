"""What a person chose, when and how: the register's events, folded."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.database_time import database_time


def history(number: NHSNumber) -> list[ChoiceEvent]:
    """Every choice of this person, the first one first; empty where none was ever made."""
    return list(ChoiceEvent.objects.filter(nhs_number=number.reveal()).order_by("sequence"))


def current(number: NHSNumber) -> ChoiceEvent | None:
    """The choice that stands now; None is *not set*."""
    return ChoiceEvent.objects.filter(nhs_number=number.reveal()).order_by("-sequence").first()


def as_at(number: NHSNumber, when: datetime) -> ChoiceEvent | None:
    """The choice that stood at that time. Raises NoUsableList as `before`."""
    return before(when, ChoiceEvent.objects.filter(nhs_number=number.reveal())).order_by("-sequence").first()


def before(when: datetime, events: QuerySet[ChoiceEvent]) -> QuerySet[ChoiceEvent]:
    """Those of these choices that had been made by then, as far as the register knows.

    No choice is recorded with a time that the database had not reached (`recording.record`), so every choice that was recorded
    before that moment is among them, whatever the clock of whoever recorded it said.

    Raises:
        NoUsableList: one lies ahead of the database's time, so a clock was wrong, and nobody can say when it was recorded.
    """
    refuse_from_future(database_time(), events)
    return events.filter(recorded_at__lte=when)


def refuse_from_future(soon: datetime, events: QuerySet[ChoiceEvent]) -> None:
    """Raises NoUsableList where one of these choices is later than that."""
    if events.filter(recorded_at__gt=soon).exists():
        raise NoUsableList(
            "register-from-future",
            "The register holds a choice that is dated in the future: the database's clock, or the register, is wrong. Nothing is "
            "answered about a moment. As it stands now, every choice counts.",
        )
