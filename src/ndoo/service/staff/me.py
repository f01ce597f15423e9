"""What somebody can change about their own account: the password, and the recovery codes."""

from __future__ import annotations

from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.messages import success
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ndoo.domain.london import london_date
from ndoo.service.audit.entries import write
from ndoo.service.staff import forms
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.models import RecoveryCode
from ndoo.service.staff.one_use import new_recovery_codes


def me(request: HttpRequest) -> HttpResponse:
    """The account as its owner sees it."""
    left = RecoveryCode.objects.filter(user=signed_in(request)).count()
    return page(request, "staff/me.jinja", user=signed_in(request), left=left)


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponseBase:
    """A new password. Guesses at the old one count like those at sign-in; other sessions of the account end."""
    user, now = signed_in(request), timezone.now()
    form = forms.NewPassword(typed(request), today=london_date(now), user=user)
    if request.method == "POST" and form.is_valid():
        if authenticate(request, username=user.get_username(), password=form.cleaned_data["current"]):
            with transaction.atomic():
                user.set_password(form.cleaned_data["password"])
                user.save(update_fields=["password"])
                write(entry(request, "staff.password_changed"), now)
            update_session_auth_hash(request, user)
            success(request, _("Your password was changed."))
            return redirect("staff-me")
        form.add_error("current", _("This is not your password now"))
    return page(request, "staff/password.jinja", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New codes, on request; they are in this one answer and nowhere else."""
    codes = None
    if request.method == "POST":
        with transaction.atomic():
            codes = new_recovery_codes(signed_in(request))
            write(entry(request, "staff.recovery_codes_made"), timezone.now())
    return page(request, "staff/recovery_codes.jinja", codes=codes)
