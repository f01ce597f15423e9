"""Who is let in: by password, by set-up code, or by the organisation's sign-in; a made-up account in a demonstration only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from ndoo.service.staff.models import ProviderAccount
from ndoo.service.staff.one_use import use_set_up_code

DEMO_GROUP = "demo"
"""Marks the accounts whose passwords stand on a page."""


class Password(ModelBackend):
    """Django's own, and it knows whose passwords count. Those of a demonstration's accounts are public, so that outside a
    demonstration they let nobody in; whoever comes by the organisation's sign-in comes by it alone; and where passwords are
    switched off, the break-glass account has the only one. Sessions that others began end."""

    def user_can_authenticate(self, user: Any) -> bool:
        return (
            super().user_can_authenticate(user)
            and (settings.NDOO.demo or not user.groups.filter(name=DEMO_GROUP).exists())
            and (settings.NDOO.staff_passwords or user.get_username() == settings.NDOO.break_glass)
            and not ProviderAccount.objects.filter(user=user).exists()
        )


class SetUpCodeBackend(Password):
    """The one-use code that an administrator handed over."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str | None = None, set_up_secret: str | None = None, **_: Any
    ) -> User | None:
        if set_up_secret is None:
            return None
        user = User.objects.filter(username=username, is_active=True).first()
        if not use_set_up_code(user, set_up_secret, timezone.now()):
            return None
        return user if user is not None and self.user_can_authenticate(user) else None


class Organisation(ModelBackend):
    """Knows again whom `organisation_login` let in; it lets in nobody itself."""

    def authenticate(self, request: HttpRequest | None, **_: Any) -> None:  # type: ignore[override]
        return None
