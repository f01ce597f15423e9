"""Signs somebody in, for the first time and later, and out again."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ndoo.domain.london import london_date
from ndoo.service.address import address as where
from ndoo.service.audit.entries import Entry, write
from ndoo.service.staff import forms, sessions
from ndoo.service.staff.actor import UNKNOWN, actor, entry
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.guard import PREFIX
from ndoo.service.staff.limits import IDLE, LOCKED, WHOLE
from ndoo.service.staff.organisation_login.registration import registration

NEXT = "staff_next"
"""Where somebody wanted to go before they were asked to sign in."""


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Name and password; the second factor is asked next."""
    if request.method == "GET" and request.user.is_authenticated:
        return redirect("staff-home")
    now = timezone.now()
    form = forms.SignIn(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        user = authenticate(request, username=said["username"], password=said["password"])
        if isinstance(user, User):
            sessions.begin(request, user, now)
            request.session[NEXT] = safe(request.GET.get("next", ""))
            return redirect("staff-second-factor")
        refused(request, said["username"], "staff.sign_in_refused")
        form.add_error("password", _("The account name or the password is wrong"))
    return page(
        request,
        "staff/sign_in.jinja",
        form=form,
        idle=IDLE.seconds // 60,
        organisation=_organisation(request),
        passwords=settings.NDOO.staff_passwords,
    )


def _organisation(request: HttpRequest) -> str:
    """Where the organisation's sign-in begins; empty where it is not set up."""
    if registration() is None:
        return ""
    onward = {"next": request.GET["next"]} if safe(request.GET.get("next", "")) else {}
    return f"{reverse('staff-organisation-start')}?{urlencode(onward)}".rstrip("?")


@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponseBase:
    """The first sign-in, and the one after an account was reset: a set-up code stands for the password."""
    now = timezone.now()
    form = forms.SetUp(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        user = authenticate(request, username=said["username"], set_up_secret=said["code"])
        if isinstance(user, User):
            with transaction.atomic():
                user.set_password(said["password"])
                user.save(update_fields=["password"])
                write(Entry(actor(user), "staff.password_chosen", address=where(request)), now)
            sessions.begin(request, user, now)
            return redirect("staff-second-factor")
        refused(request, said["username"], "staff.set_up_refused")
        form.add_error("code", _("The account name or the code is wrong, or the code has run out"))
    return page(request, "staff/set_up.jinja", form=form)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """The session ends here, not only in the browser."""
    if request.user.is_authenticated:
        with transaction.atomic():
            write(entry(request, "staff.signed_out"), timezone.now())
        logout(request)
    return redirect("staff-signed-out")


def signed_out(request: HttpRequest) -> HttpResponse:
    """The session is over."""
    return page(
        request,
        "staff/signed_out.jinja",
        timed_out=request.GET.get("because") == "time",
        idle=IDLE.seconds // 60,
        whole=int(WHOLE.total_seconds()) // 3600,
    )


def locked_out(request: HttpRequest, response: object, credentials: object) -> HttpResponse:
    """Said instead of any answer once there were too many guesses; the same whether the account exists or not."""
    return page(request, "staff/locked_out.jinja", 429, minutes=LOCKED.seconds // 60)


def refused(request: HttpRequest, name: str, action: str) -> None:
    """In the audit: against whom, where there is such an account; the same work where there is none."""
    known = User.objects.filter(username=name).first()
    with transaction.atomic():
        said = Entry(actor(known) if known else UNKNOWN, action, address=where(request))
        write(said, timezone.now())


def safe(address: str) -> str:
    """The address, where it is one of the staff's own pages; empty otherwise."""
    if not url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return ""
    try:
        return address if resolve(address).route.startswith(PREFIX) else ""
    except Resolver404:
        return ""
