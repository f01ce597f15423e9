"""What goes wrong with a service, at random: a part dies or stands still, the database falls, the disk fills."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.support.service_at_work import children, until

PARTS = ("web", "worker", "upholding", "keeper")
_RARE = 0.4
"""How often what was done least is done: some of it is possible for a short while only."""
_IN_A_ROW = 3
"""Deaths of a part; after six in a row, each within `_LIVED` seconds of its start, the service gives it up (`service/processes.py`)."""
_LIVED = 300.0
_FULL_FOR = 8.0
_DISK = "96m"


@dataclass
class Disturbances:
    """Those of one service, and when each part was last started.

    Args:
        serve: the process that watches over the parts.
        server: the address of the PostgreSQL that the database `name` is on.
        disk: the file system on which the data folder is, where it is one of its own.
    """

    serve: subprocess.Popen[str]
    server: str
    name: str
    disk: Path | None
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    _deaths: Counter[str] = field(default_factory=Counter)

    def one(self) -> str:
        """Disturb it; what was done, once it is over."""
        self.look()
        possible = self._possible()
        fewest = min(self.done[one] for one in possible)
        rare = [one for one in sorted(possible) if self.done[one] == fewest]
        what = self.chance.choice(rare if self.chance.random() < _RARE else sorted(possible))
        possible[what]()
        self.done[what] += 1
        return what

    def look(self) -> None:
        """Count the parts that were started anew since the last look, whoever ended them."""
        now = time.monotonic()
        for part, process in children(self.serve.pid).items():
            before, since = self._seen.get(part, (process, now))
            if before != process:
                self._deaths[part] = self._deaths[part] + 1 if now - since < _LIVED else 1
                self._seen[part] = process, now
            else:
                self._seen[part] = before, since

    def _possible(self) -> dict[str, Callable[[], object]]:
        now = time.monotonic()
        found: dict[str, Callable[[], object]] = {"connections ended": self._end_connections}
        for part, (_, since) in self._seen.items():
            if part in PARTS and (self._deaths[part] < _IN_A_ROW or now - since > _LIVED):
                found[f"{part} killed"] = partial(self._signal, part, signal.SIGKILL)
            if part in PARTS:
                found[f"{part} stopped"] = partial(self._stop, part)
        if max(self._deaths.values(), default=0) <= _IN_A_ROW:  # a part may end with its database
            found["database killed"] = self._kill_database
        if self.disk:
            found["disk full"] = self._fill
        return found

    def _signal(self, part: str, which: int) -> int:
        until(lambda: part in children(self.serve.pid), f"the {part}, again")
        process = children(self.serve.pid)[part]
        with suppress(ProcessLookupError):
            os.kill(process, which)
        return process

    def _stop(self, part: str) -> None:
        """For a few seconds, as on a machine that has too much to do."""
        process = self._signal(part, signal.SIGSTOP)
        time.sleep(self.chance.uniform(1, 8))
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)

    def _end_connections(self) -> None:
        self._asked("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s")

    def _kill_database(self) -> None:
        """One of its processes, whereupon all of them end and it recovers from its log."""
        for (process,) in self._asked("SELECT pid FROM pg_stat_activity WHERE datname = %s LIMIT 1"):
            os.kill(process, signal.SIGKILL)

    def _asked(self, sql: str) -> list[tuple[int]]:
        with psycopg.connect(self.server, autocommit=True) as asking:
            return asking.execute(sql, [self.name]).fetchall()  # type: ignore[arg-type]

    def _fill(self) -> None:
        assert self.disk
        filler = fill(self.disk)
        time.sleep(_FULL_FOR)
        filler.unlink()


@contextmanager
def own_disk(place: Path) -> Iterator[Path | None]:
    """A small file system of its own at this new folder; None where none can be mounted."""
    place.mkdir(mode=0o700)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=700", "none", place], capture_output=True, check=False
    )
    if made.returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(65536))
    return filler
