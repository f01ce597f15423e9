"""What a client finds out by itself: where tokens are got and how (RFC 8414), and the same as SMART's backend services look for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from ndoo.service.api_clients.keys import ALGORITHMS
from ndoo.service.api_clients.scopes import OF_TOKENS
from ndoo.service.public_address import absolute


def _told(request: HttpRequest) -> dict[str, Any]:
    return {
        "token_endpoint": absolute(request, reverse("api:token")),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": sorted(
            name for names in ALGORITHMS.values() for name in names
        ),
        "scopes_supported": [scope.value for scope in OF_TOKENS],
    }


@require_safe
def authorization_server(request: HttpRequest) -> JsonResponse:
    """RFC 8414. Nobody is led anywhere to agree to something, so there are no response types."""
    return JsonResponse(
        {
            "issuer": absolute(request).rstrip("/"),
            **_told(request),
            "response_types_supported": [],
            "service_documentation": absolute(request, reverse("api-page")),
        }
    )


@require_safe
def smart_configuration(request: HttpRequest) -> JsonResponse:
    """SMART App Launch 2, for backend services; the same for each release of FHIR."""
    told = _told(request)
    scopes = [name for name in told["scopes_supported"] if name.startswith("system/")]
    capabilities = ["client-confidential-asymmetric", "permission-v1"]
    return JsonResponse({**told, "scopes_supported": scopes, "capabilities": capabilities})


urlpatterns = [
    path(".well-known/oauth-authorization-server", authorization_server, name="oauth-authorization-server"),
    path("api/fhir/R4/.well-known/smart-configuration", smart_configuration, name="smart-R4"),
    path("api/fhir/STU3/.well-known/smart-configuration", smart_configuration, name="smart-STU3"),
]
