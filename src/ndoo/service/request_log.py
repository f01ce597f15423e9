"""Gives every request an id, writes it down when it was answered, and counts it.

The line names the page as the table of addresses does, never the path as it was asked for: that is whatever somebody typed.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from ndoo.service.logs import REQUEST_ID
from ndoo.service.request_counts import Area, count

HEADER = "X-Request-Id"
_ID = re.compile(r"[0-9a-f]{32}")
"""As nginx makes them."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_AREAS = {
    "staff": Area.STAFF,
    "api": Area.API,
    "journey": Area.PATIENT,
    "nhs-login": Area.PATIENT,
    "static": Area.STATIC,
    "health": Area.WATCH,
    "metrics": Area.WATCH,
}
_log = logging.getLogger("ndoo.access")


class RequestLog:
    """Middleware, before all other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        ident = _request_id(request)
        token, began = REQUEST_ID.set(ident), time.monotonic()
        try:
            response = self._get_response(request)
            seconds = time.monotonic() - began
            area = _AREAS.get(request.path.split("/")[1], Area.PUBLIC)
            count(area, response.status_code, seconds)
            if _log.isEnabledFor(logging.INFO):
                _log.info("answered", extra={"facts": _facts(request, response, area, seconds)})
        finally:
            REQUEST_ID.reset(token)
        response.headers[HEADER] = ident
        return response


def _request_id(request: HttpRequest) -> str:
    """The id that the proxy of the owner's own gave it; a new one where there is no such proxy, or it gave none."""
    given = request.headers.get(HEADER, "")
    return given if settings.NDOO.proxies and _ID.fullmatch(given) else secrets.token_hex(16)


def _facts(request: HttpRequest, response: HttpResponseBase, area: Area, seconds: float) -> dict[str, str | int]:
    match = request.resolver_match
    return {
        "method": request.method if request.method in _METHODS else "other",
        "page": match.view_name if match else area.value,
        "status": response.status_code,
        "milliseconds": round(1000 * seconds),
    }
