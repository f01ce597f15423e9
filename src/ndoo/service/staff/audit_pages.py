"""The pages on which an auditor reads the audit: reading it is in the audit as well."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, names_somebody, read
from ndoo.service.audit.entries import write
from ndoo.service.audit.search_audit import (
    MOST,
    AuditSearch,
    actions,
    failing_operators,
    many_views,
    near_views,
    people_tried_again,
    search,
)
from ndoo.service.nhs_forms.dates import DayField
from ndoo.service.nhs_forms.fields import Select, Text
from ndoo.service.nhs_forms.people_fields import NHSNumberField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.staff.actor import entry
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.limits import FAILED_BY_ONE, FAILED_OF_ONE, VIEW_DAYS, VIEWS


def _any_action() -> list[tuple[str, str]]:
    return [("", str(_("Any"))), *((name, name) for name in actions())]


class Searched(QuestionForm):
    """What is sought. It is posted, so that no NHS number is ever in an address."""

    actor = Text(
        label=_("Who did it"),
        hint=_("Such as staff:olive.operator, self or system"),
        max_length=150,
        width=20,
        autocomplete="off",
    )
    action = Select(label=_("What was done"), choices=_any_action)
    first = DayField(label=_("From"), named=_("The first day"))
    last = DayField(label=_("To"), named=_("The last day"))
    subject = NHSNumberField(label=_("To whom: NHS number"), autocomplete="off")
    why = Text(
        label=_("Why do you search?"),
        missing=_("Say why you search"),
        max_length=200,
        autocomplete="off",
        hint=_("Your search is kept in the audit too. Do not write an NHS number here."),
    )

    def clean_why(self) -> str:
        """A reason without an identifier in it."""
        why: str = self.cleaned_data["why"]
        if names_somebody(why):
            raise ValidationError(_("Do not write an NHS number here"))
        return why

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        said = super().clean() or {}
        if said.get("first") and said.get("last") and said["first"] > said["last"]:
            self.add_error("last", _("The last day must not be before the first"))
        return said


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Search by actor, action, day and person."""
    now = timezone.now()
    form = Searched(typed(request), today=london_date(now))
    found = None
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        question = AuditSearch(said["actor"], said["action"], said["first"], said["last"], said["subject"])
        with transaction.atomic():
            found = search(question)
            days = {name: said[name].isoformat() for name in ("first", "last") if said[name]}
            asked = {name: said[name] for name in ("actor", "action") if said[name] and not names_somebody(said[name])}
            write(entry(request, "audit.searched", subject=said["subject"], reason=said["why"], **asked, **days), now)
    return page(request, "staff/audit.jinja", form=form, found=found, most=MOST)


@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """The day's report: who looked at one person again and again, and who looked at somebody near. It names the
    viewer; the person only in the one list that the auditor opens."""
    now = timezone.now()
    repeated = many_views(now, views=VIEWS, days=VIEW_DAYS)
    near = near_views(now, days=VIEW_DAYS)
    opened = None
    with transaction.atomic():
        if request.method == "POST":
            at = request.POST.get("entry", "")
            opened = next((one for one in repeated if at == str(one.entries[0].pk)), None)
        if opened:
            number = read(opened.subject)
            subject = number if isinstance(number, NHSNumber) else None
            write(
                entry(request, "audit.views_opened", subject=subject, reason="repeated views", viewer=opened.actor), now
            )
        else:
            write(entry(request, "audit.views_read", repeated=len(repeated), near=len(near)), now)
    failed = {
        "operators": failing_operators(now, checks=FAILED_BY_ONE, days=VIEW_DAYS),
        "people": people_tried_again(now, checks=FAILED_OF_ONE, days=VIEW_DAYS),
        "by_one": FAILED_BY_ONE,
        "of_one": FAILED_OF_ONE,
    }
    return page(
        request,
        "staff/views.jinja",
        failed=failed,
        repeated=repeated,
        near=near,
        opened=opened,
        views=VIEWS,
        days=VIEW_DAYS,
        now=now,
    )
