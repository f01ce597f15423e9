"""Checks an assertion that a caller signed. `private_key_jwt` (RFC 7523, OpenID Connect Core 9): every claim is checked here.

All that is wrong ends in one refusal, so that nobody learns which callers there are.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db import IntegrityError, transaction
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from ndoo.service.api_clients.key_addresses import published_key, refresh
from ndoo.service.api_clients.keys import ALGORITHMS
from ndoo.service.api_clients.limits import ASSERTION_SECONDS, CLOCK_SECONDS
from ndoo.service.api_clients.models import Caller, CallerKey, SpentAssertion

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 8192
_LONGEST_JTI = 200


class NotProvedError(Exception):
    """The assertion proves nobody."""


def signed_by(assertion: str, audience: str, now: datetime) -> Caller:
    """The caller who signed it, for this token endpoint, now, and for the first time.

    Raises:
        NotProvedError: for anything else.
    """
    header, claims = _unproved(assertion)
    name, key_id = _plain(claims.get("iss")), _plain(header.get("kid"))
    key = (
        CallerKey.objects.select_related("caller")
        .filter(
            caller__name=name,
            caller__revoked_at=None,
            key_id=key_id,
            revoked_at=None,
        )
        .first()
    )
    known = (key.caller, key.public) if key else published_key(name, key_id)
    public = known[1] if known else _nobodys()
    try:
        proved = jwt.decode(assertion, _as_key(public), algorithms=list(ALGORITHMS[public["kty"]])).claims
    except (JoseError, ValueError, TypeError):
        raise NotProvedError from None
    if known is None:
        raise NotProvedError
    caller = known[0]
    _spend(caller, _judged(proved, caller.name, audience, now), proved["jti"])
    return caller


def refresh_keys(assertion: str) -> None:
    """Look at the address of the caller's keys, where it has one and that is due. Outside of any transaction, before `signed_by`."""
    with contextlib.suppress(NotProvedError):
        header, claims = _unproved(assertion)
        refresh(_plain(claims.get("iss")), _plain(header.get("kid")))


def _unproved(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they say they are, in order to find the key."""
    try:
        if len(assertion) > LONGEST:
            raise NotProvedError
        header, claims = (json.loads(_decoded(part)) for part in assertion.split(".")[:2])
    except (ValueError, RecursionError):
        raise NotProvedError from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise NotProvedError
    return header, claims


def _plain(name: Any) -> str:
    """A name that a database can look for; empty, which nobody has, for half a character, NUL and whatever is no text."""
    return name if isinstance(name, str) and name.isprintable() else ""


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))


def _judged(claims: dict[str, Any], name: str, audience: str, now: datetime) -> datetime:
    """When it expires; NotProvedError where a claim does not hold."""
    jti, expires = claims.get("jti"), claims.get("exp")
    audiences = claims.get("aud")
    at, slack = now.timestamp(), CLOCK_SECONDS
    holds = (
        claims.get("iss") == name
        and claims.get("sub") == name
        and audience in (audiences if isinstance(audiences, list) else [audiences])
        and isinstance(jti, str)
        and 0 < len(jti) <= _LONGEST_JTI
        and type(expires) is int
        and at - slack < expires <= at + ASSERTION_SECONDS + slack
        and all(_not_after(claims.get(when), at + slack) for when in ("iat", "nbf"))
    )
    if not holds or type(expires) is not int:
        raise NotProvedError
    return datetime.fromtimestamp(expires, UTC) + timedelta(seconds=slack)


def _not_after(when: Any, limit: float) -> bool:
    return when is None or (type(when) in (int, float) and when <= limit)


def _spend(caller: Caller, expires_at: datetime, jti: str) -> None:
    digest = hashlib.sha256(jti.encode("utf-8", "surrogatepass")).digest()
    try:
        with transaction.atomic():
            SpentAssertion.objects.create(caller=caller, digest=digest, expires_at=expires_at)
    except IntegrityError:
        raise NotProvedError from None


def _as_key(public: dict[str, Any]) -> RSAKey | ECKey:
    return RSAKey.import_key(public) if public["kty"] == "RSA" else ECKey.import_key(public)


@cache
def _nobodys() -> dict[str, Any]:
    """A key of which nobody has the other half: an unknown caller costs as much time as a known one."""
    return dict(RSAKey.generate_key(2048).as_dict(private=False))
