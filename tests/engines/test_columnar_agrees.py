"""Parquet and Arrow files: the same people go as by the reference engine, and values, types, schema and order stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndoo.columnar import parquet_reader, reader
from ndoo.evidence.release_record import Columns
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.parquet_and_arrow import parquet
from ndoo.upholding.parquet_and_arrow.arrow_ipc import ArrowFile
from ndoo.upholding.parquet_and_arrow.parquet import Parquet
from ndoo.upholding.text import reference
from tests.engines.worlds import World, worlds

often = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = [
    pa.string(),
    pa.large_string(),
    pa.binary(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.int64(),
    pa.string_view(),
]


@pytest.fixture(params=[1 << 17, 3], ids=["one batch", "tiny batches"], autouse=True)
def batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches and row groups so small that every seam is met."""
    for module in (reader, parquet_reader):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", request.param)
    if request.param == 3:
        monkeypatch.setattr(parquet, "_GROUP_BYTES", 64)


def _cells(values: list[str], kind: Any) -> list[Any]:
    """The same column in another type: blanks are nulls, and only ten bare digits make a whole number."""
    if kind == pa.int64():
        return [int(v) if v.isascii() and v.isdigit() else None for v in values]
    if kind == pa.binary():
        return [v.encode() if v else None for v in values]
    return [v or None for v in values]


def _as_text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return None if value is None else str(value)


@often
@given(world=worlds(), kind=st.sampled_from(KINDS), group=st.integers(1, 50), is_parquet=st.booleans())
def test_rows_counts_and_schema_agree(tmp_path: Path, world: World, kind: Any, group: int, is_parquet: bool) -> None:
    names = [f"column {at}" for at in range(world.width)]
    columns = [[row[at] for row in world.rows] for at in range(world.width)]
    arrays = [
        pa.array(_cells(values, kind), kind) if at in world.keys else pa.array(values, pa.string())
        for at, values in enumerate(columns)
    ]
    fields = [pa.field(name, array.type, metadata={"unit": "none"}) for name, array in zip(names, arrays, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"source": "a test"}))
    source, target, rest = tmp_path / "in", tmp_path / "kept", tmp_path / "held"
    if is_parquet:
        pq.write_table(table, source, row_group_size=group, compression="zstd")
        table = pq.read_table(source)
    else:
        feather.write_feather(table, source, chunksize=group, compression="lz4" if group % 2 else "uncompressed")
    dataset = Parquet(source) if is_parquet else ArrowFile(source)
    deciding = RowDecision(OptOuts(world.cleaned), len(world.keys), keep_missing=world.keep_missing)
    own, *also = (names[key] for key in world.keys)
    with (
        target.open("wb") as kept_file,
        rest.open("wb") as held_file,
        dataset.sink(kept_file.fileno(), target) as kept,
        dataset.sink(held_file.fileno(), rest) as held,
    ):
        record = dataset.stream(Columns(own, "", tuple(also)), deciding, Watch(names), kept, held, lambda _: None)
        kept.finish()
        held.finish()
    cells = [[_as_text(arrays[key][at].as_py()) for key in world.keys] for at in range(len(world.rows))]
    result = reference.decide(cells, world.cleaned.answer, keep_missing=world.keep_missing)
    assert record.rows == len(world.rows)
    assert (deciding.rows(), deciding.people()) == (result.rows(), result.people())
    for path, rows in ((target, result.kept), (rest, result.held)):
        got = pq.read_table(path) if is_parquet else pa.ipc.open_file(path).read_all()
        assert got.schema.equals(table.schema, check_metadata=True)
        assert got.to_pylist() == [table.slice(at, 1).to_pylist()[0] for at in rows]
