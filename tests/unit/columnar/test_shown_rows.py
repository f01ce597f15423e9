"""What is released is rebuilt from what its rows show: of every type that PyArrow can make, nested twice, no byte of a removed row stays.

Seen to fall with `ShownRows` undone: `_filtered` is how rows were chosen before, and leaves bytes of somebody in most types.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.columnar.layouts import not_released
from ndoo.columnar.shown_rows import ShownRows, decoded, used_values
from tests.support.planted_columns import SECRETS, Cell, every_type, plain, planted

_S, _N, _G = Cell.SHOWN, Cell.NULL, Cell.GONE
ROWS = (_G, _S, _N, _G, _S, _S, _N, _G, _G, _S, _S, _N, _S, _S, _G, _G, _G, _S)
STAY = [cell for cell in ROWS if cell is not _G]
KINDS = every_type()
RELEASED = [kind for kind in KINDS if not_released(kind) is None]


def _made(kind: Any, cells: Sequence[Cell]) -> Any:
    try:
        return planted(kind, cells)
    except (pa.ArrowException, NotImplementedError):
        return None


def _mask(cells: Sequence[Cell]) -> Any:
    bits = bytearray(len(cells) // 8 + 1)
    for at, cell in enumerate(cells):
        bits[at // 8] |= (cell is not _G) << (at % 8)
    return pa.py_buffer(bytes(bits))


def _shown(batch: Any, cells: Sequence[Cell]) -> Any:
    return ShownRows(batch, _mask(cells)).batch


def _filtered(batch: Any, cells: Sequence[Cell]) -> Any:
    """Naive: filtering drops rows, and nobody says that it drops their bytes. None where the library cannot."""
    try:
        return batch.filter(pa.array([cell is not _G for cell in cells]))
    except pa.ArrowNotImplementedError:
        return None


def _as_arrow(batch: Any) -> bytes:
    held = io.BytesIO()
    with pa.ipc.new_file(held, batch.schema) as file:
        file.write_batch(batch)
    return held.getvalue()


def _as_parquet(batch: Any) -> bytes:
    held = io.BytesIO()
    try:
        pq.write_table(pa.Table.from_batches([batch]), held, compression="none", write_statistics=True)
    except (pa.ArrowException, NotImplementedError):
        return b""  # a type that Parquet cannot say
    return held.getvalue()


def _traced(content: bytes) -> bool:
    return any(secret in content for secret in SECRETS)


def _batch(kind: Any, column: Any) -> Any:
    return pa.RecordBatch.from_arrays([column], schema=pa.schema([pa.field("x", kind)]))


@pytest.mark.parametrize("write", [_as_arrow, _as_parquet])
def test_no_byte_of_a_removed_row_is_in_what_is_released(write: Callable[[Any], bytes]) -> None:
    left = []
    for kind in RELEASED:
        if (column := _made(kind, ROWS)) is None:
            continue
        batch = _shown(_batch(kind, column), ROWS)
        batch.validate(full=True)
        assert batch.column(0).type == kind
        assert batch.column(0).to_pylist() == plain(kind, STAY), str(kind)
        if _traced(write(batch)):
            left.append(str(kind))
    assert not left


def test_filtering_alone_leaves_them() -> None:
    """What the types above would show if rows were only dropped: were there none, the test above could not fail."""
    left = {
        str(kind)
        for kind in RELEASED
        if (column := _made(kind, ROWS)) is not None
        and (batch := _filtered(_batch(kind, column), ROWS)) is not None
        and _traced(_as_arrow(batch))
    }
    assert {"list_view<item: string>", "dictionary<values=string, indices=int32, ordered=0>"} <= left


def test_most_types_are_released_and_the_rest_refused_by_name() -> None:
    refused = {str(not_released(kind)).partition("<")[0] for kind in KINDS if not_released(kind) is not None}
    assert refused == {"dictionary", "run_end_encoded", "sparse_union", "dense_union"}
    assert len(RELEASED) > 300


@pytest.mark.parametrize("cells", [(), (_G,), (_G,) * 9, (_S,), (_N,) * 9, (_N, _S) * 40])
def test_no_rows_one_row_and_nulls_alone(cells: tuple[Cell, ...]) -> None:
    for kind in RELEASED:
        if (column := _made(kind, cells)) is not None:
            batch = _shown(_batch(kind, column), cells)
            batch.validate(full=True)
            assert batch.column(0).to_pylist() == plain(kind, [cell for cell in cells if cell is not _G]), str(kind)
            assert not _traced(_as_arrow(batch)), str(kind)


def test_a_table_without_columns_has_no_rows() -> None:
    batch = pa.RecordBatch.from_arrays([], schema=pa.schema([]))
    assert ShownRows(batch, pa.py_buffer(b"\0")).batch.num_rows == 0


def test_more_bytes_than_offsets_count_are_refused() -> None:
    """Values shared by rows: two gigabytes of text written out from one word of 64 kilobytes."""
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * (1 << 15), pa.int32()), pa.array(["w" * (1 << 16)]))
    with pytest.raises(pa.ArrowException):
        decoded(shared)


def test_a_dictionary_says_only_the_values_that_its_rows_have() -> None:
    array = pa.DictionaryArray.from_arrays(pa.array([2, None, 0, 2], pa.int8()), pa.array(["a", "b", "c"]))
    assert used_values(array).to_pylist() == ["a", "c"]
    assert decoded(array).to_pylist() == ["c", None, "a", "c"]


@pytest.mark.parametrize("renewed", [False, True])
def test_the_order_of_a_dictionary_may_be_that_of_the_rows_that_stay(renewed: bool) -> None:
    """`severe` came first because of somebody who is gone."""
    words = pa.array(["severe", "mild", "moderate", "severe", None, "mild"]).dictionary_encode()
    batch = ShownRows(_batch(words.type, words), _mask((_G, _G, _S, _S, _S, _S)), {"x"} if renewed else ()).batch
    order = ["moderate", "severe", "mild"] if renewed else ["severe", "mild", "moderate"]
    assert batch.column(0).dictionary.to_pylist() == order
    assert batch.column(0).to_pylist() == ["moderate", "severe", None, "mild"]
