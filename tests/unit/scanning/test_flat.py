"""Values of every type, at any depth, come as columns of text under a name that leads to them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from ndoo.columnar.layouts import within
from ndoo.scanning.flat import flattened
from tests.support.planted_columns import Cell, every_type, planted


def _flat(column: Any) -> dict[str, list[Any]]:
    return {flat.name: flat.texts.to_pylist() for flat in flattened("x", column)}


def test_text_is_found_in_every_type_that_holds_some() -> None:
    missed = []
    for kind in every_type():
        for cells in ([], [Cell.SHOWN, Cell.NULL, Cell.SHOWN]):
            try:
                column = planted(kind, cells)
            except (pa.ArrowException, NotImplementedError):
                continue
            found = [value for values in _flat(column).values() for value in values]
            has_text = any(pa.types.is_string(part) or pa.types.is_string_view(part) for part in within(kind))
            if cells and has_text and "may-stay-whatever-comes" not in found:
                missed.append(str(kind))
    assert not missed


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (
            pa.UnionArray.from_dense(
                pa.array([1, 0, 1], pa.int8()),
                pa.array([0, 0, 1], pa.int32()),
                [pa.array(["a", "gone"]), pa.array(["b", "c"])],
            ),
            {"x.0": ["a"], "x.1": ["b", "c"]},
        ),
        (
            pa.UnionArray.from_dense(
                pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array(["a"]), pa.array(["b"])]
            ),
            {"x.0": ["a"], "x.1": []},
        ),
        (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), {"x.key": ["k"], "x.value": ["1"]}),
        (
            pa.RunEndEncodedArray.from_arrays(pa.array([2, 4, 9], pa.int32()), pa.array(["a", "b", "c"])).slice(2, 2),
            {"x": ["b"]},
        ),
        (
            pa.DictionaryArray.from_arrays(
                pa.array([0, 0], pa.int8()),
                pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["a"])),
            ),
            {"x": ["a"]},
        ),
        (pa.array([[["a"], []], None]), {"x[][]": ["a"]}),
        (pa.nulls(2), {"x": [None, None]}),
    ],
)
def test_a_column_is_named_by_what_leads_to_it(column: Any, said: dict[str, list[Any]]) -> None:
    assert _flat(column) == said
