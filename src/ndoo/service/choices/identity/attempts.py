"""How far an attempt to prove who one is has come: its beginning, its waiting, and asking for another code."""

from __future__ import annotations

import math
import secrets
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import F

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.identity.models import Attempt
from ndoo.service.choices.identity.people import Details
from ndoo.service.choices.identity.rate_limit import source_of
from ndoo.service.messages.message import Way


class AttemptStage(StrEnum):
    """Where an attempt stands. Nothing of it depends on whether anybody was found."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


def begin(details: Details, way: Way, address: str, now: datetime) -> str | None:
    """Keep the details for the search, and give the attempt's key; None where too many come from that address."""
    source = source_of(address)
    recent = Attempt.objects.filter(source=source, made_at__gt=now - timedelta(hours=1)).count()
    if recent >= limit("searches_per_address_per_hour"):
        return None
    key = secrets.token_urlsafe(32)
    Attempt.objects.create(key=key, made_at=now, source=source, details=_kept(details), way=way)
    return key


def progress(key: str, now: datetime) -> AttemptStage:
    """Has the search been done? Told in whole steps of time, so that how long it took tells nothing about anybody."""
    attempt = Attempt.objects.filter(pk=key).first()
    if attempt is None:
        return AttemptStage.FAILED
    if attempt.searched_at is None:
        late = now - attempt.made_at > timedelta(seconds=limit("search_gives_up_seconds"))
        return AttemptStage.FAILED if late else AttemptStage.WAITING
    step = timedelta(seconds=limit("answer_step_seconds"))
    steps = max(1, math.ceil((attempt.searched_at - attempt.made_at) / step)) if step else 0
    if now < attempt.made_at + steps * step:
        return AttemptStage.WAITING
    return AttemptStage.FAILED if attempt.failed else AttemptStage.READY


def ask_again(key: str) -> bool:
    """Count one more code asked for; no where that would be one too many, whoever it is."""
    asked = Attempt.objects.filter(pk=key, codes_asked__lt=limit("codes_per_attempt"))
    return bool(asked.update(codes_asked=F("codes_asked") + 1))


def may_ask_again(key: str) -> bool:
    """Is there a code left to ask for?"""
    return Attempt.objects.filter(pk=key, codes_asked__lt=limit("codes_per_attempt")).exists()


def details_of(attempt: Attempt) -> Details:
    """The details as they were typed."""
    held: dict[str, Any] = attempt.details
    number = read(held["number"])
    return Details(
        given_name=held["given_name"],
        family_name=held["family_name"],
        born=date.fromisoformat(held["born"]),
        number=number if isinstance(number, NHSNumber) else None,
        postcode=held["postcode"],
    )


def _kept(details: Details) -> dict[str, str]:
    number = details.number.reveal() if details.number else ""
    return {
        "given_name": details.given_name,
        "family_name": details.family_name,
        "born": details.born.isoformat(),
        "number": number,
        "postcode": details.postcode,
    }
