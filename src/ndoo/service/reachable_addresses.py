"""Which addresses of the network a caller's own server may have: the internet's, and those that the service's owner named.

Decided by the class of the address, as the registries of special-purpose addresses have it (IANA, IPv4 and IPv6, read on 2026-11-30), and
not by Python's own lists, which differ from one version to the next. The addresses at which a cloud tells a machine its own secrets are
never asked, whoever named the network that they are in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*said: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one) for one in said)


_NEVER = _networks(
    "0.0.0.0/8",  # this machine
    "127.0.0.0/8",
    "169.254.0.0/16",  # whoever is near; 169.254.169.254 and .170.2 are a cloud's own
    "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is Oracle's cloud
    "224.0.0.0/4",
    "240.0.0.0/4",
    "100.100.100.200/32",  # Alibaba's cloud
    "168.63.129.16/32",  # Azure's, a public address that only its own machines reach
    "161.26.0.0/16",  # IBM's cloud, public ones of the same kind
    "166.8.0.0/14",
    "::/8",  # unspecified, loopback, and the IPv4 of before
    "2001::/32",  # Teredo and 6to4, which lead to an IPv4 address of their own
    "2002::/16",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "fd00:ec2::/32",  # Amazon's cloud
    "fd20:ce::/32",  # Google's
    "fd00:c1::/32",  # Oracle's
    "fd00:42::/32",  # Scaleway's
)
_INNER = _networks(
    "10.0.0.0/8",
    "100.64.0.0/10",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "2001::/23",
    "2001:db8::/32",
    "3fff::/20",
)
_PRIVATE = _networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "fc00::/7")
_WIDEST_GLOBAL = {4: 16, 6: 32}
"""Prefix lengths: no one organisation has a wider network of the internet, and a shorter one would open what nobody meant."""
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Well-known prefix of translators (RFC 6052): the last 32 bits are the IPv4 address that is reached."""


def read_networks(said: str) -> tuple[Network, ...]:
    """Networks with commas between them, such as `10.20.0.0/16, fd12:3456::/48`.

    Raises:
        ValueError: one is none, has bits behind its length, lies where nothing is ever asked, or is too wide to be an organisation's own.
    """
    found = _networks(*(one.strip() for one in said.split(",") if one.strip()))
    if any(_lies_in(one, _NEVER) for one in found):
        raise ValueError("never asked")
    if not all(_lies_in(one, _PRIVATE) or _is_own_global(one) for one in found):
        raise ValueError("too wide")
    return found


def _is_own_global(network: Network) -> bool:
    return network.prefixlen >= _WIDEST_GLOBAL[network.version] and (
        network.version == 4 or _lies_in(network, (_GLOBAL_6,))
    )


def _lies_in(network: Network, wider: Iterable[Network]) -> bool:
    return any(network.version == one.version and network.subnet_of(one) for one in wider)  # type: ignore[arg-type]


def may_be_asked(address: str, named: Iterable[Network] = ()) -> bool:
    """Is it a machine of the internet, or of a network that the owner named? Never this one, a neighbour, or a cloud's own."""
    place = _inner(ipaddress.ip_address(address))
    if _is_in(place, _NEVER):
        return False
    if _is_in(place, named):
        return True
    return (place.version == 4 or place in _GLOBAL_6) and not _is_in(place, _INNER)


def _inner(place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """What is reached: an IPv4 address that is written as an IPv6 one is that IPv4 address."""
    if isinstance(place, ipaddress.IPv6Address):
        return place.ipv4_mapped or (ipaddress.IPv4Address(int(place) & 0xFFFFFFFF) if place in _TRANSLATED else place)
    return place


def _is_in(place: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: Iterable[Network]) -> bool:
    return any(place in network for network in networks)
