"""Can the service serve, and may it answer? Asked by whoever watches over it."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from ndoo import __version__
from ndoo.domain.errors import NdooError
from ndoo.service.ledger.guarding import refuse_what_is_behind


def health(request: HttpRequest) -> JsonResponse:
    """200 and `ok` once the register answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "version": __version__})


def ready(request: HttpRequest) -> JsonResponse:
    """200 and `ready` while the register may answer; else 503 and the code that `ndoo` ends with: an old backup, another
    register, lost heads, a lost or exchanged key, a database that does not answer."""
    try:
        refuse_what_is_behind()
    except NdooError as refusal:
        return _not_ready(refusal.code)
    except DatabaseError:
        return _not_ready("register-unreachable")
    return JsonResponse({"status": "ready", "version": __version__})


def _not_ready(code: str) -> JsonResponse:
    return JsonResponse({"status": "not ready", "code": code, "version": __version__}, status=503)
