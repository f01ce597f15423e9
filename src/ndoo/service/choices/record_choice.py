"""Records a choice in the register. One transaction writes the event, its reference and its audit entry, or none of them.

A person's choices are in the order in which they were taken in, and their times rise with it: a choice that is made
now, on a machine whose clock is behind, is given the first moment after the person's last choice, and one on a machine
whose clock is ahead gets the database's time (its audit entry keeps what the clock said). So whatever was recorded before a
moment has a time before it. History that is brought in from elsewhere is refused instead: see `history_import`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.choice_reference import new_reference
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ChoiceReference, ProxyRole
from ndoo.service.choices.witnessed import leaf
from ndoo.service.database_time import database_time

POLICY_VERSION = "OPG v4.0"
"""The guidance under which the question was put."""

FIRST_MOMENT_AFTER = timedelta(microseconds=1)
_WORTH_A_WORD = timedelta(seconds=1)
_log = logging.getLogger(__name__)


class ChoiceChangedMeanwhileError(Exception):
    """Somebody changed this person's choice after the caller looked."""


@dataclass(frozen=True, slots=True)
class NewChoice:
    """A choice that somebody wants recorded. `recorded_at` has a zone."""

    number: NHSNumber
    choice: Choice
    recorded_at: datetime
    channel: Channel
    by: By = By.SELF
    proxy_role: ProxyRole | None = None
    evidence: str = ""
    policy_version: str = POLICY_VERSION


def record(change: NewChoice, audit: Entry, *, expected: int | None = None) -> ChoiceEvent:
    """Add the choice, also one that is equal to the last: a confirmation is an event. It is in the register, for good,
    once this returns and the caller's transaction, where there is one, is committed.

    `expected` is how many choices of this person the caller has seen (0 for none): when given, a choice that came
    in between is not overwritten unseen.

    Raises:
        ChoiceChangedMeanwhileError: `expected` no longer holds.
        IntegrityError: the change breaks a rule of the register, such as a proxy without a role.
        OperationalError: the database did not take it in time. Nothing was recorded.
        ValueError: the time has no zone.
    """
    if change.recorded_at.tzinfo is None:
        raise ValueError("a time needs its zone")
    while True:
        latest = None
        try:
            with transaction.atomic():
                latest = _latest(change.number)
                return _added(change, audit, expected, latest)
        except IntegrityError:
            if _latest(change.number) == latest:  # nobody was first: the change itself is at fault
                raise


def _latest(number: NHSNumber) -> ChoiceEvent | None:
    return ChoiceEvent.objects.filter(nhs_number=number.reveal()).order_by("-sequence").first()


def _added(change: NewChoice, audit: Entry, expected: int | None, latest: ChoiceEvent | None) -> ChoiceEvent:
    seen = latest.sequence if latest else 0
    if expected is not None and expected != seen:
        raise ChoiceChangedMeanwhileError
    at, present = change.recorded_at, database_time()
    if at - present > _WORTH_A_WORD:
        _log.warning(
            "A choice was recorded with the database's time: the clock of whoever recorded it is ahead of that."
        )
    taken = min(at, present)
    event = ChoiceEvent.objects.create(
        nhs_number=change.number.reveal(),
        sequence=seen + 1,
        choice=change.choice,
        previous=latest.choice if latest else "",
        recorded_at=max(taken, latest.recorded_at + FIRST_MOMENT_AFTER) if latest else taken,
        channel=change.channel,
        by=change.by,
        proxy_role=change.proxy_role or "",
        evidence=change.evidence,
        actor=audit.actor,
        policy_version=change.policy_version,
    )
    ChoiceReference.objects.create(event=event, reference=new_reference())
    write(audit, at, also=[leaf(event)])
    return event
