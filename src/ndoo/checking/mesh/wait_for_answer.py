"""Waits for an answer. Rounds with pauses, told of as they pass, until it is settled or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ndoo.checking.mesh.exchange import Asker, Round
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.requests import MeshRequest, RequestState, request

ROUNDS_REFUSED = 2
"""So many refused logins in a row are no accident."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The request as it stands now, and what the last round saw."""

    request: MeshRequest
    last: Round


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and by which clock. Seconds."""

    timeout: float
    every: float
    """Between two rounds."""
    elapsed: Callable[[], float] = time.monotonic
    """Since some moment, from a clock that nobody sets."""
    sleep: Callable[[float], object] = time.sleep


def wait_for(
    journal: Journal,
    asker: Asker,
    asked: MeshRequest,
    patience: Patience,
    told: Callable[[MeshRequest, Round, float], object] = lambda *_: None,
) -> Waited:
    """Go round until the request is no longer open, or the patience is over; one round at least.

    Args:
        told: called after each round with the request, the round and the seconds so far.
    """
    start, refused = patience.elapsed(), 0
    while True:
        seen = asker.round()
        now = request(journal, asked.id)
        passed = patience.elapsed() - start
        told(now, seen, passed)
        refused = refused + 1 if seen.unreachable and seen.unreachable.refused else 0
        if now.state is not RequestState.OPEN or refused >= ROUNDS_REFUSED or passed >= patience.timeout:
            return Waited(now, seen)
        pause = max(patience.every, seen.unreachable.wait_seconds if seen.unreachable else 0.0)
        patience.sleep(min(pause, max(0.0, patience.timeout - passed)))
