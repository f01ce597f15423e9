"""Browsers in which somebody has wholly signed in before: guesses made elsewhere do not shut their owner out there.

A signed cookie for each account says so. It opens nothing: password and second factor are asked as ever, and wrong ones that are
typed in such a browser are counted for that browser alone (OWASP, device cookies).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from ndoo.service.staff.limits import DEVICE_KNOWN

_SALT = "ndoo.staff.device"


def remember(response: HttpResponseBase, name: str) -> None:
    """Let this browser be known for that account, from now on."""
    https = settings.SESSION_COOKIE_SECURE
    response.set_signed_cookie(
        _cookie(name),
        secrets.token_hex(16),
        salt=_SALT + name,
        max_age=DEVICE_KNOWN,
        path="/",
        secure=https,
        httponly=True,
        samesite="Lax",
    )


def device(request: HttpRequest | None, name: str) -> str:
    """The mark of this browser, where it is known for that account; empty otherwise."""
    if request is None:
        return ""
    try:
        said = request.get_signed_cookie(_cookie(name), "", salt=_SALT + name, max_age=DEVICE_KNOWN)
    except signing.BadSignature:
        return ""
    return str(said)


def _cookie(name: str) -> str:
    """Its name, which is not the account's: cookies are seen by whoever looks over a shoulder."""
    of = salted_hmac(_SALT, name, algorithm="sha256").hexdigest()[:12]
    return f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}device-{of}"
