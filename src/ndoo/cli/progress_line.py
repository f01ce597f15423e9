"""Tells how far a command has come that works for longer than two seconds: the share, the rate, the time that may be left.

On a terminal it is one line that is drawn again and is gone at the end; elsewhere, as in a log, a line every ten seconds. It is told by
a thread of its own too, because a database or a solver may work for long and call nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from shutil import get_terminal_size
from typing import Protocol, Self

from ndoo.cli.printable import printable
from ndoo.domain.plurals import counted

FIRST = 2.0
"""Seconds after which a person wants to know."""
REDRAWN, LOGGED = 0.5, 10.0
"""Seconds from line to line: on a terminal, and elsewhere."""
BYTES = "byte"
_LINE_START = "\r\x1b[K"
_MEGABYTE = 1_000_000


class Out(Protocol):
    """Where it is told."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> None: ...


class ProgressLine:
    """Call it with how much is done. Use it as a context.

    Args:
        size: how much there is to do; 0 where nobody knows.
        unit: what is counted, in the singular.
        out: where it is told; None: nowhere.
        drawn: on a terminal.
        clock: seconds, from any beginning.
    """

    def __init__(
        self,
        label: str,
        size: int,
        unit: str = BYTES,
        *,
        out: Out | None,
        drawn: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._size, self._unit = label, size, unit
        self._out, self._drawn, self._clock = out, drawn, clock
        self._every = REDRAWN if drawn else LOGGED
        self._began = self._turned = self._last = clock()
        self._done, self._done_at, self._shown = 0, self._began, False
        self._ended, self._lock = threading.Event(), threading.Lock()

    def __enter__(self) -> Self:
        if self._out is not None:
            threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.clear()

    def __call__(self, done: int, size: int | None = None, /) -> None:
        """So much is done. Less than before is a new beginning, as where a run reads its input again.

        Args:
            size: how much there is to do, where only whoever works knows it.
        """
        now = self._clock()
        if done < self._done:
            self._turned = now
        self._done, self._done_at, self._size = done, now, size or self._size
        self.tick()

    def turn_to(self, label: str, size: int, unit: str | None = None) -> Self:
        """From now on it tells of the next thing, in the same unit where no other is named; the two seconds go on."""
        self._label, self._size, self._unit = label, size, unit or self._unit
        self._done, self._turned = 0, self._clock()
        self._done_at = self._turned
        return self

    def tick(self) -> None:
        """Tell, if it is time to."""
        now = self._clock()
        first = FIRST if self._drawn else max(FIRST, LOGGED)
        if self._out is None or now - self._began < first or (self._shown and now - self._last < self._every):
            return
        with self._lock:
            self._last, self._shown = now, True
            line = printable(f"{self._label}: {self._told(now)}")
            self._say(f"{_LINE_START}{line[: get_terminal_size().columns - 1]}" if self._drawn else f"{line}\n")

    def clear(self) -> None:
        """Take the line off the terminal, for something else or for good."""
        if self._drawn and self._shown:
            with self._lock:
                self._say(_LINE_START)

    def _told(self, now: float) -> str:
        spent, so_far = self._done_at - self._turned, f"{duration(now - self._began)} so far"
        rate = self._done / spent if spent > 0 else 0.0
        if not self._size or not rate:
            return so_far
        if self._done >= self._size:
            return f"100%, finishing, {so_far}"
        left = (self._size - self._done) / rate - (now - self._done_at)
        rest = f"about {duration(left)} left" if left > 0 else so_far
        return f"{self._done / self._size:.0%}, {self._pace(rate)}, {rest}"

    def _pace(self, rate: float) -> str:
        if self._unit == BYTES:
            return f"{rate / _MEGABYTE:,.1f} MB a second"
        often, many = ("second", rate) if rate >= 1 else ("minute", 60 * rate)
        return f"{counted(round(many), self._unit)} a {often}"

    def _beat(self) -> None:
        while not self._ended.wait(self._every):
            self.tick()

    def _say(self, text: str) -> None:
        try:
            if self._out is not None:
                self._out.write(text)
                self._out.flush()
        except (OSError, ValueError):
            self._out = None  # whoever watched has left


def duration(seconds: float) -> str:
    """3 seconds, 2 min 5 s, 1 h 4 min"""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} second{'' if whole == 1 else 's'}"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
