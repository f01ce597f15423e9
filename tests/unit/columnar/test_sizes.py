"""How many bytes values are once each is written out, and batches of no more rows than that allows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from ndoo.columnar.sizes import gathered, in_pieces, lengths, written_out
from tests.support.planted_columns import Cell, every_type, planted

_LONG = "w" * 1000
_SHARED = pa.DictionaryArray.from_arrays(pa.array([0] * 64, pa.int8()), pa.array([_LONG]))
_VIEWS = pa.array([_LONG] * 64, pa.string_view())
_LISTS = pa.ListViewArray.from_arrays(
    pa.array([0] * 64, pa.int32()), pa.array([8] * 64, pa.int32()), pa.array([_LONG] * 8)
)


@pytest.mark.parametrize(
    ("column", "least"),
    [
        (_SHARED, 64_000),
        (_VIEWS, 64_000),
        (_LISTS, 512_000),
        (pa.StructArray.from_arrays([_SHARED], ["a"]), 64_000),
        (pa.FixedSizeListArray.from_arrays(_SHARED, 2), 64_000),
        (pa.ListArray.from_arrays(pa.array([0, 32, 64], pa.int32()), _SHARED), 64_000),
        (pa.MapArray.from_arrays(pa.array([0, 64], pa.int32()), pa.array(["k"] * 64), _SHARED), 64_000),
        (pa.ExtensionArray.from_storage(pa.json_(pa.string_view()), _VIEWS), 64_000),
        (pa.DictionaryArray.from_arrays(pa.array([0] * 64, pa.int8()), pa.array([_LONG], pa.string_view())), 64_000),
        (pa.DictionaryArray.from_arrays(pa.array([0] * 64, pa.int8()), pa.array([1.5])), 8 * 64),
        (pa.array([_LONG] * 64), 64_000),
    ],
)
def test_values_that_rows_share_count_for_each_of_them(column: Any, least: int) -> None:
    assert least <= written_out(column) <= 2 * least + 2000


def test_every_type_has_a_size_and_no_rows_have_none() -> None:
    for kind in every_type():
        for cells in ([], [Cell.SHOWN, Cell.NULL, Cell.GONE]):
            try:
                column = planted(kind, cells)
            except (pa.ArrowException, NotImplementedError):
                continue
            assert written_out(column) >= 0


def test_a_null_has_no_bytes() -> None:
    assert lengths(pa.array(["ab", None, "w" * 20], pa.string_view())).to_pylist() == [2, 0, 20]
    assert lengths(pa.array([b"abc", b""])).to_pylist() == [3, 0]


def test_batches_are_halved_until_they_fit_and_no_row_is_lost() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(range(64)), _SHARED], names=["at", "x"])
    pieces = list(in_pieces(batch, 1 << 17, 4000))
    assert [row for piece in pieces for row in piece.column(0).to_pylist()] == list(range(64))
    assert max(piece.num_rows for piece in pieces) <= 4
    assert [piece.num_rows for piece in in_pieces(batch, 1 << 17, 1)] == [1] * 64
    assert not list(in_pieces(batch.slice(0, 0), 10, 10))


def test_plain_batches_are_cut_by_rows() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(range(64))], names=["at"])
    assert [piece.num_rows for piece in in_pieces(batch, 30, 1 << 20)] == [30, 30, 4]


def test_small_batches_are_put_together() -> None:
    batch = pa.RecordBatch.from_arrays([pa.array(range(10))], names=["at"])
    assert [one.num_rows for one in gathered(iter([batch] * 5), 20, 1 << 20)] == [20, 20, 10]
    assert [one.num_rows for one in gathered(iter([batch] * 3), 1 << 20, 1)] == [10, 10, 10]
