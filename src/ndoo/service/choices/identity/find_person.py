"""Finds who it is, and where the code goes. Done by the worker, after everybody had the same reply."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.utils import timezone
from django_tasks import task

from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.identity import attempts, codes
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.eligibility import Eligibility, standing
from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.identity.models import Attempt
from ndoo.service.choices.identity.people import DemographicsDownError, Person
from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Message, NotSentError, Recipient, Way

_log = logging.getLogger(__name__)


@task()
def search(key: str) -> None:
    """Look for the person of this attempt, and send them a code."""
    now = timezone.now()
    attempt = Attempt.objects.get(pk=key)
    try:
        found = demographics().find(attempts.details_of(attempt))
    except DemographicsDownError:
        _log.warning("the register of people does not answer")
        attempt.failed, found = True, None
    person = found if isinstance(found, Person) else None
    attempt.nhs_number = person.number.reveal() if person else ""
    message = _code_for(attempt, person, now)
    attempt.details, attempt.searched_at = {}, timezone.now()
    attempt.save()
    _send(message)  # last: how long a message takes tells nothing to whoever waits


@task()
def send_again(key: str) -> None:
    """Make a new code for this attempt, and send it where the person is known."""
    now = timezone.now()
    attempt = Attempt.objects.get(pk=key)
    number = read(attempt.nhs_number)
    try:
        person = demographics().by_number(number) if isinstance(number, NHSNumber) else None
    except DemographicsDownError:
        _log.warning("the register of people does not answer")
        person = None
    _send(_code_for(attempt, person, now))


def _code_for(attempt: Attempt, person: Person | None, now: datetime) -> Message | None:
    """The message with a new code; none where nothing can be sent, and then the code is one that nobody can type."""
    to = recipient(person, Way(attempt.way)) if person and _may_choose(person, london_date(now)) else None
    if person is None or to is None or not codes.may_be_sent(person.number, now):
        codes.make_unknown(attempt, now)
        return None
    return Message(to, "code", {"code": codes.make(attempt, now), "minutes": str(limit("code_minutes"))})


def _may_choose(person: Person, today: date) -> bool:
    return standing(person, today) is Eligibility.MAY_CHOOSE


def recipient(person: Person, preferred: Way | None = None) -> Recipient | None:
    """Where to write to this person: the preferred way where the record has it, else the other, else nowhere."""
    known = {Way.EMAIL: person.email, Way.TEXT: person.mobile}
    for way in sorted(known, key=lambda way: way is not preferred):
        if known[way] and way in sender().ways:
            return Recipient(way, known[way])
    return None


def _send(message: Message | None) -> None:
    if message is None:
        return
    try:
        sender().send(message)
    except NotSentError:
        _log.warning("a message was not taken")
