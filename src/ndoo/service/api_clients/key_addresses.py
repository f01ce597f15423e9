"""Public keys that a caller publishes at an address of its own (`jwks_uri`), beside those that are stored here.

Only an address that was registered is asked, never one that an assertion names: over HTTPS, without redirects, at an address of the network
that was judged before (`reachable_addresses`), for a few seconds and a few kilobytes. What was fetched is believed for an hour at most. It is asked for
before the transaction that spends the assertion, and once a minute at most, whoever sends whatever.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from time import monotonic as _now
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.service.api_clients.keys import is_same, public_keys
from ndoo.service.api_clients.limits import JWKS_AGAIN_SECONDS, JWKS_FRESH_SECONDS, JWKS_STALE_SECONDS
from ndoo.service.api_clients.models import Caller, CallerKey
from ndoo.service.reachable_addresses import may_be_asked

LONGEST, PORT = 300, 443
_WAIT = 5.0
"""Seconds for the look-up of the name, the connection and the whole answer together."""
_MOST_BYTES = 1 << 16
_MOST_KEYS = 20
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.ASCII)


class KeysUnreachableError(Exception):
    """There is no set of public keys at that address now."""


class KeysUnfitError(Exception):
    """What is said there is no set of which any key may be believed: a private key is public, or one name means two."""


@dataclass(slots=True)
class _Fetched:
    """What was seen at one address. One thread at a time asks; the others go on with what there is."""

    asking: threading.Lock = field(default_factory=threading.Lock)
    asked_at: float = -JWKS_STALE_SECONDS
    seen_at: float = -JWKS_STALE_SECONDS
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)


_fetched: dict[str, _Fetched] = {}


def judge_address(uri: str) -> None:
    """Raises UsageFault where nobody is to be asked there: not HTTPS, no public name, a port, a login or a fragment."""
    try:
        parts = urlsplit(uri)
        plain = parts.scheme == "https" and parts.netloc == parts.hostname and not parts.fragment
    except ValueError:
        plain = False
    if not plain or len(uri) > LONGEST or not (uri.isascii() and uri.isprintable()) or " " in uri:
        raise _refusal()
    if not _HOST.fullmatch(str(parts.hostname)):
        raise _refusal()


def _refusal() -> UsageFault:
    return UsageFault(
        "caller-address",
        "The address of the keys begins with https:// and a name such as keys.example.nhs.uk, in small letters, without a port, a login or a #.",
    )


def refresh(name: str, key_id: str) -> None:
    """Ask again where that caller's keys are old, or this one is not among them. Outside of any transaction."""
    caller = Caller.objects.filter(name=name, revoked_at=None).exclude(jwks_uri="").first()
    if caller is None or CallerKey.objects.filter(caller=caller, key_id=key_id, revoked_at=None).exists():
        return
    found = _fetched.setdefault(caller.jwks_uri, _Fetched())
    now = _now()
    fresh = key_id in found.keys and now - found.seen_at < JWKS_FRESH_SECONDS
    if fresh or now - found.asked_at < JWKS_AGAIN_SECONDS or not found.asking.acquire(blocking=False):
        return
    try:
        found.asked_at = now
        with contextlib.suppress(KeysUnreachableError):
            found.keys, found.seen_at = fetched_keys(caller.jwks_uri), now
    except KeysUnfitError:
        found.keys, found.seen_at = {}, now
    finally:
        found.asking.release()


def published_key(name: str, key_id: str) -> tuple[Caller, dict[str, Any]] | None:
    """The caller, and the key of that name as it was last seen at its address; None where it is too old, was not seen, or is one that
    was registered here for another system, or revoked."""
    caller = Caller.objects.filter(name=name, revoked_at=None).exclude(jwks_uri="").first()
    found = _fetched.get(caller.jwks_uri) if caller else None
    if caller is None or found is None or _now() - found.seen_at >= JWKS_STALE_SECONDS:
        return None
    public = found.keys.get(key_id)
    if public is None or any(is_same(public, kept) for kept in CallerKey.objects.values_list("public", flat=True)):
        return None
    return caller, public


def fetched_keys(uri: str) -> dict[str, dict[str, Any]]:
    """The usable public keys at that address, by name.

    Raises:
        KeysUnreachableError: there is no set of them. KeysUnfitError: it holds a private key, or two of one name.
    """
    try:
        said = json.loads(_fetched_bytes(uri))["keys"]
    except (OSError, HTTPException, ValueError, TypeError, KeyError, RecursionError):
        raise KeysUnreachableError from None
    if not isinstance(said, list) or len(said) > _MOST_KEYS:
        raise KeysUnreachableError
    keys: dict[str, dict[str, Any]] = {}
    for one in said:
        if not isinstance(one, dict) or "keys" in one or one.get("use", "sig") != "sig":
            continue
        try:
            [(key_id, public)] = public_keys(json.dumps(one))
        except UnfitData as error:
            if error.code == "caller-key-private":
                raise KeysUnfitError from None
            continue
        if key_id in keys:
            raise KeysUnfitError
        keys[key_id] = public
    return keys


def _fetched_bytes(uri: str) -> bytes:
    parts = urlsplit(uri)
    host, ends = str(parts.hostname), _now() + _WAIT
    address = _judged_address(host)
    left = max(ends - _now(), 0.001)
    connection = _Pinned(host, address, timeout=left)
    ending = threading.Timer(left, connection.end)
    ending.daemon = True
    ending.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "application/json", "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        raw = answer.read(_MOST_BYTES + 1)
        if answer.status != 200 or len(raw) > _MOST_BYTES or _now() > ends:
            raise KeysUnreachableError
        return raw
    finally:
        ending.cancel()
        connection.close()


def _judged_address(host: str) -> str:
    """Where that name leads now; what is judged here is what is connected to, whatever the name leads to a moment later.

    Raises:
        KeysUnreachableError: it leads nowhere in time, or anywhere that is not to be asked, be it only beside another address.
    """
    found = _looked_up(host)
    if not found or not all(may_be_asked(address, settings.NDOO.key_networks) for address in found):
        raise KeysUnreachableError
    return found[0]


def _looked_up(host: str) -> list[str]:
    """Every address of that name; none where there is none, or where nobody says so in time. The system's own look-up cannot be
    ended, so another thread waits for it."""
    found: list[str] = []

    def look() -> None:
        with contextlib.suppress(OSError, ValueError):
            found.extend(str(one[4][0]) for one in socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(_WAIT)
    return [] if looking.is_alive() else found


class _Pinned(HTTPSConnection):
    """To one address, under the name whose certificate it must show."""

    def __init__(self, host: str, address: str, timeout: float) -> None:
        self._address, self._secure = address, ssl.create_default_context()
        super().__init__(host, PORT, timeout=timeout, context=self._secure)

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._secure.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()

    def end(self) -> None:
        """The time is over, however slowly it sends."""
        with contextlib.suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
