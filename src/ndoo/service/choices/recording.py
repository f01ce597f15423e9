"""How does a choice get into the register? One transaction writes the event and its audit entry, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole

POLICY_VERSION = "OPG v4.0"
"""The guidance under which the question was put."""

_TRIES = 20


class ChangedMeanwhileError(Exception):
    """Somebody changed this person's choice after the caller looked."""


@dataclass(frozen=True, slots=True)
class Change:
    """A choice that somebody wants recorded. `recorded_at` has a zone."""

    number: NHSNumber
    choice: Choice
    recorded_at: datetime
    channel: Channel
    by: By = By.SELF
    proxy_role: ProxyRole | None = None
    evidence: str = ""
    policy_version: str = POLICY_VERSION


def record(change: Change, audit: Entry, *, expected: int | None = None) -> ChoiceEvent:
    """Add the choice. It is in the register, for good, once this returns.

    `expected` is how many choices of this person the caller has seen (0 for none): when given, a choice that came
    in between is not overwritten unseen.

    Raises:
        ChangedMeanwhileError: `expected` no longer holds.
    """
    for last in range(_TRIES - 1, -1, -1):
        try:
            with transaction.atomic():
                return _added(change, audit, expected)
        except IntegrityError:  # another choice took the same place; look again
            if not last:
                raise
    raise AssertionError("unreachable")


def _added(change: Change, audit: Entry, expected: int | None) -> ChoiceEvent:
    latest = ChoiceEvent.objects.filter(nhs_number=change.number.reveal()).order_by("-sequence").first()
    seen = latest.sequence if latest else 0
    if expected is not None and expected != seen:
        raise ChangedMeanwhileError
    event = ChoiceEvent.objects.create(
        nhs_number=change.number.reveal(),
        sequence=seen + 1,
        choice=change.choice,
        previous=latest.choice if latest else "",
        recorded_at=change.recorded_at,
        channel=change.channel,
        by=change.by,
        proxy_role=change.proxy_role or "",
        evidence=change.evidence,
        actor=audit.actor,
        policy_version=change.policy_version,
    )
    write(audit, change.recorded_at)
    return event
