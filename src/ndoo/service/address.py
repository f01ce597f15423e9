"""The network address from which a request came, as far as this service can trust it:
the network address, as far as this service can trust it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The IP address of whoever asked. Behind `proxies` proxies of the owner's own, each adds one address to the
    right of `X-Forwarded-For`; what stands further left was written by the caller, and is not believed."""
    behind: int = settings.NDOO.proxies
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if behind and len(named) >= behind:
        return named[-behind][:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]
