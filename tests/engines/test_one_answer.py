"""The same extract removes the same people wherever an analyst sits: at the command line, in every kind of frame, in Spark and Spark Connect."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import ndoo as library
from ndoo.domain.errors import UsageFault
from tests.conftest import TODAY, Ndoo
from tests.engines.test_spark_frames import connected, pytestmark
from tests.support.numbers import some

__all__ = ["connected", "pytestmark"]
PEOPLE = some(60, seed=23)
GONE = PEOPLE[::7]
ODD = ["", "9991234567", "not known", f"{PEOPLE[1][:3]} {PEOPLE[1][3:6]} {PEOPLE[1][6:]}", f" {GONE[0]} "]
TABLE = pa.table({"nhs_number": [*PEOPLE, *PEOPLE[:20], *ODD], "visit": pa.array(range(85), pa.int32())})
ANSWER = {
    "kept": [at for at, one in enumerate([*PEOPLE, *PEOPLE[:20]]) if one not in GONE] + [83],
    "held": [80, 81, 82],
}


@pytest.fixture(autouse=True)
def sockets() -> Iterator[None]:
    """Spark's are collected here, and not in another test."""
    yield
    gc.collect()


def _visits(frame: Any) -> list[int]:
    if isinstance(frame, pa.Table):
        return [int(visit) for visit in frame.column("visit").to_pylist()]
    if isinstance(frame, pd.DataFrame | pl.DataFrame):
        return [int(visit) for visit in frame["visit"]]
    if isinstance(frame, pl.LazyFrame):
        return _visits(frame.collect())
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return [int(row[0]) for row in frame.project("visit").fetchall()]
    return sorted(row.visit for row in frame.collect())  # of Spark, whose rows have no order


FRAMES: dict[str, Callable[[Any], Any]] = {
    "pandas": lambda _: TABLE.to_pandas(),
    "polars": lambda _: pl.from_arrow(TABLE),
    "polars, lazy": lambda _: pl.from_arrow(TABLE).lazy(),
    "pyarrow": lambda _: TABLE,
    "duckdb": lambda _: duckdb.from_arrow(TABLE),
    "spark": lambda ask: ask("spark").createDataFrame(TABLE),
    "spark connect": lambda ask: ask("connected").createDataFrame(TABLE),
}


def test_the_same_people_are_removed_everywhere(request: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "go.txt").write_text("\n".join(GONE) + "\n")
    pyarrow.csv.write_csv(TABLE, tmp_path / "in.csv")
    pq.write_table(TABLE, tmp_path / "in.parquet")
    by = ("--nhs-number", "nhs_number", "--opted-out", "go.txt", "--checked-at", TODAY)
    found: dict[str, dict[str, list[int]]] = {}
    counts: dict[str, list[Any]] = {}
    for suffix in ("csv", "parquet"):
        said = ndoo("uphold", f"in.{suffix}", "-o", f"out.{suffix}", "--held", f"held.{suffix}", *by, "--json")
        assert said.status == 6
        read = (
            (lambda path: pl.read_csv(path, infer_schema=False))
            if suffix == "csv"
            else (lambda path: pq.read_table(path))
        )
        found[f"command, {suffix}"] = {
            "kept": _visits(read(tmp_path / f"out.{suffix}")),
            "held": _visits(read(tmp_path / f"held.{suffix}")),
        }
        counts[suffix] = [said.json["rows"]["held"], said.json["people"]]
    for name, frame in FRAMES.items():
        upheld = library.uphold(
            frame(request.getfixturevalue), nhs_number="nhs_number", opted_out=tmp_path / "go.txt", checked_at=TODAY
        )
        found[name] = {"kept": _visits(upheld.kept), "held": _visits(upheld.held)}
        counts[name] = [upheld.manifest["rows"]["held"], upheld.manifest["people"]]
    assert found == dict.fromkeys(found, ANSWER)
    assert counts == dict.fromkeys(counts, counts["csv"])


def test_a_frame_of_spark_says_what_does_not_go_with_it(spark: Any, tmp_path: Path) -> None:
    frame = spark.createDataFrame(TABLE)
    by = {"nhs_number": "nhs_number", "opted_out": GONE, "checked_at": TODAY}
    with pytest.raises(UsageFault) as said:
        library.uphold(frame, **by, mentions="hold")
    assert said.value.code == "mentions-in-spark"
    upheld = library.uphold(frame, **by)
    with pytest.raises(UsageFault) as said:
        upheld.release(tmp_path / "out.parquet")
    assert said.value.code == "frame-in-spark"
    assert list(tmp_path.iterdir()) == []
    assert upheld.manifest["output"]["format"] == "spark frame"
