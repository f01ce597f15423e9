"""A dictionary that grows keeps its order, or is refused."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ndoo.upholding.residue import Growing


def _column(values: list[str], *, ordered: bool) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(range(len(values)), pa.int32()), pa.array(values), ordered=ordered)


def test_an_ordered_dictionary_that_would_have_to_grow_is_refused() -> None:
    growing = Growing()
    growing.taken_in(_column(["low", "high"], ordered=True))
    assert growing.taken_in(_column(["high"], ordered=True)).to_pylist() == ["high"]
    with pytest.raises(pa.ArrowNotImplementedError):
        growing.taken_in(_column(["middle"], ordered=True))


def test_another_dictionary_grows_behind_what_was_written() -> None:
    growing = Growing()
    growing.taken_in(_column(["b"], ordered=False))
    grown = growing.taken_in(_column(["a", "b"], ordered=False))
    assert (grown.to_pylist(), grown.dictionary.to_pylist()) == (["a", "b"], ["b", "a"])
