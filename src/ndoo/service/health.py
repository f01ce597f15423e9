"""Can the service serve? Asked by whoever watches over it."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, JsonResponse

from ndoo import __version__


def health(request: HttpRequest) -> JsonResponse:
    """200 and `ok` once the register answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "version": __version__})
