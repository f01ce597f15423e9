"""The processes of the service: one that dies is started anew, a few times, and the others go on."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

RESTARTS = 5
"""So often in a row a process is started anew; one that then lives for a while begins to count again."""
_FIRST_PAUSE = 0.5
_LIVED = 300.0
_END_WITHIN = 20.0
_log = logging.getLogger("ndoo.processes")


@dataclass(slots=True)
class Process:
    """One process of the service.

    Args:
        name: what people call it.
        command: what is run.
        handles: of files that it inherits.
        refuses: does it end the service where it ends by itself with a status that says no? The ledger's keeper does, where the
            database is older than what it signed.
    """

    name: str
    command: Sequence[str]
    handles: tuple[int, ...] = ()
    refuses: bool = False
    clock: Callable[[], float] = time.monotonic
    _running: subprocess.Popen[bytes] | None = None
    _began: float = 0.0
    _deaths: int = 0
    _next: float = field(default=0.0)

    def start(self) -> None:
        """Run it."""
        self._began = self.clock()
        self._running = subprocess.Popen(self.command, start_new_session=True, pass_fds=self.handles)

    @property
    def is_up(self) -> bool:
        return self._running is not None and self._running.poll() is None

    @property
    def said_no(self) -> bool:
        """Did it end by itself, saying that the service may not go on? With 1 it only failed."""
        return bool(self.refuses and self._running is not None and (self._running.poll() or 0) > 1)

    @property
    def given_up(self) -> bool:
        """Did it die too often?"""
        return self._deaths > RESTARTS

    def watch(self) -> None:
        """Start it anew where it died, after a pause that grows with each death."""
        if self.is_up or self.given_up:
            return
        if self._running is not None:
            self._deaths = 1 if self.clock() - self._began > _LIVED else self._deaths + 1
            self._next = self.clock() + _FIRST_PAUSE * 2 ** (self._deaths - 1)
            self._running = None
            told = "is not started again" if self.given_up else "is started anew"
            _log.error("%s ended unexpectedly and %s.", self.name.capitalize(), told)
        elif self.clock() >= self._next:
            self.start()

    def end(self) -> None:
        """Tell it to end."""
        if self._running is not None and self.is_up:
            self._running.terminate()

    def wait(self, until: float) -> None:
        """Wait until it ended; then kill it."""
        if self._running is None:
            return
        try:
            self._running.wait(max(0.1, until - self.clock()))
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


def end_all(processes: Sequence[Process]) -> None:
    """End them, all at once."""
    for process in processes:
        process.end()
    until = time.monotonic() + _END_WITHIN
    for process in processes:
        process.wait(until)
