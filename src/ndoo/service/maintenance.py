"""Shuts the service for a while. Then every page says so, and what still works."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

_RETRY_SECONDS = "3600"


class Maintenance:
    """Middleware, in use only where the setting `maintenance` is on. `/health` still answers whoever watches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.NDOO.maintenance:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in ("/health", "/health/live", "/health/ready", "/metrics"):
            return self._get_response(request)
        response = render(request, "errors/maintenance.jinja", status=503)
        response.headers["Retry-After"] = _RETRY_SECONDS
        return response
