"""Nested and typed columns as columns of text: `address.lines[]` is a column of its own, and a number is its digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, layout_of, not_released
from ndoo.columnar.shown_rows import decoded
from ndoo.columnar.texts import as_large, items_of


@dataclass(frozen=True, slots=True)
class FlatColumn:
    """A column of text inside a column."""

    name: str
    texts: Any
    """An Arrow array of large_string or large_binary."""
    by_row: bool
    """It has one cell for each row; else as many as there are values."""


def flattened(name: str, column: Any, *, by_row: bool = True) -> Iterator[FlatColumn]:
    """The columns of text inside one Arrow array of a sound batch, of a type that is `readable`."""
    kind = column.type
    match layout_of(kind):
        case Layout.EXTENSION:
            yield from flattened(name, column.storage, by_row=by_row)
        case Layout.DICTIONARY:
            if not_released(kind.value_type) is None:
                yield from flattened(name, decoded(column), by_row=by_row)
            else:  # each value once
                yield from flattened(name, column.dictionary, by_row=False)
        case Layout.STRUCT:
            for at in range(kind.num_fields):
                yield from flattened(f"{name}.{kind.field(at).name}", column.field(at), by_row=by_row)
        case Layout.MAP:
            entries = items_of(column)
            yield from flattened(f"{name}.key", entries.field(0), by_row=False)
            yield from flattened(f"{name}.value", entries.field(1), by_row=False)
        case Layout.LIST | Layout.LIST_VIEW | Layout.FIXED_LIST:
            yield from flattened(f"{name}[]", items_of(column), by_row=False)
        case Layout.RUN_END:  # each run once
            first, many = (column.find_physical_offset(), column.find_physical_length()) if len(column) else (0, 0)
            yield from flattened(name, column.values.slice(first, many), by_row=False)
        case Layout.UNION:
            for at in range(kind.num_fields):
                yield from flattened(f"{name}.{kind.field(at).name}", _variant(column, at), by_row=False)
        case _:
            yield FlatColumn(name, as_text(column), by_row)


def _variant(union: Any, at: int) -> Any:
    """The values of one of a union's types, among them all that its rows have."""
    values = union.field(at)
    if not len(union):  # of no rows the library has no buffers, and asked for them it ends the process
        return values.slice(0, 0)
    if union.type.mode == "sparse":
        return values
    of = pc.equal(_of_rows(union, 1, pa.int8()), pa.scalar(union.type.type_codes[at], pa.int8()))
    places = pc.min_max(_of_rows(union, 2, pa.int32()).filter(of))
    low, high = places["min"].as_py(), places["max"].as_py()
    return values.slice(0, 0) if low is None else values.slice(low, high - low + 1)


def _of_rows(union: Any, buffer: int, kind: Any) -> Any:
    """One of its buffers as the rows have it: of a slice, the library gives the first rows' instead."""
    return pa.Array.from_buffers(kind, len(union), [None, union.buffers()[buffer]], offset=union.offset)


def as_text(column: Any) -> Any:
    """One array as large_string or large_binary. Whole numbers stay whole, also where a blank cell made them fractions."""
    kind = column.type
    if layout_of(kind) in (Layout.BYTES, Layout.VIEW) or pa.types.is_fixed_size_binary(kind):
        return as_large(column)
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.large_string())
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        whole = pc.equal(column, pc.floor(column))
        small = pc.less(pc.abs(column), 1e15)
        if pc.all(pc.fill_null(pc.and_(whole, small), True)).as_py():
            return column.cast(pa.int64()).cast(pa.large_string())
    try:
        return column.cast(pa.large_string())
    except pa.ArrowException:  # a type without a text, such as an interval: it holds no identifier
        return pa.nulls(len(column), pa.large_string())
