"""Whatever MESH does, and wherever a process dies: the same answers in the end, and nobody allowed who opted out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh.schedules import judged, play
from tests.mesh.simulator import POOL, SmallSet, lines

ON_DISK, IN_THE_SUITE, IN_THE_SOAK = 100, 10_000, 50_000
ROOT = Path(__file__).parent.parent.parent


def judged_beside(first: int, last: int, step: int) -> int:
    """So many schedules judged, in a process whose coverage is not measured.

    Raises:
        AssertionError: one went wrong; which one, and how.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-m", "tests.mesh.schedules", *map(str, (first, last, step))]
    ran = subprocess.run(command, cwd=ROOT, env=plain, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-4_000:]
    return int(ran.stdout)


@pytest.mark.parametrize("block", range(4))
def test_every_schedule_ends_with_the_same_answers_on_disk(block: int) -> None:
    faults: Counter[str] = Counter()
    for seed in range(block, ON_DISK, 4):
        came = judged(seed, in_memory=False)
        faults += came.faults
        if seed % 10 == block:
            assert came == play(seed), "a journal in memory plays the same as one on a disk"
    assert {"crash", "drop", "delay", "duplicate", "reorder", "lost before", "lost after"} <= set(faults)


@pytest.mark.parametrize("block", range(8))
def test_ten_thousand_schedules(block: int) -> None:
    assert judged_beside(block, IN_THE_SUITE, 8) == IN_THE_SUITE // 8


@pytest.mark.soak
@pytest.mark.parametrize("block", range(8))
def test_fifty_thousand_schedules(block: int) -> None:
    assert judged_beside(IN_THE_SUITE + block, IN_THE_SUITE + IN_THE_SOAK, 8) == IN_THE_SOAK // 8


def test_a_process_beside_that_fails_is_no_success() -> None:
    with pytest.raises(AssertionError, match="not-a-number"):
        judged_beside("not-a-number", 1, 1)  # type: ignore[arg-type]


def test_the_simulators_small_set_writes_what_the_real_one_writes() -> None:
    def real() -> Iterator[bytes]:
        people = SmallSet(POOL)
        yield from super(SmallSet, people).lines()

    assert b"".join(real()) == lines(sorted(POOL))
