"""Looks for a number whose digits are split over cells side by side: those of a row, the values of a list, the fields of a structure."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import addressof, byref
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.numbers.column import is_text
from ndoo.numbers.kernel import Side, Sighted, int64s, library

_LARGEST_PART = 999_999_999
_NOTHING = -1


class _Part:
    """One column as the kernel reads it, and the memory that it reads."""

    def __init__(self, column: Any) -> None:
        self.side, self._alive = Side(stride=1), None
        if column is None:
            return
        column = _plain(column)
        if pa.types.is_integer(column.type):
            wide = column.cast(pa.int64(), safe=False) if column.type != pa.uint64() else _narrowed(column)
            wide = pc.fill_null(wide, _NOTHING)
            self._alive = wide
            self.side.value = wide.buffers()[1].address + 8 * wide.offset
        else:
            text = column.cast(pa.large_binary())
            begin, end = int64s(len(text)), int64s(len(text))
            validity, offsets, data = (b.address if b else None for b in text.buffers())
            library.ndoo_arrow_cells(offsets, True, validity, text.offset, len(text), addressof(begin), addressof(end))
            self._alive = text, begin, end
            self.side.buf = data or addressof(begin)
            self.side.begin, self.side.end = addressof(begin), addressof(end)

    def holds_some(self, rows: int) -> bool:
        """Could one of its cells be a part of a number? Asked of the object, so that its memory lives for as long as the kernel reads."""
        return bool(rows and library.ndoo_parts(byref(self.side), rows))


def _narrowed(column: Any) -> Any:
    """Unsigned numbers of 64 bits as signed ones; those that have no part in a number are nobody's."""
    small = pc.less_equal(column, pa.scalar(_LARGEST_PART, pa.uint64()))
    return pc.if_else(small, column, pa.scalar(_LARGEST_PART + 1, pa.uint64())).cast(pa.int64())


def look_beside(columns: Sequence[Any], of: Any, met: Sighted) -> None:
    """Look at cells side by side in the rows of a batch.

    Args:
        columns: Arrow arrays of one length; None where a column was classified, which nothing goes on across.
        of: an array of `MentionedNumber`, one a column.
        met: of the kernel; what is met is counted in `of` and at its positions.
    """
    rows = next((len(column) for column in columns if column is not None), 0)
    parts = [_Part(column if _may_be_part(column) else None) for column in columns]
    some = [part.holds_some(rows) for part in parts]
    if not any(one and other for one, other in pairwise(some)):
        return
    sides = (Side * len(parts))(*(part.side for part in parts))
    library.ndoo_beside(sides, len(parts), rows, of, byref(met))


def look_at_parts(lists: Any, at: int, of: Any, met: Sighted) -> None:
    """Look at values side by side in an Arrow array of lists, of any kind, or of structures, which belongs to column number `at`."""
    if pa.types.is_struct(lists.type):
        lists = _fields_as_lists(lists)
        if lists is None:
            return
    kind = lists.type
    values = lists.flatten()
    if not len(values) or not _may_be_part(values):
        return
    part = _Part(values)
    lengths = pc.fill_null(
        pa.array([kind.list_size] * len(lists)).filter(lists.is_valid())
        if pa.types.is_fixed_size_list(kind)
        else pc.list_value_length(lists),
        0,
    ).cast(pa.int64())
    ends = pc.cumulative_sum(lengths)
    offsets = pa.concat_arrays([pa.array([0], pa.int64()), ends])
    library.ndoo_beside_in_lists(byref(part.side), offsets.buffers()[1].address, len(lengths), at, of, byref(met))


def _fields_as_lists(structures: Any) -> Any:
    """The fields of an Arrow array of structures as lists of texts; None where no two side by side could be parts of a number."""
    fields = [structures.field(at) for at in range(structures.type.num_fields)]
    rows = len(structures)
    some = [_may_be_part(field) and _Part(field).holds_some(rows) for field in fields]
    if not any(one and other for one, other in pairwise(some)):
        return None
    texts = [
        _plain(field).cast(pa.large_string()) if part else pa.nulls(rows, pa.large_string())
        for field, part in zip(fields, some, strict=True)
    ]
    places = pa.array(range(rows * len(fields)), pa.int64())
    row = pc.divide(places, len(fields))
    row_by_row = pc.add(row, pc.multiply(pc.subtract(places, pc.multiply(row, len(fields))), rows))
    return pa.FixedSizeListArray.from_arrays(pa.concat_arrays(texts).take(row_by_row), len(fields))


def _plain(column: Any) -> Any:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _may_be_part(column: Any) -> bool:
    if column is None:
        return False
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(pa.types.is_integer(kind) or is_text(kind))
