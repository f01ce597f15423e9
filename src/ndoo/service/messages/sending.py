"""Who carries this service's messages? The setting `messages` says."""

from __future__ import annotations

from django.conf import settings

from ndoo.service.messages.demonstration import DemonstrationSender
from ndoo.service.messages.message import Sender


def sender() -> Sender:
    """The carrier that the service's owner chose."""
    return {"demo": DemonstrationSender}[settings.NDOO.messages]()
