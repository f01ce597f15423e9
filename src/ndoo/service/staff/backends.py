"""Who is let in: by password, or by set-up code; a made-up account nowhere but in a demonstration."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from ndoo.service.staff.one_use import use_set_up_code

DEMO_GROUP = "demo"
"""Marks the accounts whose passwords stand on a page."""


class Password(ModelBackend):
    """Django's own, and it knows a demonstration's accounts: their passwords are public, so that outside a
    demonstration they let nobody in, and sessions that they began end."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and (
            settings.NDOO.demo or not user.groups.filter(name=DEMO_GROUP).exists()
        )


class SetUpCode(Password):
    """The one-use code that an administrator handed over."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str | None = None, set_up_secret: str | None = None, **_: Any
    ) -> User | None:
        if set_up_secret is None:
            return None
        user = User.objects.filter(username=username, is_active=True).first()
        return user if use_set_up_code(user, set_up_secret, timezone.now()) else None
