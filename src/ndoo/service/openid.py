"""What is asked of an OpenID Connect provider, and what is believed of its answers: each claim is checked, nothing taken on trust."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

WAIT = 10.0
"""Seconds that a provider has for an answer."""
_KNOWN_FOR = 3600.0
_LEEWAY = 60
"""Seconds by which two clocks may differ."""
_WANTED = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class ProviderDownError(Exception):
    """A provider does not answer, or not as it must. It says nothing about any person."""


_published: dict[str, tuple[float, dict[str, Any]]] = {}


def published(issuer: str) -> dict[str, Any]:
    """What the issuer publishes about itself; asked once an hour.

    Raises:
        ProviderDownError: it does not answer, it is another issuer, or an address is missing.
    """
    known = _published.get(issuer)
    if known and time.monotonic() - known[0] < _KNOWN_FOR:
        return known[1]
    said = fetched(f"{issuer}/.well-known/openid-configuration")
    if not all(isinstance(said.get(name), str) for name in _WANTED) or said["issuer"].rstrip("/") != issuer:
        raise ProviderDownError
    _published[issuer] = (time.monotonic(), said)
    return said


def fetched(url: str) -> dict[str, Any]:
    """The JSON object at that address.

    Raises:
        ProviderDownError: there is none.
    """
    try:
        answer = httpx2.get(url, timeout=WAIT, follow_redirects=False)
        answer.raise_for_status()
        document = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise ProviderDownError from None
    if not isinstance(document, dict):
        raise ProviderDownError
    return document


def signed_claims(
    token: Any, about: dict[str, Any], client_id: str, nonce: str | None, algorithms: Sequence[str]
) -> dict[str, Any]:
    """The claims of an ID token that this issuer signed, now, for this client alone.

    Args:
        about: what the issuer publishes about itself.
        nonce: what was sent with the question; None where the token answers a refresh, for which there is none.
        algorithms: those that may sign; never `none`, nor one with a shared secret.

    Raises:
        ProviderDownError: it does not hold.
    """
    registry = jwt.JWTClaimsRegistry(
        now=int(time.time()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": about["issuer"]},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        keys = KeySet.import_key_set(fetched(about["jwks_uri"]))  # type: ignore[arg-type]
        claims = jwt.decode(str(token), keys, algorithms=list(algorithms)).claims
        registry.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise ProviderDownError from None
    audience = claims.get("aud")
    ours = audience == client_id or (audience == [client_id])
    answers = nonce is None or hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
    if not ours or not answers:
        raise ProviderDownError
    return claims
