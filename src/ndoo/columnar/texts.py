"""Everything in a sound Arrow array that could be ten digits, as arrays of text, at any depth and of any type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, layout_of, not_released
from ndoo.columnar.shown_rows import used_values

_SMALLEST = 10**9
_NO_INTEGER = 2.0**63


def texts_in(column: Any, look_at_parts: Callable[[Any], None] = lambda _: None) -> Iterator[Any]:
    """Arrays of large_string or large_binary. Values that no row shows may be among them; of dictionaries each value comes once.

    Args:
        look_at_parts: is shown every array of lists and of structures on the way.
    """
    kind = column.type
    match layout_of(kind):
        case Layout.EXTENSION:
            yield from texts_in(column.storage, look_at_parts)
        case Layout.DICTIONARY:
            all_values = not_released(kind.value_type) is not None  # they cannot be told apart by their rows
            yield from texts_in(column.dictionary if all_values else used_values(column), look_at_parts)
        case Layout.RUN_END:
            yield from texts_in(column.values, look_at_parts)
        case Layout.STRUCT | Layout.UNION as layout:
            if layout is Layout.STRUCT:
                look_at_parts(column)
            for at in range(kind.num_fields):
                yield from texts_in(column.field(at), look_at_parts)
        case Layout.LIST | Layout.MAP | Layout.LIST_VIEW | Layout.FIXED_LIST as layout:
            if layout is not Layout.MAP:
                look_at_parts(column)
                yield from _bytes_of_lists(column)
            yield from texts_in(items_of(column), look_at_parts)
        case Layout.BYTES | Layout.VIEW:
            yield as_large(column)
        case Layout.FIXED:
            yield from _digits(column)


def items_of(column: Any) -> Any:
    """The items of an array of lists, and no more but where lists are null or lie apart."""
    kind, values = column.type, column.values
    if not len(column):
        return values.slice(0, 0)
    if layout_of(kind) is Layout.FIXED_LIST:
        return values.slice(column.offset * kind.list_size, len(column) * kind.list_size)
    if layout_of(kind) is Layout.LIST_VIEW:
        begin = pc.min(column.offsets).as_py()
        end = pc.max(pc.add(column.offsets, column.sizes)).as_py()
    else:
        begin, end = column.offsets[0].as_py(), column.offsets[-1].as_py()
    return values.slice(begin, end - begin)


def as_large(column: Any) -> Any:
    """Text or bytes as large_string or large_binary. Bytes stay bytes: not all of them are text."""
    kind = column.type
    texts = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return column.cast(pa.large_string() if texts else pa.large_binary())


def _bytes_of_lists(column: Any) -> Iterator[Any]:
    """Each list of whole numbers of eight bits as the bytes that it is, as programs without a type for bytes write them."""
    if not (pa.types.is_integer(column.type.value_type) and column.type.value_type.bit_width == 8):
        return
    shown = column.drop_null()
    items = pc.fill_null(shown.flatten(), 0)
    sizes = (
        pa.array([column.type.list_size] * len(shown), pa.int64())
        if layout_of(column.type) is Layout.FIXED_LIST
        else pc.list_value_length(shown).cast(pa.int64())
    )
    if not len(items):
        return
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(sizes)])
    data = items.buffers()[1].slice(items.offset, len(items))
    yield pa.Array.from_buffers(pa.large_binary(), len(shown), [None, offsets.buffers()[1], data])


def _digits(column: Any) -> Iterator[Any]:
    kind = column.type
    if pa.types.is_fixed_size_binary(kind):
        yield as_large(column)
    elif pa.types.is_decimal(kind):
        yield column.cast(pa.large_string())
    elif pa.types.is_float64(kind) or (pa.types.is_integer(kind) and kind.bit_width >= 32):
        if not pa.types.is_unsigned_integer(kind):
            column = pc.abs(column)
        wide = column.filter(pc.greater_equal(column, pa.scalar(_SMALLEST, kind)))
        if pa.types.is_float64(kind):  # what 64 bits do not hold is nobody's number
            wide = wide.filter(pc.less(wide, _NO_INTEGER)).cast(pa.int64(), safe=False)
        if len(wide):
            yield wide.cast(pa.large_string())
