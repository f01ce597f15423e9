"""What stands in the header of every page of the staff's side: who is signed in, and where they may go."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from ndoo.domain.london import london_date
from ndoo.service.staff import sessions
from ndoo.service.staff.access import may_open
from ndoo.service.staff.guard import PREFIX
from ndoo.service.staff.roles import NAMES, role_of
from ndoo.service.staff.staff_tasks import tasks

MENU = (
    ("staff-home", _("Today")),
    ("desk-find", _("Find a person")),
    ("cases", _("Ask about people")),
    ("desk-forms", _("Forms")),
    ("desk-failed", _("Failed checks")),
    ("governance-open", _("What is open")),
    ("governance-assets", _("Assets")),
    ("governance-flows", _("Flows")),
    ("governance-statement", _("Statement")),
    ("jobs", _("Uphold")),
    ("evidence", _("Evidence")),
    ("checks-held", _("Lists held")),
    ("checks-report", _("Other systems")),
    ("staff-audit", _("Audit")),
    ("staff-views", _("Repeated views")),
    ("staff-accounts", _("Accounts")),
    ("callers", _("Systems that may ask")),
    ("service-counts", _("How choosing goes")),
)


def header(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `staff`, on pages under `staff/` of somebody who is wholly signed in."""
    match = request.resolver_match
    if match is None or not match.route.startswith(PREFIX):
        return {}
    return {"staff": SimpleLazyObject(partial(_signed_in, request, match.view_name))}


def _signed_in(request: HttpRequest, here: str) -> dict[str, Any]:
    """Asked by the page that shows it: one that tells a fault is shown where the database is down."""
    user = getattr(request, "user", None)
    if not (user and sessions.is_whole(request)):
        return {}
    role = role_of(user)
    return {
        "name": user.get_username(),
        "role": NAMES[role] if role else "",
        "menu": [(name, words, name == here) for name, words in MENU if may_open(role, name)],
        "idle_seconds": _left(request),
    }


def _left(request: HttpRequest) -> int:
    return sessions.seconds_left(request, timezone.now())


def page(request: HttpRequest, template: str, status: int = 200, **words: Any) -> HttpResponse:
    """A page of the staff's side."""
    return render(request, template, words, status=status)


def typed(request: HttpRequest) -> QueryDict | None:
    """What was sent with a form; None where none was."""
    return request.POST if request.method == "POST" else None


def stay(request: HttpRequest) -> HttpResponse:
    """The guard has noted that somebody is there. Answers how long they may go on: near the whole limit that is no longer than before."""
    return JsonResponse({"seconds_left": _left(request)})


def home(request: HttpRequest) -> HttpResponse:
    """What is to be done today."""
    role = role_of(request.user)
    assert role is not None and request.user.is_authenticated  # noqa: S101  the guard asks first
    return page(request, "staff/home.jinja", tasks=tasks(request.user, role), today=london_date(timezone.now()))
