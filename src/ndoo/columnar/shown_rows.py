"""The rows of a batch that are to be written, rebuilt from nothing but what they show.

A batch keeps more than its rows show: dictionaries and views the values of others, buffers the values before, behind and between
what a row points to, and under every null. Filtering drops rows and may keep all of that; so does writing. So every array is built
anew, at every depth, out of the values that its rows show, with zeros where they show none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, is_wide, layout_of
from ndoo.numbers.columnar_kernel import library


class ShownRows:
    """Chosen rows of a record batch, rebuilt. Whatever is written to a columnar file is one of these.

    Args:
        batch: validated in full (`soundness`), of types that `layouts.not_released` lets pass.
        mask: an Arrow buffer with a bit for each row, set where it is chosen.
        renewed: columns of dictionaries whose values come in the order in which the rows have them: in their own, one could stand
            before others because of a row that is gone.

    Raises:
        pa.ArrowException: a column cannot be built in its own type.
    """

    def __init__(self, batch: Any, mask: Any, renewed: Collection[str] = ()) -> None:
        rows = _Rows.of(mask, batch.num_rows)
        columns = [
            _dictionary(column, rows, renewed=True) if name in renewed else _shown(column, rows)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        self.batch = pa.RecordBatch.from_arrays(columns, schema=batch.schema) if columns else batch.slice(0, 0)

    def put_before(self, names: Sequence[str], numbers: Sequence[int], texts: Sequence[str]) -> None:
        """Put a column of whole numbers and one of text before the others."""
        batch = self.batch
        columns = [pa.array(numbers, pa.int64()), pa.array(texts, pa.string()), *batch.columns]
        self.batch = pa.RecordBatch.from_arrays(columns, schema=schema_with(names, batch.schema))


def schema_with(names: Sequence[str], schema: Any) -> Any:
    """The schema of rows before which columns of these names were put: none, or a number and a text."""
    fields = [pa.field(name, kind) for name, kind in zip(names, (pa.int64(), pa.string()), strict=False)]
    return pa.schema([*fields, *schema], schema.metadata)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Row numbers; -1 is a row that shows nothing."""

    buffer: Any
    count: int
    nothing: int = 0
    """How many of them show nothing."""

    @classmethod
    def of(cls, mask: Any, rows: int) -> _Rows:
        """Those that are set in `mask`; all where it is None."""
        buffer = pa.allocate_buffer(8 * rows)
        return cls(buffer, library().ndoo_rows_set(_address(mask), rows, buffer.address))

    def valid(self, array: Any, *, moved: bool = True) -> _Rows:
        """Those that are not null in `array`, as places in its buffers, or, not `moved`, in the array."""
        validity, found = array.buffers()[0], pa.allocate_buffer(8 * self.count)
        nothing = library().ndoo_rows_valid(
            validity.address if validity else None,
            array.offset,
            self.buffer.address,
            self.count,
            array.offset if moved else 0,
            found.address,
        )
        return _Rows(found, self.count, nothing)

    def validity(self) -> Any:
        """A buffer of their bits; None where every row shows something."""
        if not self.nothing:
            return None
        bits = pa.allocate_buffer((self.count + 7) // 8)
        library().ndoo_rows_validity(self.buffer.address, self.count, bits.address)
        return bits


def _shown(array: Any, rows: _Rows, *, nullable: bool = True) -> Any:
    """The array's `rows`, rebuilt. What is not `nullable` shows a zero where a row shows nothing."""
    kind = array.type
    match layout_of(kind):
        case Layout.EXTENSION:
            return kind.wrap_array(_shown(array.storage, rows, nullable=nullable))
        case Layout.NULL:
            return pa.nulls(rows.count)
        case Layout.VIEW:
            large = pa.large_string() if pa.types.is_string_view(kind) else pa.large_binary()
            return _shown(array.cast(large), rows, nullable=nullable).cast(kind)
        case Layout.DICTIONARY:
            return _dictionary(array, rows)
        case Layout.STRUCT:
            inner = rows.valid(array, moved=False)
            fields = [kind.field(at) for at in range(kind.num_fields)]
            parts = [_shown(array.field(at), inner, nullable=f.nullable) for at, f in enumerate(fields)]
            return _built(array, inner, [], parts, nullable)
        case Layout.BITS | Layout.FIXED:
            at = rows.valid(array)
            return _built(array, at, [_values(array, at)], [], nullable)
        case Layout.BYTES:
            at = rows.valid(array)
            return _built(array, at, _bytes(array, at), [], nullable)
        case Layout.FIXED_LIST:
            at = rows.valid(array)
            slots = _Rows(pa.allocate_buffer(8 * at.count * kind.list_size), at.count * kind.list_size)
            library().ndoo_rows_slots(kind.list_size, at.buffer.address, at.count, slots.buffer.address)
            return _built(array, at, [], [_shown(array.values, slots, nullable=kind.field(0).nullable)], nullable)
        case Layout.LIST | Layout.MAP | Layout.LIST_VIEW:
            at = rows.valid(array)
            buffers, items = _lists(array, at)
            return _built(array, at, buffers, [_shown(array.values, items, nullable=kind.field(0).nullable)], nullable)
    raise pa.ArrowNotImplementedError("a type that is not released")


def _built(array: Any, rows: _Rows, buffers: list[Any], parts: list[Any], nullable: bool) -> Any:
    hidden = nullable or array.null_count
    return pa.Array.from_buffers(
        array.type, rows.count, [rows.validity() if hidden else None, *buffers], rows.nothing if hidden else 0, 0, parts
    )


def _values(array: Any, rows: _Rows) -> Any:
    source = _address(array.buffers()[1])
    if layout_of(array.type) is Layout.BITS:
        bits = pa.allocate_buffer((rows.count + 7) // 8)
        library().ndoo_rows_bits(source, rows.buffer.address, rows.count, bits.address)
        return bits
    width = array.type.bit_width // 8
    values = pa.allocate_buffer(width * rows.count)
    library().ndoo_rows_values(source, width, rows.buffer.address, rows.count, values.address)
    return values


def _bytes(array: Any, rows: _Rows) -> list[Any]:
    wide = is_wide(array.type)
    _, source, data = array.buffers()
    offsets, total = _offsets(rows, source, None, wide)
    shown = pa.allocate_buffer(total)
    library().ndoo_rows_bytes(_address(data), _address(source), wide, rows.buffer.address, rows.count, shown.address)
    return [offsets, shown]


def _lists(array: Any, rows: _Rows) -> tuple[list[Any], _Rows]:
    """The buffers of lists behind their validity, and the rows of their items."""
    wide, viewed = is_wide(array.type), layout_of(array.type) is Layout.LIST_VIEW
    _, source, *more = array.buffers()[: 3 if viewed else 2]
    sizes = more[0] if viewed else None
    offsets, total = _offsets(rows, source, sizes, wide)
    items = _Rows(pa.allocate_buffer(8 * total), total)
    library().ndoo_rows_items(
        _address(source), _address(sizes), wide, rows.buffer.address, rows.count, items.buffer.address
    )
    if not viewed:
        return [offsets], items
    edges = pa.Array.from_buffers(pa.int64() if wide else pa.int32(), rows.count + 1, [None, offsets])
    begins, ends = edges[:-1], edges[1:]
    return [offsets.slice(0, offsets.size - (8 if wide else 4)), pc.subtract(ends, begins).buffers()[1]], items


def _offsets(rows: _Rows, source: Any, sizes: Any, wide: bool) -> tuple[Any, int]:
    offsets = pa.allocate_buffer((8 if wide else 4) * (rows.count + 1))
    total = library().ndoo_rows_offsets(
        _address(source), _address(sizes), wide, rows.buffer.address, rows.count, offsets.address
    )
    if total < 0:
        raise pa.ArrowCapacityError("more than its offsets can count")
    return offsets, total


def used_values(array: Any) -> Any:
    """Of an array of a dictionary the values that its rows have, each once."""
    used = pc.unique(array.indices).drop_null().sort()
    return _shown(array.dictionary, _Rows(used.cast(pa.int64()).buffers()[1], len(used)))


def decoded(array: Any) -> Any:
    """An array of a dictionary with the value of every row written out."""
    places = pc.fill_null(array.indices.cast(pa.int64()), -1)
    return _shown(array.dictionary, _Rows(places.buffers()[1], len(places)))


def _dictionary(array: Any, rows: _Rows, *, renewed: bool = False) -> Any:
    """Over a dictionary of the values that the rows have, in its order; `renewed`, in that in which the rows have them."""
    kind, indices = array.type, _shown(array.indices, rows)
    used = pc.unique(indices).drop_null()
    if not renewed:
        used = used.sort()
    places = pc.index_in(indices, value_set=used).cast(kind.index_type)
    values = _shown(array.dictionary, _Rows(used.cast(pa.int64()).buffers()[1], len(used)))
    every = _Rows.of(None, rows.count)
    return pa.DictionaryArray.from_arrays(_shown(places, every), values, ordered=kind.ordered)


def _address(buffer: Any) -> int | None:
    return buffer.address if buffer else None
