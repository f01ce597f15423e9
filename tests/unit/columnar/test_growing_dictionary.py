"""A dictionary that grows keeps its order, or is refused."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest

from ndoo.columnar.growing_dictionary import GrowingDictionary
from ndoo.domain.errors import UnfitData


def _column(values: list[str], *, ordered: bool) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(range(len(values)), pa.int32()), pa.array(values), ordered=ordered)


def test_an_ordered_dictionary_that_would_have_to_grow_is_refused() -> None:
    growing = GrowingDictionary("x")
    growing.taken_in(_column(["low", "high"], ordered=True))
    assert growing.taken_in(_column(["high"], ordered=True)).to_pylist() == ["high"]
    with pytest.raises(UnfitData, match="'x' is an ordered dictionary"):
        growing.taken_in(_column(["middle"], ordered=True))


def test_another_dictionary_grows_behind_what_was_written() -> None:
    growing = GrowingDictionary("x")
    growing.taken_in(_column(["b"], ordered=False))
    grown = growing.taken_in(_column(["a", "b"], ordered=False))
    assert (grown.to_pylist(), grown.dictionary.to_pylist()) == (["a", "b"], ["b", "a"])


@pytest.mark.parametrize("ordered", [False, True], ids=["in any order", "ordered"])
@pytest.mark.parametrize("value", ["a", 5, 2.5, b"a", True], ids=lambda value: type(value).__name__)
def test_a_dictionary_that_starts_with_no_value_can_still_grow(value: object, ordered: bool) -> None:
    """The first rows may all be blank in a column; Arrow takes what follows an empty dictionary for another one."""
    kind = pa.dictionary(pa.int8(), pa.array([value]).type, ordered=ordered)
    wanted = [None, None, value, None, value]
    written, growing = io.BytesIO(), GrowingDictionary("x")
    schema = pa.schema([("a", kind)])
    with pa.ipc.new_file(written, schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
        for cells in ([None, None], [value], [None, value]):
            plain = pa.array(cells, kind.value_type).dictionary_encode()
            column = pa.DictionaryArray.from_arrays(plain.indices.cast(pa.int8()), plain.dictionary, ordered=ordered)
            writer.write_batch(pa.record_batch([growing.taken_in(column)], schema=schema))
    read = pa.ipc.open_file(pa.BufferReader(written.getvalue())).read_all()
    read.validate(full=True)
    assert read.column("a").to_pylist() == wanted
    assert read.schema.equals(schema)
