"""What a person sees of their own choices: each in words, and who has applied them; nothing about care."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ndoo.domain.london import which_hour
from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.choices import choice_history
from ndoo.service.choices.choice_reference import reference_of, references_of
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.patient.models import Applied, AppliedOutcome

_RECORDS = "0003_use_and_outcome"
"""The step of the register from which on look-ups and releases are recorded as well, with what they were for."""

_BY_ANOTHER_LIST = (AppliedOutcome.NOT_ON_LIST, AppliedOutcome.ON_LIST)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One choice in words."""

    when: str
    choice: str
    who: str
    how: str
    reference: str
    """Its reference number; empty where nobody here confirmed it."""


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """One time at which a choice was applied, in words."""

    organisation: str
    when: str
    use: str
    """Empty on lines from before it was kept."""
    outcome: str
    newest: bool | None
    """Was it the choice that stands now? Said of each organisation's last line; None on the others, and where a list that did not
    come from this register was asked."""


def lines(number: NHSNumber) -> list[HistoryLine]:
    """Every choice, the newest first."""
    events = choice_history.history(number)
    references = references_of(events)
    return [_line(event, references.get(event.pk, "")) for event in reversed(events)]


def line(event: ChoiceEvent) -> HistoryLine:
    """One choice in words."""
    return _line(event, reference_of(event))


def _line(event: ChoiceEvent, reference: str) -> HistoryLine:
    return HistoryLine(moment(event.recorded_at), in_words(Choice(event.choice)), who(event), how(event), reference)


def in_words(choice: Choice) -> str:
    """What the choice means. These words stand wherever a choice is shown, so that nobody takes it for the other."""
    return {
        Choice.OPT_OUT: _(
            "Your confidential patient information cannot be used for research and planning, except where your choice does not apply."
        ),
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
    """Every time a choice of this person was applied, the latest first."""
    found: list[AppliedLine] = []
    last: set[str] = set()
    rows: Iterable[Applied] = Applied.objects.filter(nhs_number=number.reveal())
    for row in rows:
        outcome = AppliedOutcome(row.outcome or AppliedOutcome.LEFT_OUT)
        follows = row.sequence == newest if outcome not in _BY_ANOTHER_LIST and row.organisation not in last else None
        last |= {row.organisation} if follows is not None else set()
        found.append(AppliedLine(row.organisation, moment(row.at), row.use or "", what_came_of(outcome), follows))
    return found


def recorded_since() -> str:
    """From when on this register records where choices were applied; empty where it does not say. Of what an older version did,
    or was done before a choice was carried over, there may be nothing."""
    steps = MigrationRecorder(connection).migration_qs.filter(app="journey", name=_RECORDS)
    begun: datetime | None = steps.values_list("applied", flat=True).first()
    return moment(begun) if begun else ""


def what_came_of(outcome: AppliedOutcome) -> str:
    """What came of it for the person: no more than the record shows."""
    return {
        AppliedOutcome.LEFT_OUT: _("Left out: you opted out."),
        AppliedOutcome.MAY_BE_USED: _("Checked: you allow it."),
        AppliedOutcome.NOT_ON_LIST: _(
            "Left out: a list of people who allow it came with the data, and you were not on it."
        ),
        AppliedOutcome.ON_LIST: _("Kept in: a list of people who allow it came with the data, and you were on it."),
        AppliedOutcome.TOLD: _("Looked up: they were told your choice."),
    }[outcome]


def moment(at: datetime) -> str:
    """A time as people say it, in London; in the hour that comes twice, which one."""
    return date_format(localtime(at), "j F Y, g:ia").replace(".", "") + which_hour(at)
