"""Checks whether what NHS login says proves who a person is. Every claim is checked here; nothing is taken on trust."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from httpx2 import HTTPError

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.openid import ProviderDownError, published, signed_claims

ALGORITHM = "RS512"
LEVEL = "P9"


class Unproven(StrEnum):
    """Why somebody who signed in is not proved for this service."""

    LEVEL = "level"
    """NHS login has not checked their identity well enough."""
    NO_NUMBER = "no_number"
    """NHS login knows no NHS number of theirs."""


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """A person whose identity NHS login proved to P9. It does not print, and the number is never shown to them."""

    number: NHSNumber
    born: date


def proof(client: OAuth2Client, issuer: str, code: str, verifier: str, nonce: str) -> Proved | Unproven:
    """Exchange the code, and check the two answers about the person.

    Raises:
        ProviderDownError: NHS login does not answer, or an answer does not hold.
    """
    about = published(issuer)
    try:
        token = client.fetch_token(
            about["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
        )
        said = client.get(about["userinfo_endpoint"])
        said.raise_for_status()
        person = said.json()
    except (OAuthError, HTTPError, ValueError):
        raise ProviderDownError from None
    claims = signed_claims(token.get("id_token"), about, str(client.client_id), nonce, [ALGORITHM])
    if not isinstance(person, dict) or person.get("sub") != claims["sub"]:
        raise ProviderDownError
    return judged(claims, person)


def judged(claims: dict[str, Any], person: dict[str, Any]) -> Proved | Unproven:
    """What the two answers come to: `claims` of the ID token, `person` of the user information endpoint."""
    vector = str(claims.get("vot", "")).split(".")
    if vector[0] != LEVEL or person.get("identity_proofing_level") != LEVEL:
        return Unproven.LEVEL
    number = read(str(person.get("nhs_number", "")))
    try:
        born = date.fromisoformat(str(person.get("birthdate", "")))
    except ValueError:
        raise ProviderDownError from None
    return Proved(number, born) if isinstance(number, NHSNumber) else Unproven.NO_NUMBER
