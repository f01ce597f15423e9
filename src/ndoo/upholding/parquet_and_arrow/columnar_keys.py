"""Reads a column of keys in Parquet or Arrow, by which rows of one table lead to those of another."""

from __future__ import annotations

import ctypes
from typing import Any

import pyarrow as pa

from ndoo.columnar.layouts import Layout, layout_of
from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import int64s, library
from ndoo.numbers.key_index import KeyCells


def key_cells(column: Any) -> KeyCells:
    """Where the cells of a column of keys lie, as text: whole numbers as their digits, a date as it is written by ISO 8601.

    Raises:
        UnfitData: floating point, or what has no one way of being written.
    """
    if pa.types.is_floating(column.type):
        raise UnfitData("key-type", "A key is stored as floating point: as it is, digits may be lost.")
    try:
        if layout_of(column.type) is Layout.VIEW:
            column = column.cast(pa.large_binary())
        text = column.cast(pa.large_string())
    except pa.ArrowException:
        raise UnfitData("key-type", "A key is of a type that has no one way of being written.") from None
    begin, end = int64s(len(text)), int64s(len(text))
    validity, offsets, data = (b.address if b else None for b in text.buffers())
    at = ctypes.addressof
    library.ndoo_arrow_cells(offsets, True, validity, text.offset, len(text), at(begin), at(end))
    return KeyCells(data or at(begin), at(begin), at(end), 1, csv=False, held=(text, begin, end))
