"""SIGKILL while Spark writes, and around each step of publishing, leaves the folder absent or whole, the older one or the new."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from ndoo.evidence.release import ReleaseKind, release_at
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.conftest import ROOT, TODAY
from tests.crash.victims import forked, killed_at, request, was_killed
from tests.engines.sparks import spark
from tests.support.numbers import some

__all__ = ["spark"]
pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Spark leaves its sockets to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PEOPLE = some(3000)


@pytest.fixture
def wanted(tmp_path: Path) -> Request:
    """Two partitions, of which a hundred people go."""
    table = pa.table({"nhs_number": PEOPLE, "site": [f"0{at % 2}" for at in range(len(PEOPLE))]})
    ds.write_dataset(table, tmp_path / "visits", format="parquet", partitioning=["site"], partitioning_flavor="hive")
    (tmp_path / "gone.txt").write_text("\n".join(PEOPLE[:100]))
    one = request(tmp_path / "visits", tmp_path / "gone.txt", tmp_path / "released")
    return replace(one, columns=ColumnChoice("nhs_number"), engine=ReleaseKind.PARQUET_FOLDER)


def _uphold(wanted: Request, sealer: Sealer) -> None:
    """On a thread of its own, because a forked child may not speak to Java through its parent's connection."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            uphold(wanted, sealer)
        except BaseException as error:  # noqa: BLE001  told to the child's main thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


def _killed_writing(output: Path, run: Callable[[], object]) -> bool:
    """Run in a child that kills itself as soon as an executor has begun a file of the result."""

    def child() -> None:
        def watch() -> None:
            while True:
                with contextlib.suppress(OSError):  # executors rename what is looked at
                    if any(output.parent.glob(".ndoo-*.folder/**/*part*")) or any(
                        output.parent.glob(".ndoo-*.folder/**/.attempt-*")
                    ):
                        os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(0.001)

        threading.Thread(target=watch, daemon=True).start()
        run()

    return was_killed(forked(child))


def _judge(wanted: Request, *, there: bool | None = None) -> None:
    """Absent, or whole; `there` says which it must be."""
    assert there is None or wanted.output.exists() == there
    if wanted.output.exists():
        assert verify_release(release_at(wanted.output), ReleaseQuestion(wanted.cleaned)).verified, (
            "half a folder under the final name"
        )


def _at_rest(spark: Any) -> None:
    """What a killed run asked for goes on in the Java that the tests share; its own would have died with it."""
    while spark.sparkContext.statusTracker().getActiveJobsIds():
        time.sleep(0.05)


def test_killed_while_writing_and_while_publishing(spark: Any, wanted: Request, own_data_folder: Path) -> None:
    sealer = load_sealer(own_data_folder)

    def run() -> None:
        _uphold(wanted, sealer)

    assert _killed_writing(wanted.output, run)
    _at_rest(spark)
    _judge(wanted, there=False)
    assert [path for path in wanted.output.parent.iterdir() if path.name.startswith(".ndoo-")], (
        "the kill came too early"
    )
    run()
    _judge(wanted, there=True)
    old = wanted.output.stat().st_ino
    assert killed_at("Path.rename", 1, after=False, run=run)
    _judge(wanted, there=True)
    assert wanted.output.stat().st_ino == old, "the older release stands until it is put aside"
    assert killed_at("Path.rename", 2, after=False, run=run)
    _judge(wanted, there=False)
    assert killed_at("Path.rename", 1, after=True, run=run)
    _judge(wanted, there=True)
    _at_rest(spark)
    run()
    _judge(wanted, there=True)
    left = sorted(path.name for path in wanted.output.parent.iterdir())
    assert left == ["gone.txt", "released", "visits"], "the next run did not sweep what the killed ones left"


@pytest.mark.soak
def test_killed_around_every_step(spark: Any, wanted: Request, own_data_folder: Path) -> None:
    sealer, kills = load_sealer(own_data_folder), 0

    def run() -> None:
        _uphold(wanted, sealer)

    for point in ("os.fsync", "os.fchmod", "Path.rename", "Path.chmod", "shutil.rmtree", "Path.mkdir"):
        for after in (False, True):
            for count in range(1, 9):
                kills += killed_at(point, count, after=after, run=run)
                _judge(wanted)
    assert kills > 30
    _at_rest(spark)
    run()
    assert sorted(path.name for path in wanted.output.parent.iterdir()) == ["gone.txt", "released", "visits"]


@pytest.mark.soak
@pytest.mark.parametrize("victim", ["python", "java"])
def test_a_command_whose_python_or_java_is_killed(victim: str, wanted: Request, own_data_folder: Path) -> None:
    """With a Java of its own, which ends when its Python does; and a Python that goes on when its Java is gone."""
    call = [
        Path(sys.executable).with_name("ndoo"),
        "uphold",
        str(wanted.input),
        "--engine",
        "spark",
        "-o",
        str(wanted.output),
        "--opted-out",
        str(wanted.input.parent / "gone.txt"),
        "--checked-at",
        TODAY,
        "--nhs-number",
        "nhs_number",
    ]
    run = subprocess.Popen(
        call, cwd=ROOT, env={**os.environ, "NDOO_DATA": str(own_data_folder)}, stderr=subprocess.PIPE
    )
    while not any(wanted.output.parent.glob(".ndoo-*/**/*.parquet")):
        assert run.poll() is None, "it ended before it was killed"
        time.sleep(0.001)
    java = int(subprocess.run(["pgrep", "-P", str(run.pid), "java"], capture_output=True, text=True, check=True).stdout)
    os.kill(run.pid if victim == "python" else java, signal.SIGKILL)
    said = run.communicate(timeout=300)[1]
    _judge(wanted, there=False)
    if victim == "java":
        assert run.returncode == 1
        assert b"Nothing was published" in said
        assert sorted(path.name for path in wanted.output.parent.iterdir()) == ["gone.txt", "visits"]
    until = time.monotonic() + 300
    while Path(f"/proc/{java}").exists():
        assert time.monotonic() < until, "Java outlived its Python"
        time.sleep(0.1)
    assert (
        subprocess.run(call, cwd=ROOT, env={**os.environ, "NDOO_DATA": str(own_data_folder)}, check=False).returncode
        == 0
    )
    _judge(wanted, there=True)
    assert sorted(path.name for path in wanted.output.parent.iterdir()) == ["gone.txt", "released", "visits"]
