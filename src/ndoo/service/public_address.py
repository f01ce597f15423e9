"""The address under which people and systems reach this service, as its owner set it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def absolute(request: HttpRequest, path: str = "/") -> str:
    """The whole address of a path of this service.

    It begins with the setting `public_address`. Only where that is not set does it begin with what the request says, which whoever
    sends it can choose among the allowed hosts.

    Args:
        path: from the root, with its slash.
    """
    own = settings.NDOO.public_address
    return own + path if own else request.build_absolute_uri(path)
