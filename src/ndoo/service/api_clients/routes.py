"""The token endpoint: OAuth 2 client credentials (RFC 6749, 4.4) with a signed JWT (RFC 7523, 2.2)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema

from ndoo.service.address import address
from ndoo.service.api_clients import tokens
from ndoo.service.api_clients.assertions import KIND, NotProvedError, refresh_keys, signed_by
from ndoo.service.api_clients.bodies import FORM, form
from ndoo.service.api_clients.limits import TOKEN_SECONDS
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.api_clients.scopes import OF_TOKENS, Scope, known
from ndoo.service.audit.entries import Entry, write
from ndoo.service.public_address import absolute

router = Router(tags=["Tokens"])

_FORM = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"type": "string", "const": "client_credentials"},
        "scope": {"type": "string", "description": "With spaces; left out: every scope that the caller has."},
        "client_assertion_type": {"type": "string", "const": KIND},
        "client_assertion": {
            "type": "string",
            "description": "A JWT with iss and sub (the caller's name), aud (this address), exp (at most five minutes "
            "ahead) and jti (never used before), and the key's kid in its header.",
        },
    },
}


class Token(Schema):
    """A token, as RFC 6749, 5.1, has it."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class TokenRefusal(Schema):
    """A refusal, as RFC 6749, 5.2, has it."""

    error: str


@router.post(
    "token",
    url_name="token",
    response={200: Token, 400: TokenRefusal, 401: TokenRefusal},
    summary="Get a token",
    openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": _FORM}}}},
)
def token(request: HttpRequest) -> JsonResponse:
    """Client credentials with a signed JWT. The token lives for five minutes; there is none to refresh it with."""
    try:
        said = form(request)
    except HTTPProblem:
        return _refused("invalid_request")
    if not said.get("grant_type"):
        return _refused("invalid_request")
    if said["grant_type"] != "client_credentials":
        return _refused("unsupported_grant_type")
    if said.get("client_assertion_type") != KIND or not said.get("client_assertion"):
        return _refused("invalid_client", 401)
    refresh_keys(said["client_assertion"])
    now = timezone.now()
    with transaction.atomic():
        try:
            caller = signed_by(said["client_assertion"], absolute(request, reverse("api:token")), now)
        except NotProvedError:
            return _refused("invalid_client", 401)
        try:
            may: list[Scope] = [scope for scope in known(caller.scopes) if scope in OF_TOKENS]
            wanted = known(said["scope"].split()) if said.get("scope") else may
        except ValueError:
            return _refused("invalid_scope")
        if not wanted or not set(wanted) <= set(may):
            return _refused("invalid_scope")
        made = tokens.issue(caller, wanted, now)
        write(Entry(f"caller:{caller.name}", "caller.token", details={"scopes": wanted}, address=address(request)), now)
    return JsonResponse(
        {"access_token": made, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": " ".join(wanted)}
    )


def _refused(error: str, status: int = 400) -> JsonResponse:
    """One word, whatever was wrong with the assertion."""
    return JsonResponse({"error": error}, status=status)
