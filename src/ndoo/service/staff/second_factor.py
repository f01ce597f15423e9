"""Proves that somebody holds the second factor, and gives them one."""

from __future__ import annotations

import logging
from base64 import b32encode

import django_otp
import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.domain.london import london_date
from ndoo.service.audit.entries import write
from ndoo.service.staff import forms
from ndoo.service.staff.actor import entry, signed_in
from ndoo.service.staff.console import page, typed
from ndoo.service.staff.known_device import remember
from ndoo.service.staff.one_use import new_recovery_codes, use_recovery_code
from ndoo.service.staff.sign_in import NEXT

_log = logging.getLogger("ndoo.staff")


def _device(user: User) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponseBase:
    """The code of the authenticator; whoever has none is led to set one up."""
    user, now = signed_in(request), timezone.now()
    device = _device(user)
    if device is None:
        return redirect("staff-enrol")
    form = forms.SecondFactor(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        if django_otp.verify_token(user, device.persistent_id, form.cleaned_data["code"]):
            return _in(request, device, "staff.signed_in")
        _refused(request, form, device)
    return page(request, "staff/second_factor.jinja", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest) -> HttpResponseBase:
    """A recovery code stands in for the authenticator, once."""
    user, now = signed_in(request), timezone.now()
    device = _device(user)
    if device is None:
        return redirect("staff-enrol")
    form = forms.Recovery(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        if use_recovery_code(user, form.cleaned_data["code"]):
            return _in(request, device, "staff.signed_in_with_recovery_code")
        with transaction.atomic():
            write(entry(request, "staff.second_factor_refused"), now)
        form.add_error("code", _("This code is wrong, or was used before"))
    return page(request, "staff/recovery.jinja", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponseBase:
    """A new authenticator, for an account that has none. Whoever has one cannot come here with a password alone."""
    user, now = signed_in(request), timezone.now()
    if _device(user):
        return redirect("staff-second-factor")
    device, _made = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "authenticator"})
    form = forms.SecondFactor(typed(request), today=london_date(now))
    if request.method == "POST" and form.is_valid():
        if django_otp.verify_token(user, device.persistent_id, form.cleaned_data["code"]):
            with transaction.atomic():
                TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
                write(entry(request, "staff.second_factor_set_up"), now)
                codes = new_recovery_codes(user)
            device.refresh_from_db()
            _in(request, device, "staff.signed_in")
            shown = page(request, "staff/recovery_codes.jinja", codes=codes)
            remember(shown, user.get_username())
            return shown
        _refused(request, form, device)
    picture = segno.make(device.config_url, error="m").svg_inline(scale=5, border=4, light="white")
    secret = b32encode(device.bin_key).decode("ascii")
    return page(
        request,
        "staff/enrol.jinja",
        form=form,
        picture=mark_safe(picture),  # noqa: S308  drawn here, of squares
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    )


def _in(request: HttpRequest, device: TOTPDevice, action: str) -> HttpResponseBase:
    request.session.cycle_key()
    django_otp.login(request, device)
    with transaction.atomic():
        write(entry(request, action), timezone.now())
        if signed_in(request).get_username() == settings.NDOO.break_glass:
            write(entry(request, "staff.break_glass"), timezone.now())
            _log.critical("The break-glass account signed in. If nobody knows why, shut it now.")
    onward = redirect(request.session.pop(NEXT, "") or "staff-home")
    remember(onward, signed_in(request).get_username())
    return onward


def _refused(request: HttpRequest, form: forms.SecondFactor, device: TOTPDevice) -> None:
    now = timezone.now()
    with transaction.atomic():
        write(entry(request, "staff.second_factor_refused"), now)
    device.refresh_from_db()
    _allowed, why = device.verify_is_allowed()
    until = (why or {}).get("locked_until")
    wait = max(0, int((until - now).total_seconds()) + 1) if until else 0
    said = _("This code is wrong, or was used before. Wait for the next one.")
    if wait > 1:
        said = _("This code is wrong. After so many wrong codes, wait for %(wait)s seconds.") % {"wait": wait}
    form.add_error("code", said)
