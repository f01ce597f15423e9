"""One extract as every kind of frame that is upheld in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds

from tests.support.numbers import some

PEOPLE = some(40, seed=5)
GONE = PEOPLE[:4]
STAY = PEOPLE[4:]


def _table() -> pa.Table:
    rows = range(len(PEOPLE))
    site = pa.array([f"ward of {n}" if n in GONE else "main" for n in PEOPLE]).dictionary_encode()
    return pa.table({"nhs_number": PEOPLE, "visit": pa.array(rows, pa.uint16()), "site": site})


def a_pandas_frame() -> pd.DataFrame:
    """A column of every type that analysts have, and an index."""
    rows = range(len(PEOPLE))
    frame = pd.DataFrame(
        {
            "nhs_number": PEOPLE,
            "visit": pd.array(rows, dtype="uint8"),
            "weight": [None if i % 5 == 0 else i / 3 for i in rows],
            "whole": pd.array([None if i % 3 == 0 else i for i in rows], dtype="Int64"),
            "day": [date(2020, 1, 1)] * 40,
            "cost": [Decimal("1.50")] * 40,
            "objects": pd.Series([None if i % 4 == 0 else i for i in rows], dtype=object),
            "lists": [[i] for i in rows],
            "time": pd.date_range("2020-01-01", periods=40, tz="Europe/London"),
            "stay": pd.to_timedelta(rows, unit="s"),
            "month": pd.period_range("2020-01", periods=40, freq="M"),
            "smokes": [i % 2 == 0 for i in rows],
            "site": pd.Categorical([f"ward of {n}" if n in GONE else "main" for n in PEOPLE]),
        }
    )
    return frame.set_index(pd.Index([f"r{i}" for i in rows], name="row"))


def a_polars_frame() -> pl.DataFrame:
    rows = range(len(PEOPLE))
    return pl.DataFrame(
        {
            "nhs_number": PEOPLE,
            "visit": pl.Series(rows, dtype=pl.UInt8),
            "sex": pl.Series(["f", "m"] * 20, dtype=pl.Enum(["f", "m", "x"])),
            "site": pl.Series([f"ward of {n}" if n in GONE else "main" for n in PEOPLE], dtype=pl.Categorical),
            "pair": [{"a": i} for i in rows],
            "when": [datetime(2020, 1, 1, tzinfo=UTC)] * 40,
            "stay": [timedelta(1)] * 40,
            "scan": [b"x"] * 40,
        }
    )


def visits_of(frame: Any) -> Sequence[int]:
    """The visits in a frame of any kind, in its order."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, ds.Dataset):
        frame = frame.to_table()
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return [row[0] for row in frame.project("visit").fetchall()]
    if isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    column = frame["visit"]
    return list(column.to_pylist() if hasattr(column, "to_pylist") else column)


FRAMES: dict[str, Callable[[], Any]] = {
    "pandas": a_pandas_frame,
    "polars": a_polars_frame,
    "polars lazy": lambda: a_polars_frame().lazy(),
    "table": _table,
    "batch": lambda: _table().to_batches()[0],
    "reader": lambda: _table().to_reader(max_chunksize=7),
    "dataset": lambda: ds.dataset(_table()),
    "duckdb": lambda: duckdb.from_arrow(_table()),
}
