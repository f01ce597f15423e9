"""The NHS login that this service trusts, and what it is asked: OpenID Connect, authorisation code flow.

Source: the NHS login integration documents (nhsconnect/nhslogin, read in May 2026): the client proves itself with
`private_key_jwt` signed RS512; `vtr` says how well a person must be proved; `vot` and `identity_proofing_level`
in the answer are to be checked by the service itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting
from ndoo.service.openid import WAIT, published

SCOPE = "openid profile"
VECTORS = json.dumps(["P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm"])
"""Identity proved to P9, by any of the three ways of signing in."""


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
        timeout=WAIT,
    )
    made.register_client_auth_method(PrivateKeyJWT(token_endpoint, alg="RS512"))
    return made
