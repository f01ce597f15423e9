"""Tokens of callers: random, of short life, and looked up each time, so that a revoked one is worth nothing at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ndoo.service.api_clients.limits import TOKEN_SECONDS
from ndoo.service.api_clients.models import AccessToken, Caller, SpentAssertion
from ndoo.service.api_clients.scopes import Scope


@dataclass(frozen=True, slots=True)
class Authorised:
    """Who asks, and for what it holds a token."""

    caller: Caller
    scopes: frozenset[str]


def issue(caller: Caller, scopes: list[Scope], now: datetime) -> str:
    """A new token for these scopes, for `TOKEN_SECONDS`; shown this once."""
    token = secrets.token_urlsafe(32)
    AccessToken.objects.create(
        digest=_digest(token), caller=caller, scopes=list(scopes), expires_at=now + timedelta(seconds=TOKEN_SECONDS)
    )
    return token


def found(token: str, now: datetime) -> Authorised | None:
    """Whose token it is; None where it is none, has expired, or its caller was revoked."""
    row = (
        AccessToken.objects.select_related("caller")
        .filter(digest=_digest(token), expires_at__gt=now, caller__revoked_at=None)
        .first()
    )
    return Authorised(row.caller, frozenset(row.scopes) & frozenset(row.caller.scopes)) if row else None


def throw_away(now: datetime) -> None:
    """Tokens and spent assertions that have expired."""
    AccessToken.objects.filter(expires_at__lte=now).delete()
    SpentAssertion.objects.filter(expires_at__lte=now).delete()


def _digest(token: str) -> bytes:
    """Of 256 random bits, so a plain digest gives nothing away."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
