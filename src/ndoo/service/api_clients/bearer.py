"""Lets a request pass, or refuses it. A token with the scope that the route needs; anything else is refused before it is read."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from ninja.errors import AuthorizationError
from ninja.security.http import HttpAuthBase

from ndoo.service.api_clients import tokens
from ndoo.service.api_clients.scopes import MEANING, OF_TOKENS, Scope
from ndoo.service.api_clients.tokens import Authorised


class Bearer(HttpAuthBase):
    """Django Ninja's `auth=`: 401 without a token that stands, 403 without the scope. `request.auth` is then an
    `Authorised`."""

    openapi_type = "oauth2"
    openapi_description = "Client credentials with a signed JWT (private_key_jwt)."
    openapi_flows = {  # noqa: RUF012  Django Ninja reads it from the class
        "clientCredentials": {
            "tokenUrl": reverse_lazy("api:token"),
            "scopes": {scope.value: MEANING[scope] for scope in OF_TOKENS},
        }
    }

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> Authorised | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        who = tokens.found(token, timezone.now()) if kind.lower() == "bearer" and token else None
        if who and self.scope not in who.scopes:
            raise AuthorizationError
        return who


def caller(request: HttpRequest) -> Authorised:
    """Who asks, on a route that has `auth=Bearer(…)`."""
    who = request.auth  # type: ignore[attr-defined]
    assert isinstance(who, Authorised)  # noqa: S101  Django Ninja asks first
    return who
