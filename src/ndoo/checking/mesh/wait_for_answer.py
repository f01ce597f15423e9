"""Waits for an answer. Rounds with pauses, told of as they pass, until it is settled or time is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ndoo.checking.mesh.exchange import Asker, Round
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.requests import Request, State, request

ROUNDS_REFUSED = 2
"""So many refused logins in a row are no accident."""


@dataclass(frozen=True, slots=True)
class Waited:
    """The request as it stands now, and what the last round saw."""

    request: Request
    last: Round


def wait_for(
    journal: Journal,
    asker: Asker,
    asked: Request,
    *,
    timeout: float,
    every: float,
    elapsed: Callable[[], float],
    sleep: Callable[[float], object],
    told: Callable[[Request, Round, float], object] = lambda *_: None,
) -> Waited:
    """Go round until the request is no longer open, or `timeout` seconds are over; one round at least.

    Args:
        every: seconds between two rounds.
        elapsed: seconds since some moment, from a clock that nobody sets.
        told: called after each round with the request, the round and the seconds so far.
    """
    start, refused = elapsed(), 0
    while True:
        seen = asker.round()
        now = request(journal, asked.id)
        passed = elapsed() - start
        told(now, seen, passed)
        refused = refused + 1 if seen.unreachable and seen.unreachable.refused else 0
        if now.state is not State.OPEN or refused >= ROUNDS_REFUSED or passed >= timeout:
            return Waited(now, seen)
        pause = max(every, seen.unreachable.wait_seconds if seen.unreachable else 0.0)
        sleep(min(pause, max(0.0, timeout - passed)))
