"""The pages on which an approver sees checks of callers that failed, and lets one be tried again. Nobody is named on them."""

from __future__ import annotations

from functools import partial

from django.contrib.messages import success
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.service.choices.operator import failed_checks
from ndoo.service.choices.operator.who_may_choose import again_after
from ndoo.service.staff.act_page import WeightyAct, reason_for
from ndoo.service.staff.actor import entry
from ndoo.service.staff.console import page


@require_safe
def everything(request: HttpRequest) -> HttpResponse:
    """Each failed check that holds somebody's record."""
    return page(request, "desk/failed.jinja", rows=failed_checks.all_holding(timezone.now()), hours=again_after())


@require_http_methods(["GET", "HEAD", "POST"])
def allow(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let the person of that check be tried again."""
    now = timezone.now()
    failed = next((row for row in failed_checks.all_holding(now) if row.pk == pk), None)
    if failed is None:
        raise Http404
    why = reason_for(
        request,
        WeightyAct(
            _("Let a caller be checked again"),
            (
                _("A caller who says that they are this person can be asked the questions again, by any operator."),
                _("The next wrong answer stops it again. The auditor sees both."),
                _("Do this only when somebody has found out what was wrong in the first call."),
            ),
            _("Let it be tried again"),
            reverse("desk-failed"),
        ),
    )
    if not isinstance(why, str):
        return why
    failed_checks.allow(failed, partial(entry, request), why, now)
    success(request, _("A caller can be checked for this person again."))
    return redirect("desk-failed")
