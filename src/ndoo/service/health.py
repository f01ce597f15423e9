"""Whether the service can serve, and may answer. Asked by whoever watches over it."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from ndoo import __version__
from ndoo.domain.errors import NdooError
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.disk_room import DATABASE, room
from ndoo.service.ledger.freshness import refuse_what_is_behind
from ndoo.service.ledger.models import KeeperBeat
from ndoo.service.metrics import work_waiting

_SILENT = timedelta(seconds=60)
"""A keeper says every ten seconds that it is at work."""
_WAITS = timedelta(seconds=60)
_LEAST_ROOM = 16 << 20
"""On a disk with less, the next thing that is written may fail."""


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
    register, lost heads, a lost or exchanged key, a setting that cannot be meant, a database that does not answer; or `disk-full`, where the register lies on a disk
    without room. With 200 come `warnings`: what people do not see yet."""
    try:
        full = {place for place, free in room().items() if free < _LEAST_ROOM}
        refuse_what_is_behind()
        warnings = _warnings(disk_full=bool(full))
    except NdooError as refusal:
        return _not_ready(refusal.code)
    except DatabaseError:
        return _not_ready("register-unreachable")
    if DATABASE in full:
        return _not_ready("disk-full")
    return JsonResponse({"status": "ready", "warnings": warnings, "version": __version__})


def _warnings(*, disk_full: bool) -> list[str]:
    """`keeper-silent`: no heads are kept, or the database takes nothing. `work-waits`: security codes and messages do not go out.
    `disk-full`: uploads are refused, or the keeper waits."""
    now = timezone.now()
    beat = KeeperBeat.objects.first()
    _, since = work_waiting(now).get("default", (0, now))
    found = {
        "keeper-silent": beat is None or now - beat.at > _SILENT,
        "work-waits": now - since > _WAITS,
        "disk-full": disk_full,
    }
    return [code for code, is_so in found.items() if is_so]


def _not_ready(code: str) -> JsonResponse:
    return JsonResponse({"status": "not ready", "code": code, "version": __version__}, status=503)
