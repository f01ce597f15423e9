"""Does every schedule end well? One schedule judged, and many of them in a process of their own.

`python -m tests.mesh.schedules FIRST LAST STEP` judges a block and says how many it were; it ends with a traceback at the
first schedule that goes wrong. A process of its own, because measuring coverage would make ten thousand take twice as long.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.mesh.simulator import GONE, Outcome, Play


def play(seed: int, *, in_memory: bool = True) -> Outcome:
    """One schedule; what it came to."""
    where = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  memory: nothing here is to last
    folder = Path(tempfile.mkdtemp(prefix="ndoo-sim-", dir=where))
    try:
        return Play(seed, folder, in_memory=in_memory).run()
    finally:
        shutil.rmtree(folder)


def judged(seed: int, *, in_memory: bool = True) -> Outcome:
    """The same, and it has to end well: the right answers, nobody allowed who was withheld, each request settled once."""
    came = play(seed, in_memory=in_memory)
    assert came.handed_out == came.expected, f"schedule {seed}"
    assert came.changed == [], f"schedule {seed}: a settled request was settled anew"
    for allowed, count in came.allowed:
        assert not allowed & GONE, f"schedule {seed}: somebody who opted out was allowed"
        assert len(allowed) == count
    return came


if __name__ == "__main__":
    print(sum(judged(seed).rounds > 0 for seed in range(*map(int, sys.argv[1:]))))
