"""Looks up and records one person's choice for another system. Each in one transaction with its audit entry."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.http import Http404

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices import choice_history
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.choices.patient.models import AppliedOutcome
from ndoo.service.choices.patient.record_applied import Occasion, record_applied
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError, NewChoice, record
from ndoo.service.list_checks.fhir.words import SaidConsent
from ndoo.service.list_checks.list_guessing import Allowance
from ndoo.service.list_checks.models import ConsentPlace

EntryMaker = Callable[[str, NHSNumber], Entry]
"""An audit entry of the caller, for an action and a person."""

Count = Callable[[NHSNumber], Allowance]
"""Takes a person into the caller's allowance, in the caller's transaction."""


def searched(
    number: NHSNumber, caller: Caller, entry: EntryMaker, count: Count, now: datetime
) -> tuple[uuid.UUID, ChoiceEvent] | None:
    """The choice that stands, with its place; None where this person never chose, or nobody knows them.

    Raises:
        Problem: the caller has asked about as many people as it may (429).
    """
    found = None
    with transaction.atomic():
        allowance = count(number)
        write(entry("consent.refused" if allowance.spent else "consent.searched", number), now)
        event = None if allowance.spent else choice_history.current(number)
        if event is not None:
            _told(number, event, caller, now)
            found = _place(number), event
    _refuse_spent(allowance)
    return found


def history(place: uuid.UUID, caller: Caller, entry: EntryMaker, count: Count, now: datetime) -> list[ChoiceEvent]:
    """Every choice of the person whose Consent has this id, the first one first.

    Raises:
        Http404: there is none. Problem: see `searched`.
    """
    number = _number(place)
    with transaction.atomic():
        allowance = count(number)
        write(entry("consent.refused" if allowance.spent else "consent.read", number), now)
        events = [] if allowance.spent else choice_history.history(number)
        if events:
            _told(number, events[-1], caller, now)
    _refuse_spent(allowance)
    return events


def _refuse_spent(allowance: Allowance) -> None:
    if allowance.spent:
        raise HTTPProblem(429, "allowance-spent", "This system has asked about as many people as it may.")


def _told(number: NHSNumber, event: ChoiceEvent, caller: Caller, now: datetime) -> None:
    """The person's own history says that they were looked up."""
    occasion = Occasion(caller.organisation, caller.asset, now)
    record_applied(occasion, {AppliedOutcome.TOLD: {number.reveal(): event.sequence}})


def created(said: SaidConsent, entry: EntryMaker, now: datetime) -> tuple[uuid.UUID, ChoiceEvent]:
    """The first choice of a person.

    Raises:
        Problem: there is one already (422): it is updated instead.
    """
    try:
        event = record(_change(said, now), entry("choice.set", said.number), expected=0)
    except ChoiceChangedMeanwhileError:
        raise HTTPProblem(
            422, "consent-duplicate", "This person has a Consent already: search for it, and update it."
        ) from None
    return _place(said.number), event


def updated(place: uuid.UUID, said: SaidConsent, seen: int, entry: EntryMaker, now: datetime) -> ChoiceEvent:
    """A newer choice of the person whose Consent has this id.

    Raises:
        Http404: there is none. Problem: it is another person's (422), or changed since the caller read it (412).
    """
    if _number(place) != said.number:
        raise HTTPProblem(422, "consent-other-patient", "The Consent of this id is another patient's.")
    try:
        return record(_change(said, now), entry("choice.set", said.number), expected=seen)
    except ChoiceChangedMeanwhileError:
        raise HTTPProblem(
            412, "consent-changed", "The Consent was changed since that version: read it again."
        ) from None


def _change(said: SaidConsent, now: datetime) -> NewChoice:
    proxy = said.proxy
    role, reference = (proxy.role, proxy.reference) if proxy else (None, "")
    return NewChoice(said.number, said.choice, now, said.channel, said.by, role, reference)


def made_at(place: uuid.UUID, version: int) -> datetime | None:
    """When the choice was made that the caller read; None where there is no such version."""
    event = next((event for event in choice_history.history(_number(place)) if event.sequence == version), None)
    return event.recorded_at if event else None


def _place(number: NHSNumber) -> uuid.UUID:
    row, _ = ConsentPlace.objects.get_or_create(nhs_number=number.reveal())
    return row.pk


def _number(place: uuid.UUID) -> NHSNumber:
    row = ConsentPlace.objects.filter(pk=place).first()
    number = read(row.nhs_number) if row else None
    if not isinstance(number, NHSNumber):
        raise Http404
    return number
