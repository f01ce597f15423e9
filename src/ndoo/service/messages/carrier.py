"""Who carries this service's messages: the setting `messages` says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings

from ndoo.service.messages import mail, notify
from ndoo.service.messages.demonstration import DemonstrationSender
from ndoo.service.messages.message import Sender


def sender() -> Sender:
    """The carrier that the service's owner chose."""
    return _made(settings.NDOO.messages)


@cache
def _made(name: str) -> Sender:
    makers: dict[str, Callable[[], Sender]] = {
        "demo": DemonstrationSender,
        "smtp": mail.from_settings,
        "notify": notify.from_settings,
    }
    return makers[name]()
