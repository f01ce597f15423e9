"""Whatever MESH does, and wherever a process dies: the same answers in the end, and nobody allowed who opted out."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh.simulator import GONE, POOL, Outcome, Play, SmallSet, lines

IN_THE_SUITE, IN_THE_SOAK = 150, 10_000


def play(seed: int) -> Outcome:
    where = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  memory: nothing here is to last
    folder = Path(tempfile.mkdtemp(prefix="ndoo-sim-", dir=where))
    try:
        return Play(seed, folder).run()
    finally:
        shutil.rmtree(folder)


def judged(seed: int) -> Outcome:
    came = play(seed)
    assert came.handed_out == came.expected, f"schedule {seed}"
    assert came.changed == [], f"schedule {seed}: a settled request was settled anew"
    for allowed, count in came.allowed:
        assert not allowed & GONE, f"schedule {seed}: somebody who opted out was allowed"
        assert len(allowed) == count
    return came


@pytest.mark.parametrize("block", range(5))
def test_every_schedule_ends_with_the_same_answers(block: int) -> None:
    faults: Counter[str] = Counter()
    for seed in range(block, IN_THE_SUITE, 5):
        faults += judged(seed).faults
    assert {"crash", "drop", "delay", "duplicate", "reorder", "lost before", "lost after"} <= set(faults)


@pytest.mark.soak
@pytest.mark.parametrize("block", range(8))
def test_ten_thousand_schedules(block: int) -> None:
    for seed in range(IN_THE_SUITE + block, IN_THE_SUITE + IN_THE_SOAK, 8):
        judged(seed)


def test_the_simulators_small_set_writes_what_the_real_one_writes() -> None:
    def real() -> Iterator[bytes]:
        people = SmallSet(POOL)
        yield from super(SmallSet, people).lines()

    assert b"".join(real()) == lines(sorted(POOL))
