"""SIGKILL at any moment leaves a whole output with its manifest, or none; and the next run sweeps what is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from tests.conftest import DATA, ROOT
from tests.unit.upholding.linked_tables.scene import GO, scene


def _kill(
    kind: str, count: int, seed: int, source: Path, folder: Path, keys: Path, opted_out: Path | None = None
) -> int:
    """How many runs were killed; the process fails if any of them left what may not be left."""
    opted_out = opted_out or DATA / f"{source.name.split('.')[0]}.opted_out.txt"
    (folder / "out").mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.crash.victims",
            kind,
            str(count),
            str(seed),
            source,
            opted_out,
            folder / "out" / f"released{source.suffix}",
            keys,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


def test_killed_at_every_named_point(tmp_path: Path, own_data_folder: Path) -> None:
    assert _kill("named", 12, 0, DATA / "pbcseq.csv", tmp_path, own_data_folder) >= 60


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_killed_at_random(seed: int, tmp_path: Path, own_data_folder: Path) -> None:
    assert _kill("random", 100, seed, DATA / "rwm5yr.csv", tmp_path, own_data_folder) == 100


def test_parquet_killed_at_random(tmp_path: Path, own_data_folder: Path) -> None:
    source = tmp_path / "rwm5yr.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(DATA / "rwm5yr.csv"), source, row_group_size=2000)
    assert _kill("random", 60, 3, source, tmp_path, own_data_folder) == 60


@pytest.fixture
def hospital(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of linked tables, and the list of who must go."""
    (tmp_path / "go.txt").write_text(GO + "\n")
    return scene(tmp_path / "hospital"), tmp_path / "go.txt"


@pytest.mark.parametrize(("times", "kills"), [(3, 40), pytest.param(8, 80, marks=pytest.mark.soak)])
def test_a_folder_killed_at_every_named_point(
    times: int, kills: int, hospital: tuple[Path, Path], tmp_path: Path, own_data_folder: Path
) -> None:
    assert _kill("named", times, 0, hospital[0], tmp_path, own_data_folder, hospital[1]) >= kills


def test_a_folder_killed_at_random(hospital: tuple[Path, Path], tmp_path: Path, own_data_folder: Path) -> None:
    assert _kill("random", 40, 5, hospital[0], tmp_path, own_data_folder, hospital[1]) == 40


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4, 14))
def test_three_hundred_kills_ten_times(seed: int, tmp_path: Path, own_data_folder: Path) -> None:
    assert _kill("random", 300, seed, DATA / "rwm5yr.csv", tmp_path, own_data_folder) == 300
