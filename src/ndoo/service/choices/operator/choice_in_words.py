"""What the register says about a person, in words for the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.choices.choice_history import history
from ndoo.service.choices.choice_reference import references_of
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.operator.models import PostedForm

MEANING = {
    Choice.OPT_OUT: _(
        "Do not share. Their confidential patient information cannot be used for research and planning, except where their choice does not apply."
    ),
    Choice.ALLOW: _("Share. Their confidential patient information can be used for research and planning."),
}
NOT_SET = _("No choice was ever made. Their information can be used for research and planning.")

READ_OUT = {
    Choice.OPT_OUT: _(
        "“You told me that your confidential patient information must not be used for research and planning. "
        "You opt out. Is that right?”"
    ),
    Choice.ALLOW: _(
        "“You told me that your confidential patient information may be used for research and planning. "
        "You do not opt out. Is that right?”"
    ),
}

CHANNELS = {
    Channel.ONLINE: _("Online"),
    Channel.APP: _("In the app"),
    Channel.PHONE: _("By phone"),
    Channel.POST: _("By post"),
    Channel.STAFF: _("By staff"),
    Channel.MIGRATION: _("Taken over from before"),
}

PROXIES = {
    ProxyRole.PARENT: _("A parent"),
    ProxyRole.ATTORNEY: _("An attorney"),
    ProxyRole.DEPUTY: _("A deputy"),
    ProxyRole.SECURE_SETTING: _("Staff of a secure setting"),
    ProxyRole.NOT_STATED: _("Somebody else; the sender did not say in which role"),
}


@dataclass(frozen=True, slots=True)
class ChoiceInWords:
    """One choice of the person's history."""

    at: datetime
    meaning: str
    channel: str
    by: str
    reference: str
    """Its reference number; empty where nobody here confirmed it."""


def lines(number: NHSNumber) -> list[ChoiceInWords]:
    """Every choice, the newest first; empty is *not set*."""
    events = history(number)
    references = references_of(events)
    forms = PostedForm.objects.filter(nhs_number=number.reveal()).exclude(choice_reference="").exclude(proxy_name="")
    signed = {form.choice_reference: f"{form.proxy_name} ({form.proxy_relation})" for form in forms}
    return [_line(event, references.get(event.pk, ""), signed) for event in reversed(events)]


def _line(event: ChoiceEvent, reference: str, signed: Mapping[str, str]) -> ChoiceInWords:
    by = str(_("The person") if event.by == By.SELF else PROXIES[ProxyRole(event.proxy_role)])
    return ChoiceInWords(
        event.recorded_at,
        str(MEANING[Choice(event.choice)]),
        str(CHANNELS[Channel(event.channel)]),
        f"{by}: {signed[reference]}" if reference in signed else by,
        reference,
    )
