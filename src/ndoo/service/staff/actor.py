"""Who does this, and from where: the audit entry of whoever sent a request."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.address import address as where
from ndoo.service.audit.entries import Entry

UNKNOWN = "unknown"
"""The actor where the name that somebody typed is no account's."""


def actor(user: User | AnonymousUser) -> str:
    """`staff:` and the account's name."""
    return f"staff:{user.get_username()}"


def entry(
    request: HttpRequest, action: str, /, *, subject: NHSNumber | None = None, reason: str = "", **details: Any
) -> Entry:
    """An entry for what the signed-in person does."""
    return Entry(
        actor=actor(request.user) if request.user.is_authenticated else UNKNOWN,
        action=action,
        subject=subject,
        reason=reason,
        details=details,
        address=where(request),
    )


def signed_in(request: HttpRequest) -> User:
    """The account behind a page that the guard has let through."""
    assert isinstance(request.user, User)  # noqa: S101  the guard asks first
    return request.user
