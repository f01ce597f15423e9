"""What the provider says of a member of staff, now: who they are, which roles they have, and whether a second factor was proved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from httpx2 import HTTPError, HTTPStatusError

from ndoo.service.openid import ProviderDownError, published, signed_claims
from ndoo.service.staff.organisation_login.registration import ALGORITHMS, ProviderRegistration
from ndoo.service.staff.roles import Role

_LONGEST = 150


class ProviderRefusedError(Exception):
    """The provider refuses: a leaver, a code or a token that is not good any more."""


@dataclass(frozen=True, slots=True, repr=False)
class ProvenStaff:
    """A member of staff as the provider knows them. It does not print.

    Attributes:
        subject: their name there, which nobody else ever gets.
        wish: what they are called there; empty where that is not said.
        role: theirs here; None where their words there stand for none, or for more than one.
        has_second_factor: did the provider ask for one?
        refresh: with what the provider is asked again; empty where it gave nothing.
    """

    subject: str
    wish: str
    given: str
    family: str
    role: Role | None
    has_second_factor: bool
    refresh: str


def first_told(asking: OAuth2Client, us: ProviderRegistration, code: str, verifier: str, nonce: str) -> ProvenStaff:
    """Exchange the code of a sign-in.

    Raises:
        ProviderDownError: the provider does not answer, or what it says does not hold. RefusedError: it says no.
    """
    return _told(asking, us, {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}, nonce=nonce)


def told_again(asking: OAuth2Client, us: ProviderRegistration, refresh: str) -> ProvenStaff:
    """Ask again about somebody who is signed in. Raises as `first_told` does."""
    asking.scope = None  # what was granted, which may be less than was asked for
    return _told(asking, us, {"grant_type": "refresh_token", "refresh_token": refresh}, nonce=None)


def _told(asking: OAuth2Client, us: ProviderRegistration, grant: dict[str, str], *, nonce: str | None) -> ProvenStaff:
    about = published(us.issuer)
    try:
        token = asking.fetch_token(about["token_endpoint"], **grant)
        said = asking.get(about["userinfo_endpoint"])
        said.raise_for_status()
        person = said.json()
    except OAuthError:
        raise ProviderRefusedError from None
    except HTTPStatusError as error:
        if error.response.status_code in (400, 401, 403):
            raise ProviderRefusedError from None
        raise ProviderDownError from None
    except (HTTPError, ValueError):
        raise ProviderDownError from None
    if not isinstance(person, dict) or not isinstance(person.get("sub"), str):
        raise ProviderDownError
    claims: dict[str, Any] = {}
    if nonce is not None or token.get("id_token"):
        claims = signed_claims(token.get("id_token"), about, us.client_id, nonce, ALGORITHMS)
        if claims["sub"] != person["sub"]:
            raise ProviderDownError
    return judged(us, person | claims, str(token.get("refresh_token") or grant.get("refresh_token", "")))


def judged(us: ProviderRegistration, said: dict[str, Any], refresh: str) -> ProvenStaff:
    """What the claims come to. What is of another form than it must be is as if it were not said."""
    roles = {us.roles[word] for word in _words(said, us.roles_claim) if word in us.roles}
    amr = said.get("amr")
    second = isinstance(amr, list) and "mfa" in amr
    return ProvenStaff(
        subject=said["sub"],
        wish=_text(said, "preferred_username").partition("@")[0],
        given=_text(said, "given_name"),
        family=_text(said, "family_name"),
        role=roles.pop() if len(roles) == 1 else None,
        has_second_factor=said.get("acr") == us.acr if us.acr else second,
        refresh=refresh,
    )


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip()[:_LONGEST] if isinstance(value, str) else ""


def _words(said: dict[str, Any], claim: str) -> set[str]:
    """Groups and roles are words. CIS2 has objects: of these, the role that was chosen at the sign-in."""
    listed = said.get(claim)
    listed = listed if isinstance(listed, list) else [listed]
    words = {one for one in listed if isinstance(one, str)}
    chosen = said.get("selected_roleid")
    for one in listed:
        if isinstance(one, dict) and chosen in (None, one.get("person_roleid")):
            words.add(f"{one.get('org_code')}:{str(one.get('role_code', '')).rpartition(':')[2]}")
    return words
