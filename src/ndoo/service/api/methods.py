"""Middleware for the HTTP API: HEAD is answered as GET without its body, OPTIONS names the methods, and what is unchanged is not sent again.

What a route does not know is told as a problem, like everything else.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, set_response_etag

from ndoo.service.api_clients import rate_limit
from ndoo.service.api_clients.problems import told

API = "/api/"
DESCRIPTION = "/api/openapi.json"
_NOTHING = "\0"


class Methods:
    """Around every address of the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(API):
            return self._get_response(request)
        if _NOTHING in request.path_info:  # a database may refuse to look for it
            return told(request, 404, "not-found", "There is nothing at this address.")
        if "%00" in request.META.get("QUERY_STRING", ""):
            return told(request, 400, "request-malformed", "The request is not of its form.")
        if request.method == "HEAD":
            return self._head(request)
        return rate_limit.tell(request, self._judged(request, self._get_response(request)))

    def _head(self, request: HttpRequest) -> HttpResponseBase:
        request.method = "GET"
        response = self._judged(request, self._get_response(request))
        request.method = "HEAD"
        rate_limit.tell(request, response)
        if isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    def _judged(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.method == "GET" and response.status_code == 200 and isinstance(response, HttpResponse):
            return _unless_unchanged(request, response)
        if response.status_code != 405 or "json" in response.headers.get("Content-Type", ""):
            return response
        methods = {name.strip() for name in response.headers.get("Allow", "").split(",") if name.strip()} | {"OPTIONS"}
        if "GET" in methods:
            methods.add("HEAD")
        allowed = {"Allow": ", ".join(sorted(methods))}
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=allowed)
        return told(
            request,
            405,
            "method-not-allowed",
            "This address does not take that method: Allow names those it takes.",
            allowed,
        )


def _unless_unchanged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 where the caller has that version already (If-None-Match): of what has a version, and of the API's description."""
    if request.path_info == DESCRIPTION:
        set_response_etag(response)
    seen, version = request.headers.get("If-None-Match"), response.headers.get("ETag")
    if not seen or not version or "If-Match" in request.headers:
        return response
    unchanged = get_conditional_response(request, version, None, response)
    return unchanged if isinstance(unchanged, HttpResponse) else response
