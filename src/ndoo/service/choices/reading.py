"""What did a person choose, when and how? The register's events, folded."""

from __future__ import annotations

from datetime import datetime

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.choices.models import ChoiceEvent


def history(number: NHSNumber) -> list[ChoiceEvent]:
    """Every choice of this person, the first one first; empty where none was ever made."""
    return list(ChoiceEvent.objects.filter(nhs_number=number.reveal()).order_by("sequence"))


def current(number: NHSNumber) -> ChoiceEvent | None:
    """The choice that stands now; None is *not set*."""
    return ChoiceEvent.objects.filter(nhs_number=number.reveal()).order_by("-sequence").first()


def as_at(number: NHSNumber, when: datetime) -> ChoiceEvent | None:
    """The choice that stood at that time."""
    return ChoiceEvent.objects.filter(nhs_number=number.reveal(), recorded_at__lte=when).order_by("-sequence").first()
