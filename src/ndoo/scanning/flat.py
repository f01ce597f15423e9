"""Nested and typed columns as columns of text: `address.lines[]` is a column of its own, and a number is its digits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def flattened(name: str, column: Any) -> Iterator[tuple[str, Any]]:
    """The columns of text inside one Arrow array, with their names. Lists come with as many cells as they have values."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from flattened(name, column.storage)
    elif pa.types.is_dictionary(kind):
        yield from flattened(name, column.dictionary_decode())
    elif pa.types.is_struct(kind):
        for at in range(kind.num_fields):
            yield from flattened(f"{name}.{kind.field(at).name}", column.field(at))
    elif pa.types.is_map(kind):
        yield from flattened(f"{name}.key", column.keys)
        yield from flattened(f"{name}.value", column.items)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from flattened(f"{name}[]", column.flatten())
    else:
        yield name, as_text(column)


def as_text(column: Any) -> Any:
    """One array as large_string or large_binary. Whole numbers stay whole, also where a blank cell made them fractions."""
    kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_large_binary(kind) or pa.types.is_large_string(kind):
        return column
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
