"""Lets a request to the staff's side pass, or refuses it. Middleware before every page under `staff/`;
whatever the table does not name is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ndoo.service.staff import sessions
from ndoo.service.staff.access import ACCESS, Gate, may_open
from ndoo.service.staff.actor import signed_in
from ndoo.service.staff.organisation_login.membership import Standing, standing
from ndoo.service.staff.roles import role_of

PREFIX = "staff/"


class Guard:
    """Password, second factor, time and role, in this order."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None or not match.route.startswith(PREFIX):
            return None
        name = match.view_name
        gate = ACCESS.get(name)
        if gate is Gate.ANYBODY:
            return None
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        now = timezone.now()
        if sessions.is_over(request, now):
            logout(request)
            return redirect(f"{reverse('staff-signed-out')}?because=time")
        sessions.touch(request, now)
        if sessions.is_by_organisation(request):
            known = standing(signed_in(request), now)
            if known is Standing.BEING_ASKED:
                return _wait(request)
            if known is Standing.GONE:
                logout(request)
                return _to_sign_in(request)
        verified = sessions.is_whole(request)
        if gate is Gate.PASSWORD_GIVEN:
            return redirect("staff-home") if verified else None
        if not verified:
            return redirect("staff-second-factor")
        return None if may_open(role_of(request.user), name) else render(request, "staff/refused.jinja", status=403)


def _wait(request: HttpRequest) -> HttpResponseBase:
    """They stay signed in, and see nothing until it is known whether they may."""
    answer = render(request, "staff/wait.jinja", status=503)
    answer.headers["Retry-After"] = "5"
    return answer


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    address = reverse("staff-sign-in")
    if request.method == "GET" and request.path != reverse("staff-home"):
        address = f"{address}?{urlencode({'next': request.path})}"
    return redirect(address)
