"""The NHS login that this service trusts, and what it is asked: OpenID Connect, authorisation code flow.

Source: the NHS login integration documents (nhsconnect/nhslogin, read in May 2026): the client proves itself with
`private_key_jwt` signed RS512; `vtr` says how well a person must be proved; `vot` and `identity_proofing_level`
in the answer are to be checked by the service itself.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting

SCOPE = "openid profile"
VECTORS = json.dumps(["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"])
"""Identity proved to P9, by any of the three ways of signing in."""

_KNOWN_FOR = 3600.0
_WAIT = 10.0
_WANTED = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class LoginDownError(Exception):
    """NHS login does not answer, or not as it must. It says nothing about any person."""


@dataclass(frozen=True, slots=True, repr=False)
class Registered:
    """How this service is known to NHS login. It does not print: it holds the private key."""

    issuer: str
    client_id: str
    key: str
    """The private key, PEM."""


def registered() -> Registered | None:
    """The settings `nhs_login_issuer`, `nhs_login_client_id` and `nhs_login_key` (a PEM file); None where NHS login
    is not offered.

    Raises:
        UsageFault: some of the three are set and others are not, or the key cannot be read.
    """
    issuer, client_id, key = (setting(f"nhs_login_{name}") for name in ("issuer", "client_id", "key"))
    if not (issuer or client_id or key):
        return None
    if not (issuer and client_id and key):
        raise UsageFault("setting", "NHS login needs nhs_login_issuer, nhs_login_client_id and nhs_login_key together.")
    try:
        return Registered(issuer.rstrip("/"), client_id, Path(key).read_text("ascii"))
    except (OSError, UnicodeDecodeError):
        raise UsageFault("setting", "The file that nhs_login_key names cannot be read as a PEM key.") from None


_published: dict[str, tuple[float, dict[str, Any]]] = {}


def published(issuer: str) -> dict[str, Any]:
    """What the issuer publishes about itself; asked once an hour.

    Raises:
        LoginDownError: it does not answer, it is another issuer, or an address is missing.
    """
    known = _published.get(issuer)
    if known and time.monotonic() - known[0] < _KNOWN_FOR:
        return known[1]
    said = fetched(f"{issuer}/.well-known/openid-configuration")
    if said.get("issuer", "").rstrip("/") != issuer or not all(isinstance(said.get(name), str) for name in _WANTED):
        raise LoginDownError
    _published[issuer] = (time.monotonic(), said)
    return said


def fetched(url: str) -> dict[str, Any]:
    """The JSON object at that address.

    Raises:
        LoginDownError: there is none.
    """
    try:
        answer = httpx2.get(url, timeout=_WAIT, follow_redirects=False)
        answer.raise_for_status()
        document = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise LoginDownError from None
    if not isinstance(document, dict):
        raise LoginDownError
    return document


def client(us: Registered, redirect_uri: str) -> OAuth2Client:
    """A client that proves itself with its key, and proves with a code challenge that the answer is its own."""
    token_endpoint = published(us.issuer)["token_endpoint"]
    made = OAuth2Client(
        us.client_id,
        us.key,
        scope=SCOPE,
        redirect_uri=redirect_uri,
        token_endpoint_auth_method="private_key_jwt",  # noqa: S106  the name of a method
        code_challenge_method="S256",
        timeout=_WAIT,
    )
    made.register_client_auth_method(PrivateKeyJWT(token_endpoint, alg="RS512"))
    return made
