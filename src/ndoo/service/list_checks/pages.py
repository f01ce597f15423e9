"""The pages of the staff's side on which held lists are decided on, and callers watched. Nobody on a list is shown."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial

from django.contrib.messages import success
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.domain.london import london_date
from ndoo.service.api_clients.models import Caller
from ndoo.service.audit.entries import write
from ndoo.service.list_checks import drift, sketches
from ndoo.service.list_checks.limits import limit, share
from ndoo.service.list_checks.list_guessing import HoldReason
from ndoo.service.list_checks.models import AskedAbout, Trace
from ndoo.service.list_checks.release_held_list import NotHeldError, held, refuse, release
from ndoo.service.nhs_forms.fields import Radios
from ndoo.service.nhs_forms.people_fields import ReferenceField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed

WORDS = {
    HoldReason.UNKNOWN: gettext_lazy(
        "Too many of the NHS numbers belong to nobody. Real lists have almost none of these."
    ),
    HoldReason.NEAR: gettext_lazy("It differs from an earlier list of this organisation by 9 people or fewer."),
    HoldReason.FEW: gettext_lazy("It has 9 people or fewer on it."),
    HoldReason.ALLOWANCE: gettext_lazy("With it, this system asks about more people than its data is about."),
}


class SecondDecisionForm(QuestionForm):
    """The second person's decision, with words that stay in the audit."""

    decision = Radios(
        label=gettext_lazy("What do you decide?"),
        missing=gettext_lazy("Select what you decide"),
        choices=[
            ("release", gettext_lazy("Release: answer the list")),
            ("refuse", gettext_lazy("Refuse: answer nothing, and delete the list")),
        ],
    )
    reason = ReferenceField(
        label=gettext_lazy("Why?"),
        missing=gettext_lazy("Enter why you decide so"),
        max_length=200,
        hint=gettext_lazy("Such as whom you asked. It is kept in the audit. Do not write names of patients here."),
    )


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """The lists that wait."""
    return page(request, "checks/held.jinja", rows=held(timezone.now()), words=WORDS)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """One list that waits: who sent it, for what, how long it is, and why it is held."""
    now = timezone.now()
    row = get_object_or_404(held(now), pk=pk)
    form = SecondDecisionForm(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        act, words = (
            (release, _("Released. The list is answered now."))
            if form.cleaned_data["decision"] == "release"
            else (refuse, _("Refused. Nothing was answered, and the list is deleted."))
        )
        try:
            act(pk, form.cleaned_data["reason"], signed_in(request), partial(entry, request), now)
        except NotHeldError:
            return redirect("checks-held")
        success(request, words)
        return redirect("checks-held")
    return page(request, "checks/one.jinja", row=row, form=form, words=WORDS, days=limit("window_days"))


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """What each caller asked within the window, how far its allowance is used, and who asked outside their plan."""
    now = timezone.now()
    since = now - timedelta(days=limit("window_days"))
    rows = [_used(caller, now, since) for caller in Caller.objects.filter(revoked_at=None)]
    with transaction.atomic():
        write(entry(request, "list.report_read", callers=len(rows)), now)
    return page(request, "checks/report.jinja", rows=rows, alarms=drift.alarms(now), days=limit("window_days"), now=now)


def _used(caller: Caller, now: datetime, since: datetime) -> dict[str, object]:
    traces = Trace.objects.filter(caller=caller, at__gt=since)
    days = AskedAbout.objects.filter(caller=caller, day__gt=london_date(since)).values_list("registers", flat=True)
    asked = sketches.people(sketches.joined(days)) if days else 0.0
    return {
        "caller": caller,
        "lists": traces.count(),
        "held": traces.exclude(reasons=[]).count(),
        "changed": sum(traces.values_list("changed", flat=True)),
        "used": round(100 * asked / (share("allowance_factor") * caller.population)),
    }
