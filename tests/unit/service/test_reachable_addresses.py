"""Only machines of the internet, and of networks that the owner named, are asked for a caller's keys: decided by the class of address."""

from __future__ import annotations

import ipaddress
import random

import pytest

from ndoo.service.reachable_addresses import may_be_asked, read_networks

SECRETS = (
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "161.26.0.7",
    "166.9.12.1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fe80::a9fe:a9fe",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
)
"""Where clouds tell a machine its own secrets."""
NEAR = (
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",  # noqa: S104
    "::",
    "::1",
    "224.0.0.1",
    "255.255.255.255",
    "fe80::1%1",
    "ff02::1",
    "fec0::1",
)
INNER = ("10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "fd12:3456::1", "fc00::1", "203.0.113.1")
PUBLIC = ("51.140.1.1", "2a00:1450::1", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2620:fe::fe")
EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
"""As no setting can have it."""


def written_in_six(address: str) -> list[str]:
    """An IPv4 address in the ways in which IPv6 holds one, of which each leads there on some machine."""
    inner = int(ipaddress.IPv4Address(address))
    return [
        f"::ffff:{address}",
        f"::{address}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | inner)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (inner << 80) | 1)),
        str(ipaddress.IPv6Address((0x20010000 << 96) | (inner ^ 0xFFFFFFFF))),
    ]


@pytest.mark.parametrize("address", [*SECRETS, *NEAR])
def test_what_is_near_or_tells_secrets_is_never_asked_whatever_is_named(address: str) -> None:
    forms = [address, *(written_in_six(address) if ":" not in address else [])]
    for form in forms:
        assert not may_be_asked(form, EVERYTHING), form
    assert not any(may_be_asked(form) for form in forms)


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_asked_only_where_the_owner_named_them(address: str) -> None:
    assert not may_be_asked(address)
    assert may_be_asked(address, EVERYTHING)
    if ":" not in address:
        assert not any(may_be_asked(form) for form in written_in_six(address))
        assert may_be_asked(f"::ffff:{address}", read_networks(f"{address}/32"))


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_may_be_asked(address: str) -> None:
    assert may_be_asked(address)
    if ":" not in address:
        mapped, compatible, translated, *tunnels = written_in_six(address)
        assert may_be_asked(mapped) and may_be_asked(translated)
        assert not may_be_asked(compatible) and not any(map(may_be_asked, tunnels))


def test_whatever_python_takes_for_private_is_not_asked() -> None:
    """By chance over all of both families; Python's own lists lack some, and none of theirs is lacking here."""
    chance = random.Random(5)
    everywhere = [ipaddress.IPv4Address(chance.getrandbits(32)) for _ in range(20_000)]
    everywhere += [ipaddress.IPv6Address(chance.getrandbits(128)) for _ in range(20_000)]  # type: ignore[misc]
    everywhere += [ipaddress.IPv6Address((0x2001 << 112) | chance.getrandbits(112)) for _ in range(2_000)]  # type: ignore[misc]
    for place in everywhere:
        if may_be_asked(str(place)):
            assert place.is_global and not place.is_multicast and not place.is_reserved, place


@pytest.mark.parametrize(
    "said",
    [
        "10.1.2.3/8",
        "office",
        "169.254.169.254",
        "127.0.0.0/8",
        "fe80::/64",
        "fd00:ec2::/64",
        "10.0.0.0/8,x",
        "161.26.0.0/24",
        "166.8.0.0/14",
        "2002:7f00:1::/48",
        "2001:0:1::/48",
        "64:ff9b::/96",
    ],
)
def test_a_network_that_cannot_be_meant_is_refused(said: str) -> None:
    with pytest.raises(ValueError):
        read_networks(said)


@pytest.mark.parametrize(
    ("family", "owned"), [(4, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")), (6, ("fc00::/7",))]
)
def test_a_network_is_no_wider_than_an_organisation_s_own(family: int, owned: tuple[str, ...]) -> None:
    """`0.0.0.0/0` was taken, which is everybody's inner network. Of every length there is, what is around private space and a public address."""
    for network in map(ipaddress.ip_network, owned):
        assert read_networks(str(network)) == (network,)
        assert all(read_networks(str(one)) for one in network.subnets(1))
        for length in range(network.prefixlen):
            with pytest.raises(ValueError):
                read_networks(str(network.supernet(new_prefix=length)))
    public, widest = ("51.140.1.1/32", 16) if family == 4 else ("2a00:1450::1/128", 32)
    own = ipaddress.ip_network(public)
    for length in range(own.prefixlen + 1):
        said = str(own.supernet(new_prefix=length))
        if length >= widest:
            assert read_networks(said)
        else:
            with pytest.raises(ValueError):
                read_networks(f"10.0.0.0/8, {said}")


def test_networks_are_named_with_commas() -> None:
    assert [str(one) for one in read_networks("10.20.0.0/16, fd12:3456::/48,")] == ["10.20.0.0/16", "fd12:3456::/48"]
    assert read_networks("") == ()
