"""Runs of `uphold` that are killed: children of this process, forked, so that hundreds of them cost seconds."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold

POINTS = (
    "os.open",
    "os.write",
    "os.fsync",
    "os.fchmod",
    "fcntl.flock",
    "Path.rename",
    "Path.unlink",
    "Path.mkdir",
    "Path.chmod",
    "shutil.rmtree",
)
"""The calls around which a run is killed."""

_PLACES: dict[str, tuple[Any, str]] = {
    "os.open": (os, "open"),
    "os.write": (os, "write"),
    "os.fsync": (os, "fsync"),
    "os.fchmod": (os, "fchmod"),
    "fcntl.flock": (fcntl, "flock"),
    "Path.rename": (Path, "rename"),
    "Path.unlink": (Path, "unlink"),
    "Path.mkdir": (Path, "mkdir"),
    "Path.chmod": (Path, "chmod"),
    "shutil.rmtree": (shutil, "rmtree"),
}


def request(source: Path, opted_out: Path, output: Path) -> Request:
    """One upholding with a list that is taken as of now."""
    now = datetime.now(UTC)
    cleaned = read_list(opted_out, Polarity.OPTED_OUT, checked_at=now, now=now)
    column = "patients.nhs_number" if source.is_dir() else "nhs_number"
    return Request(input=source, output=output, cleaned=cleaned, now=now, columns=ColumnChoice(column))


def killed_at(point: str, count: int, *, after: bool, run: Callable[[], object]) -> bool:
    """Run in a child that kills itself at the `count`-th call of `point`; False where it ended before that."""

    def child() -> None:
        place, name = _PLACES[point]
        real, calls = getattr(place, name), 0

        def deadly(*arguments: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == count and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*arguments, **options)
            if calls == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(place, name, deadly)
        run()

    return was_killed(forked(child))


def killed_after(seconds: float, run: Callable[[], object]) -> bool:
    """Run in a child and kill it after so many seconds; False where it was done before."""
    child = forked(run)
    _wait(child, seconds)
    os.kill(child, signal.SIGKILL)
    return was_killed(child)


def lasting(run: Callable[[], object]) -> float:
    """How many seconds a child takes from its start to its end: the median of five, because on a busy machine one of
    them may take so long that nearly all later ones would end before they are killed."""
    seconds = []
    for _ in range(5):
        begin = time.monotonic()
        child = forked(run)
        _wait(child, None)
        seconds.append(time.monotonic() - begin)
        assert not was_killed(child)
    return statistics.median(seconds)


def _wait(child: int, seconds: float | None) -> None:
    """Until the child has ended, or so many seconds."""
    ended = os.pidfd_open(child)
    select.select([ended], [], [], seconds)
    os.close(ended)


def forked(run: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            run()
            os._exit(0)
        except BaseException:  # noqa: BLE001  a child never returns into its parent's code
            os._exit(99)
    return child


def was_killed(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the run failed instead of being killed"
    return False


def main(arguments: list[str]) -> None:
    """`random COUNT SEED` or `named`, then SOURCE OPTED_OUT OUTPUT KEYS: kills runs and judges what each one left."""
    import random

    from tests.crash.remains import contents, judge, remove

    kind, count, seed, *paths = arguments
    source, opted_out, output, keys = map(Path, paths)
    sealer = load_sealer(keys)
    wanted = request(source, opted_out, output)

    def run() -> object:
        return uphold(wanted, sealer)

    run()  # and all that is loaded once
    lasts = lasting(run)
    whole = contents(output)
    dice, kills = random.Random(int(seed)), 0
    if kind == "random":
        while kills < int(count):
            if dice.random() < 0.5:
                remove(output)
            kills += killed_after(dice.uniform(0, 1.1 * lasts), run)
            judge(output, whole, wanted.cleaned)
    else:
        for point in POINTS:
            for after in (False, True):
                at, died = 1, True
                while died and at <= int(count):
                    died = killed_at(point, at, after=after, run=run)
                    kills += died
                    at += 1
                    judge(output, whole, wanted.cleaned)
    run()
    judge(output, whole, wanted.cleaned)
    left = [path.name for path in output.parent.iterdir() if path.name.startswith(".")]
    assert left == [], "the next run did not sweep what the killed ones left"
    print(kills)


if __name__ == "__main__":
    main(sys.argv[1:])
