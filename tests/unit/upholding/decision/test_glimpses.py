"""Whatever type a column has, its cells can be looked at, so that no type hides a key."""

from __future__ import annotations

import ctypes
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ndoo.upholding.decision.glimpses import leaves_of


def _texts(array: Any) -> list[list[bytes]]:
    found = []
    for cells, count in leaves_of(array):
        begin = (ctypes.c_int64 * count).from_address(cells.begin)
        end = (ctypes.c_int64 * count).from_address(cells.end)
        found.append([ctypes.string_at(cells.buffer + begin[at], end[at] - begin[at]) for at in range(count)])
    return found


@pytest.mark.parametrize(
    ("array", "texts"),
    [
        (pa.array(["a", None]), [[b"a", b""]]),
        (pa.array([17, -3]), [[b"17", b"-3"]]),
        (pa.array([17.0, None, 1234567890123.0]), [[b"17", b"", b"1234567890123"]]),
        (pa.array([0.5, 17.0]), [[b"0.5", b"17"]]),
        (pa.array([Decimal("17.00")]), [[b"17.00"]]),
        (pa.array([None, b"\xff\x01"]), [[b"", b"ff01"]]),
        (pa.array([b"\xff" * 16], pa.binary(16)), [[b"ff" * 16]]),
        (pa.array([b"\xff"], pa.large_binary()), [[b"ff"]]),
        (pa.array([b"ab"]), [[b"ab"]]),
        (pa.array([date(2024, 1, 31)]), [[b"2024-01-31"]]),
        (pa.array([timedelta(1)], pa.duration("s")), [[b"86400"]]),
        (pa.array(["a", "b", "a"]).dictionary_encode(), [[b"a", b"b", b"a"]]),
        (pc.run_end_encode(pa.array(["a", "a"])), [[b"a", b"a"]]),
        (pa.array([{"id": 1, "more": ["x", "y"]}]), [[b"1"], [b"x", b"y"]]),
        (pa.array([[1, 2], None, [3]]), [[b"1", b"2", b"3"]]),
        (pa.array([[1, 2]], pa.list_(pa.int64(), 2)), [[b"1", b"2"]]),
        (pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), [[b"k"], [b"1"]]),
        (pa.array(["a"], pa.string_view()), [[b"a"]]),
        (pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\xff" * 16], pa.binary(16))), [[b"ff" * 16]]),
        (pa.array([(1, 2, 3)], pa.month_day_nano_interval()), []),
        (pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]), []),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_the_cells_of_a_column_as_text(array: Any, texts: list[list[bytes]]) -> None:
    assert _texts(array) == texts
