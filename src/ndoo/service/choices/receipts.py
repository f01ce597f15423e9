"""Tells a person that their choice was saved, and who made it, by a message to the contact on their record, from the worker."""

from __future__ import annotations

import logging

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django_tasks import task

from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.find_person import recipient
from ndoo.service.choices.identity.people import DemographicsDownError
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.facts import FactsInForce
from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Message, NotSentError, Recipient, Way
from ndoo.service.messages.message_text import WrittenMessage, written

_log = logging.getLogger(__name__)


@task()
def send_receipt(event: int) -> None:
    """Write to the person of this choice (`ChoiceEvent.pk`), where their record has a contact."""
    saved = ChoiceEvent.objects.get(pk=event)
    number = read(saved.nhs_number)
    try:
        person = demographics().by_number(number) if isinstance(number, NHSNumber) else None
        to = recipient(person) if person else None
        if to is None:
            return
        sender().send(Message(to, "choice_saved", words_of(saved)))
    except (DemographicsDownError, NotSentError):
        _log.warning("a receipt was not sent")


def confirmation_of(saved: ChoiceEvent) -> WrittenMessage:
    """The confirmation of this choice as a file, which says what the message says."""
    return written(Message(Recipient(Way.EMAIL, ""), "choice_saved", words_of(saved) | {"kept": "yes"}))


def words_of(saved: ChoiceEvent) -> dict[str, str]:
    """What every confirmation of this choice is written from, on whatever way it goes."""
    facts = FactsInForce(london_date(timezone.now()))
    return {
        "choice": saved.choice,
        "by": saved.proxy_role or "self",
        "date": date_format(localtime(saved.recorded_at), "j F Y"),
        "reference": reference_of(saved),
        "days": str(facts.days_to_apply),
        "telephone": facts.phone,
        "hours": facts.phone_hours,
    }
