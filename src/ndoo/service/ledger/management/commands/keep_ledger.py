"""`django keep_ledger`: each second a head for what was recorded, and beside that, every five minutes, a check of the whole ledger.

The check of a large register takes minutes. It has a thread of its own, so that heads do not wait for it, nor the look for an old
backup. It ends by itself, and `ndoo serve` with it, as soon as the register may not answer any more, or nobody can say whether it may.
Where it may, and only the next head cannot be written (a full disk, a folder of heads that is read-only), that is told and waited for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connections
from django.utils import timezone

from ndoo.domain.errors import NdooError, NoUsableList
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.freshness import refuse_what_is_behind
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import newest, seal
from ndoo.service.ledger.models import KeeperBeat

BEAT = 1.0
CHECK_EVERY = 300.0
SHOWN_EVERY = 10.0
"""How often a keeper says in the database that it is at work: each time is a write."""
TOLD_EVERY = 60.0
"""How often it says that it cannot work."""

_log = logging.getLogger(__name__)


class Command(BaseCommand):
    """The keeper."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        checks, shown, told = ChecksBeside(), -SHOWN_EVERY, -TOLD_EVERY
        while True:
            began = monotonic()
            close_old_connections()
            try:
                seal(timezone.now(), late=_looked_at(checks))
                if began - shown >= SHOWN_EVERY:
                    shown = began
                    KeeperBeat.objects.update_or_create(pk=1, defaults={"at": timezone.now()})
            except (NdooError, OperationalError, OSError) as fault:
                if began - told >= TOLD_EVERY:
                    told = began
                    _log.error("The ledger's next head waits: %s", _said(fault))
            sleep(max(0.0, BEAT - (monotonic() - began)))


def _looked_at(checks: ChecksBeside) -> list[int]:
    """What `ChecksBeside.found` says, of a register that may answer; else the keeper ends, and the service with it."""
    try:
        refuse_what_is_behind()
        return checks.found()
    except NdooError as refusal:
        _log.error("%s (%s)", refusal.sentence, refusal.code)
        raise SystemExit(NoUsableList.exit_status) from None


def _said(fault: NdooError | OperationalError | OSError) -> str:
    if isinstance(fault, NdooError):
        return f"{fault.sentence} ({fault.code})"
    if isinstance(fault, OSError):
        return f"{os.strerror(fault.errno) if fault.errno else 'an error of the disk'}."
    return "the register's database did not answer, or its disk is full."


class ChecksBeside:
    """One check after the other, each in a thread. The pause is as long as a check took, and five minutes at least."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._running: Future[list[int]] | None = None
        self._began = self._next = clock()
        self._next += CHECK_EVERY

    def found(self) -> list[int]:
        """The leaves that the last check found without a place, once; it begins the next one where it is time.

        Raises:
            NdooError, OperationalError: what that check raised.
        """
        now = self._clock()
        if self._running is None and now >= self._next:
            self._began, self._running = now, Future()
            Thread(target=_check, args=(self._running,), daemon=True).start()
        if self._running is None or not self._running.done():
            return []
        done, self._running = self._running, None
        self._next = now + max(CHECK_EVERY, now - self._began)
        return done.result()


def _check(outcome: Future[list[int]]) -> None:
    try:
        outcome.set_result(checked_whole())
    except BaseException as error:  # noqa: BLE001  whoever asks for the result gets it
        outcome.set_exception(error)
    finally:
        connections.close_all()


def checked_whole() -> list[int]:
    """Check everything, and say so where something is wrong; the leaves that have no place yet."""
    last = newest()
    report = check(heads_folder().every(last.log) if last else [])
    now, faults = timezone.now(), sum(report.wrong.values())
    KeeperBeat.objects.update_or_create(pk=1, defaults={"at": now, "checked_at": now, "faults": faults})
    for what, often in sorted(report.wrong.items()):
        _log.error("The check of the ledger found %s (%d). `ndoo ledger verify` says more.", what, often)
    return report.waiting
