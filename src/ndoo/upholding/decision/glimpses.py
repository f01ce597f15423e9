"""The cells of columns that nobody decides by, as text, as far as they have one: for looking at what they could be."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any, Protocol

from ndoo.numbers.kernel import int64s, library
from ndoo.numbers.key_index import KeyCells

Leaf = tuple[KeyCells, int]
"""Cells, and how many there are: as many as rows, but in a list."""


class Glimpses(Protocol):
    """Is shown columns of some rows, each as the cells that stand in it: several runs of cells where it is nested."""

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None: ...


def leaves_of(column: Any) -> list[Leaf]:
    """The cells of an Arrow array: numbers as their digits, whatever their type; of nested types, those within; bytes as text, or in
    hexadecimal digits. Nothing of a type that has no text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return leaves_of(column.storage)
    if pa.types.is_dictionary(kind):
        return leaves_of(column.dictionary_decode())
    if pa.types.is_run_end_encoded(kind):
        return leaves_of(pc.run_end_decode(column))
    if pa.types.is_struct(kind):
        return [leaf for child in column.flatten() for leaf in leaves_of(child)]
    if pa.types.is_map(kind):
        return [*leaves_of(column.keys), *leaves_of(column.items)]
    if pa.types.is_nested(kind):
        return leaves_of(column.flatten()) if hasattr(column, "flatten") else []
    text = _as_text(column)
    if text is None:
        return []
    begin, end = int64s(len(text)), int64s(len(text))
    validity, offsets, data = (b.address if b else None for b in text.buffers())
    at = ctypes.addressof
    library.ndoo_arrow_cells(offsets, True, validity, text.offset, len(text), at(begin), at(end))
    return [(KeyCells(data or at(begin), at(begin), at(end), 1, csv=False, held=(text, begin, end)), len(text))]


def _as_text(column: Any) -> Any:
    import pyarrow as pa

    kinds: tuple[Any, ...] = (pa.large_string(),)
    if pa.types.is_floating(column.type):
        kinds = (pa.int64(), pa.large_string())  # 17.0 was 17 before a blank cell made it a fraction
    for kind in kinds:
        try:
            return column.cast(kind).cast(pa.large_string())
        except pa.ArrowException:
            continue
    if (
        pa.types.is_binary(column.type)
        or pa.types.is_large_binary(column.type)
        or pa.types.is_fixed_size_binary(column.type)
    ):
        return pa.array([cell and cell.hex() for cell in column.to_pylist()], pa.large_string())
    return None
