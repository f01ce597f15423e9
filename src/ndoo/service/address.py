"""The network address from which a request came, as far as this service can trust it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

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


def household(said: str) -> str | None:
    """The address by which visitors are counted: of IPv6 the network that one customer has. None where it is no address."""
    try:
        found = ip_address(said)
    except ValueError:
        return None
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
