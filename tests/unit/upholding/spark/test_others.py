"""What a footer rules out is not read; whatever it does not rule out is, or somebody withheld would be released in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.domain.answers import Polarity
from ndoo.evidence.release_record import Columns
from ndoo.upholding.parquet_and_arrow.parquet_parts import parts_of, record_of
from ndoo.upholding.request import Request
from ndoo.upholding.spark.others import look_through
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(40)
GONE, STAYS = PEOPLE[0], PEOPLE[1:]
WHOLE = int(GONE)


def _looked(folder: Path, values: pa.Array, **written: Any) -> Any:
    table = pa.table({"n": STAYS, "x": values})
    (folder / "in").mkdir()
    pq.write_table(table.slice(0, 20), folder / "in" / "a.parquet", **written)
    pq.write_table(table.slice(20), folder / "in" / "b.parquet", row_group_size=5, **written)
    wanted = Request(folder / "in", folder / "out", cleaned_list(Polarity.OPTED_OUT, [GONE], None), datetime.now(UTC))
    files, mentioned, _ = look_through(parts_of(folder / "in"), Columns("n", ""), wanted)
    return record_of("out", files), mentioned


@pytest.mark.parametrize(
    "values",
    [
        pa.array([f"word {at}" for at in range(38)] + [f"mother {GONE}"]),
        pa.array(["few"] * 38 + [GONE]),
        pa.array(["few"] * 38 + [GONE]).dictionary_encode(),
        pa.array([[f"word {at}"] for at in range(38)] + [["a", GONE]]),
        pa.array([{"deep": {"text": "a"}}] * 38 + [{"deep": {"text": GONE}}]),
        pa.array([7] * 38 + [WHOLE]),
        pa.array([7] * 38 + [WHOLE], pa.uint64()),
        pa.array([7.0] * 38 + [float(WHOLE)]),
        pa.array([Decimal(7)] * 38 + [Decimal(WHOLE)], pa.decimal128(12, 0)),
        pa.array([b"few"] * 38 + [GONE.encode()]),
    ],
    ids=lambda values: str(values.type),
)
@pytest.mark.parametrize("written", [{}, {"use_dictionary": False}, {"write_statistics": False}], ids=str)
def test_one_cell_in_the_last_group_is_found(tmp_path: Path, values: pa.Array, written: dict[str, Any]) -> None:
    _, mentioned = _looked(tmp_path, values, **written)
    assert mentioned == ["x"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([10**9 - 1 - at for at in range(39)]),
        pa.array([datetime.fromtimestamp(WHOLE % 10**9 + at, UTC) for at in range(39)]),
        pa.array([True] * 39),
        pa.array([None] * 39, pa.string()),
        pa.array([f"mother {one}" for one in STAYS[:2]] + ["none"] * 37),
    ],
    ids=lambda values: str(values.type),
)
def test_what_names_nobody_withheld_stays(tmp_path: Path, values: pa.Array) -> None:
    record, mentioned = _looked(tmp_path, values)
    assert (record.rows, record.name, mentioned) == (39, "out", [])


def test_where_nobody_was_to_go_nothing_is_looked_at(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": STAYS, "x": [GONE] * 39}), tmp_path / "in.parquet")
    wanted = Request(tmp_path / "in.parquet", tmp_path / "out", None, datetime.now(UTC))
    files, *nothing = look_through(parts_of(tmp_path / "in.parquet"), Columns(None, ""), wanted)
    assert (record_of("out", files).rows, nothing) == (39, [[], ()])
    claimed = replace(wanted, claims_without_numbers=("data.identifiable = no",))
    _, _, naming = look_through(parts_of(tmp_path / "in.parquet"), Columns(None, ""), claimed)
    assert naming == ("n", "x"), "a flow that says that there is no number is not believed"
