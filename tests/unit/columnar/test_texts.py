"""Whatever could be ten digits is looked at: at every depth, of every type, and nothing that could not be."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from ndoo.columnar.layouts import readable, within
from ndoo.columnar.texts import texts_in
from tests.support.planted_columns import Cell, every_type, planted

_TEXT = "may-stay-whatever-comes"


def _texts(column: Any) -> list[str]:
    found = [value for part in texts_in(column) for value in part.to_pylist() if value is not None]
    return [value if isinstance(value, str) else value.decode("utf-8", "replace") for value in found]


def test_text_is_met_in_every_type_that_holds_some() -> None:
    missed, met = [], 0
    for kind in every_type():
        if not any(pa.types.is_string(part) or pa.types.is_string_view(part) for part in within(kind)):
            continue
        try:
            column = planted(kind, [Cell.SHOWN, Cell.NULL, Cell.GONE, Cell.SHOWN])
        except (pa.ArrowException, NotImplementedError):
            continue
        met += 1
        if _TEXT not in _texts(column):
            missed.append(str(kind))
    assert not missed
    assert met > 100


@pytest.mark.parametrize(
    "column",
    [
        pa.array([9990000018, -9990000018, None, 12], pa.int64()),
        pa.array([9990000018, 2**64 - 1], pa.uint64()),
        pa.array([9990000018.0, 1e300, float("nan"), -9990000018.0], pa.float64()),
        pa.array(["9990000018"], pa.string()).cast(pa.decimal128(10, 0)),
        pa.array([b"9990000018"], pa.binary(10)),
        pa.array([[9990000018], None, [1]], pa.list_view(pa.int64())),
        pa.array([{"a": 9990000018}, None], pa.struct([("a", pa.int64())])),
        pa.array([[("9990000018", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([[1, 9990000018]], pa.list_(pa.int64(), 2)),
        pa.array([list(b"x"), list(b"9990000018"), None, []], pa.list_(pa.uint8())),
        pa.array([[1], list(b"see 9990000018")], pa.large_list(pa.int8()))[1:],
        pa.array([list(b"9990000018"), None], pa.list_(pa.uint8(), 10)),
        pa.array([list(b"9990000018"), None], pa.list_view(pa.uint8())),
        pa.array(["9990000018", "x"]).dictionary_encode(),
        pa.RunEndEncodedArray.from_arrays(pa.array([3], pa.int32()), pa.array(["9990000018"])),
        pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([9990000018]), pa.array(["x"])]),
        pa.ExtensionArray.from_storage(pa.opaque(pa.int64(), "kind", "somebody"), pa.array([9990000018])),
    ],
)
def test_a_number_is_met_whatever_type_it_has(column: Any) -> None:
    assert any("9990000018" in text for text in _texts(column))


@pytest.mark.parametrize(
    "column",
    [
        pa.nulls(3),
        pa.array([True]),
        pa.array([17], pa.int8()),
        pa.array([1.5], pa.float32()),
        pa.array([17, 999_999_999], pa.int64()),
        pa.array([], pa.list_(pa.int64())),
        pa.array([], pa.list_view(pa.int64())),
        pa.array([[], None], pa.list_(pa.uint8())),
    ],
)
def test_what_holds_no_ten_digits_is_passed_over(column: Any) -> None:
    assert not _texts(column)


def test_every_list_on_the_way_is_shown() -> None:
    """Digits may be parted over the values of a list, which are looked at side by side."""
    seen: list[Any] = []
    column = pa.array([[[999, 0], [0, 18]]], pa.list_(pa.list_(pa.int64())))
    list(texts_in(column, seen.append))
    assert [one.type for one in seen] == [column.type, column.type.value_type]


def test_every_type_made_here_can_be_looked_at() -> None:
    assert all(readable(kind) for kind in every_type())
