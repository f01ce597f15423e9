"""What a person sees of their own choices: each in words, and who has applied them; nothing about care."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ndoo.domain.london import which_hour
from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.choices import choice_history
from ndoo.service.choices.choice_reference import reference_of, references_of
from ndoo.service.choices.journey.models import Applied
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole


@dataclass(frozen=True, slots=True)
class Line:
    """One choice in words."""

    when: str
    choice: str
    who: str
    how: str
    reference: str
    """Its reference number; empty where nobody here confirmed it."""


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """One organisation, when it last applied a choice, and whether that was the choice that stands now."""

    organisation: str
    when: str
    newest: bool


def lines(number: NHSNumber) -> list[Line]:
    """Every choice, the newest first."""
    events = choice_history.history(number)
    references = references_of(events)
    return [_line(event, references.get(event.pk, "")) for event in reversed(events)]


def line(event: ChoiceEvent) -> Line:
    """One choice in words."""
    return _line(event, reference_of(event))


def _line(event: ChoiceEvent, reference: str) -> Line:
    return Line(moment(event.recorded_at), in_words(Choice(event.choice)), who(event), how(event), reference)


def in_words(choice: Choice) -> str:
    """What the choice means. These words stand wherever a choice is shown, so that nobody takes it for the other."""
    return {
        Choice.OPT_OUT: _("Your confidential patient information cannot be used for research and planning."),
        Choice.ALLOW: _("Your confidential patient information can be used for research and planning."),
    }[choice]


def who(event: ChoiceEvent) -> str:
    """Who made the choice."""
    if event.by == By.SELF:
        return _("You")
    return {
        ProxyRole.PARENT: _("A parent or guardian, for you"),
        ProxyRole.ATTORNEY: _("Your attorney, for you"),
        ProxyRole.DEPUTY: _("Your deputy, for you"),
        ProxyRole.SECURE_SETTING: _("Staff where you were staying, for you"),
        ProxyRole.NOT_STATED: _("Somebody else, for you"),
    }[ProxyRole(event.proxy_role)]


def how(event: ChoiceEvent) -> str:
    """By which way it came."""
    return {
        Channel.ONLINE: _("On this website"),
        Channel.APP: _("In the NHS App"),
        Channel.PHONE: _("By phone"),
        Channel.POST: _("By post or email"),
        Channel.STAFF: _("Through a member of staff"),
        Channel.MIGRATION: _("Carried over from an earlier list"),
    }[Channel(event.channel)]


def applied(number: NHSNumber, newest: int) -> list[AppliedLine]:
    """Each organisation once, by when it last applied a choice of this person, the latest first."""
    found: dict[str, AppliedLine] = {}
    rows: Iterable[Applied] = Applied.objects.filter(nhs_number=number.reveal())
    for row in rows:
        found.setdefault(row.organisation, AppliedLine(row.organisation, moment(row.at), row.sequence == newest))
    return list(found.values())


def moment(at: datetime) -> str:
    """A time as people say it, in London; in the hour that comes twice, which one."""
    return date_format(localtime(at), "j F Y, g:ia").replace(".", "") + which_hour(at)
