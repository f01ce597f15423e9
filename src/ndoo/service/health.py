"""Whether the service can serve, and may answer. Asked by whoever watches over it."""

from __future__ import annotations

import shutil
from datetime import timedelta

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from ndoo import __version__
from ndoo.domain.errors import NdooError
from ndoo.domain.settings import data_folder
from ndoo.service.choices.models import ChoiceEvent
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
    register, lost heads, a lost or exchanged key, a database that does not answer; or `disk-full`, where the register lies on a disk
    without room. With 200 come `warnings`: what people do not see yet."""
    try:
        refuse_what_is_behind()
        warnings = _warnings()
    except NdooError as refusal:
        return _not_ready(refusal.code)
    except DatabaseError:
        return _not_ready("register-unreachable")
    if "disk-full" in warnings and connection.vendor == "sqlite":
        return _not_ready("disk-full")
    return JsonResponse({"status": "ready", "warnings": warnings, "version": __version__})


def _warnings() -> list[str]:
    """`keeper-silent`: no heads are kept, or the database takes nothing. `work-waits`: security codes and messages do not go out.
    `disk-full`: uploads are refused, and the keeper waits."""
    now = timezone.now()
    beat = KeeperBeat.objects.first()
    _, since = work_waiting(now).get("default", (0, now))
    found = {
        "keeper-silent": beat is None or now - beat.at > _SILENT,
        "work-waits": now - since > _WAITS,
        "disk-full": _is_full(),
    }
    return [code for code, is_so in found.items() if is_so]


def _is_full() -> bool:
    """Has the disk of the data folder, or of where it will be made, too little room? So has one that says nothing."""
    folder = data_folder().absolute()
    try:
        return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free < _LEAST_ROOM
    except OSError:
        return True


def _not_ready(code: str) -> JsonResponse:
    return JsonResponse({"status": "not ready", "code": code, "version": __version__}, status=503)
