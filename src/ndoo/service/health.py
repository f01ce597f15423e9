"""Whether the service can serve, and may answer. Asked by whoever watches over it."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from ndoo import __version__
from ndoo.domain.errors import NdooError
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.ledger.freshness import refuse_what_is_behind


def live(request: HttpRequest) -> JsonResponse:
    """200 while the web server answers at all, whatever becomes of the register: whoever restarts it asks here."""
    return JsonResponse({"status": "live", "version": __version__})


def health(request: HttpRequest) -> JsonResponse:
    """200 and `ok` while the register answers; 503 where it does not, or where an empty file stands in its place."""
    try:
        ChoiceEvent.objects.order_by()[:1].exists()
    except DatabaseError:
        return JsonResponse({"status": "register unreachable", "version": __version__}, status=503)
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
