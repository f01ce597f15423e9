"""The provider that this service trusts with its staff, as the owner set it up.

| setting | meaning |
| --- | --- |
| `staff_login_issuer`, `staff_login_client_id` | the issuer's address, and this service's name there. Redirect address: `/staff/organisation/back` |
| `staff_login_secret` or `staff_login_key` | how this service proves itself: a client secret, or the file of a private key (PEM) |
| `staff_login_roles` | which words of the provider stand for which role here: `operator=GROUP,GROUP; auditor=GROUP` |
| `staff_login_roles_claim` | the claim with these words: `roles` (default), `groups`, or for CIS2 `nhsid_nrbac_roles`, of which a word is `ORGANISATION:ROLE`, such as `X26:R8003` |
| `staff_login_scope` | what is asked for; default `openid profile offline_access` |
| `staff_login_acr` | the level at which the provider has proved a second factor, such as `AAL3_USERPRESENT`. Without it only `mfa` in `amr` says so; of whom neither is said, this service asks for its own second factor |
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting
from ndoo.service.openid import WAIT, published
from ndoo.service.staff.roles import Role

ALGORITHMS = ("RS256", "PS256", "ES256", "RS512")
"""That may sign what the provider says: with its own key, never with a shared secret."""
_SCOPE = "openid profile offline_access"
_OWN_ALGORITHMS = ("RS256", "RS512", "PS256")


@dataclass(frozen=True, slots=True, repr=False)
class ProviderRegistration:
    """How this service is known to the provider. It does not print: it holds a secret.

    Attributes:
        secret: the client secret; empty where `key`, a private key in PEM, proves this service.
        roles: the role of each word of the provider.
        roles_claim: the claim that has these words.
        acr: the level that proves a second factor; empty where only `amr` does.
    """

    issuer: str
    client_id: str
    secret: str
    key: str
    scope: str
    roles: dict[str, Role]
    roles_claim: str
    acr: str


def registration() -> ProviderRegistration | None:
    """As the settings have it; None where staff do not sign in by a provider.

    Raises:
        UsageFault: some of the settings are missing, or cannot be meant.
    """
    said = {
        name: setting(f"staff_login_{name}") or ""
        for name in ("issuer", "client_id", "secret", "key", "roles", "roles_claim", "scope", "acr")
    }
    if not any(said[name] for name in ("issuer", "client_id", "secret", "key", "roles")):
        return None
    if not (said["issuer"] and said["client_id"] and said["roles"]) or bool(said["secret"]) == bool(said["key"]):
        raise UsageFault(
            "setting",
            "Sign-in by the organisation needs staff_login_issuer, staff_login_client_id, staff_login_roles, and either "
            "staff_login_secret or staff_login_key.",
        )
    return ProviderRegistration(
        issuer=said["issuer"].rstrip("/"),
        client_id=said["client_id"],
        secret=said["secret"],
        key=_read(said["key"]) if said["key"] else "",
        scope=said["scope"] or _SCOPE,
        roles=_roles(said["roles"]),
        roles_claim=said["roles_claim"] or "roles",
        acr=said["acr"],
    )


def client(us: ProviderRegistration, redirect_uri: str) -> OAuth2Client:
    """A client that proves itself as the provider takes it, and proves with a code challenge that the answer is its own.

    Raises:
        ProviderDownError: what the provider publishes cannot be had.
    """
    about = published(us.issuer)
    if us.key:
        taken = about.get("token_endpoint_auth_signing_alg_values_supported") or _OWN_ALGORITHMS
        algorithm = next((one for one in _OWN_ALGORITHMS if one in taken), _OWN_ALGORITHMS[0])
        way: str | PrivateKeyJWT = PrivateKeyJWT(about["token_endpoint"], alg=algorithm)
        name = "private_key_jwt"
    else:
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        way = name = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
    made = OAuth2Client(
        us.client_id,
        us.key or us.secret,
        scope=us.scope,
        redirect_uri=redirect_uri,
        token_endpoint_auth_method=name,
        code_challenge_method="S256",
        timeout=WAIT,
    )
    if isinstance(way, PrivateKeyJWT):
        made.register_client_auth_method(way)
    return made


def _read(path: str) -> str:
    try:
        return Path(path).read_text("ascii")
    except (OSError, UnicodeDecodeError):
        raise UsageFault("setting", "The file that staff_login_key names cannot be read as a PEM key.") from None


def _roles(said: str) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for part in filter(None, (one.strip() for one in said.split(";"))):
        role, _, words = part.partition("=")
        for word in (one.strip() for one in words.split(",")):
            if role.strip() not in set(Role) or not word or word in found:
                raise UsageFault(
                    "setting",
                    "The setting staff_login_roles must be ROLE=WORD,WORD; ROLE=WORD, each word once. "
                    f"The roles are {', '.join(Role)}.",
                )
            found[word] = Role(role.strip())
    return found
