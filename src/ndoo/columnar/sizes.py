"""How many bytes the values of an array are when each is written out: and batches of no more rows than that allows.

Where rows share values (dictionaries, views), a few kilobytes may stand for gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, layout_of, within
from ndoo.numbers.columnar_kernel import library

ROWS_AT_ONCE = 1 << 17
BYTES_AT_ONCE = 1 << 24
_SHARE = frozenset((Layout.VIEW, Layout.DICTIONARY, Layout.LIST_VIEW))
_UNIONS = frozenset((Layout.UNION,))
_BESIDE = 8
"""Bytes that an item of a list costs beside its own, while rows are chosen."""


def in_pieces(batch: Any, rows: int, most: int) -> Iterator[Any]:
    """The batch in slices, in order, of at most `rows` rows and `most` bytes written out, as far as one row allows."""
    if not batch.num_rows:
        return
    shared = any(_has(column.type, _SHARE) for column in batch.columns)
    rows = max(1, min(rows, most // (sum(map(_stored, batch.columns)) // batch.num_rows + 1)))
    for begin in range(0, batch.num_rows, rows):
        piece = batch.slice(begin, rows)
        yield from _halved(piece, most) if shared else (piece,)


def _halved(batch: Any, most: int) -> Iterator[Any]:
    if batch.num_rows <= 1 or sum(map(written_out, batch.columns)) <= most:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _halved(batch.slice(0, half), most)
    yield from _halved(batch.slice(half), most)


def gathered(batches: Iterator[Any], rows: int, most: int) -> Iterator[Any]:
    """Small batches put together, in order, until they have about so many rows or bytes."""
    waiting: list[Any] = []
    many = size = 0
    for batch in batches:
        waiting.append(batch)
        many, size = many + batch.num_rows, size + batch.nbytes
        if many >= rows or size >= most:
            yield pa.concat_batches(waiting)
            waiting, many, size = [], 0, 0
    if waiting:
        yield pa.concat_batches(waiting)


def written_out(array: Any) -> int:
    """Bytes of the values of its rows; of lists whose items differ much, about so many."""
    kind = array.type
    if not len(array) or not _has(kind, _SHARE):
        return _stored(array)
    match layout_of(kind):
        case Layout.EXTENSION:
            return written_out(array.storage)
        case Layout.VIEW:
            return _sum(lengths(array))
        case Layout.DICTIONARY:
            return _sum(lengths(array.dictionary).take(array.indices))
        case Layout.STRUCT:
            return sum(written_out(array.field(at)) for at in range(kind.num_fields))
        case Layout.FIXED_LIST:
            return int(len(array) * kind.list_size * _an_item(array.values))
        case Layout.LIST_VIEW:
            return _sum(pc.list_value_length(array)) * _an_item(array.values)
        case Layout.LIST | Layout.MAP:
            edges = array.offsets
            return int((edges[-1].as_py() - edges[0].as_py()) * _an_item(array.values))
    return _stored(array)


def _stored(array: Any) -> int:
    """Asked for the bytes of a union of no rows, at any depth, the library ends the process; its buffers it can count."""
    return int(array.get_total_buffer_size() if _has(array.type, _UNIONS) else array.nbytes)


def _has(kind: Any, layouts: frozenset[Layout]) -> bool:
    return any(layout_of(part) in layouts for part in within(kind))


def lengths(array: Any) -> Any:
    """An Arrow array of the bytes of each value: of bytes and views each one's own, of the others the mean."""
    layout = layout_of(array.type)
    if layout is Layout.BYTES:
        return pc.binary_length(array).cast(pa.int64())
    if layout is Layout.VIEW:
        validity, views, *_ = array.buffers()
        found = pa.allocate_buffer(8 * len(array))
        library().ndoo_view_lengths(
            views.address if views else None,
            validity.address if validity else None,
            array.offset,
            len(array),
            found.address,
        )
        return pa.Array.from_buffers(pa.int64(), len(array), [None, found])
    return pa.repeat(pa.scalar(_an_item(array), pa.int64()), len(array))


def _an_item(array: Any) -> int:
    return _BESIDE + written_out(array) // max(len(array), 1)


def _sum(numbers: Any) -> int:
    return int(pc.sum(numbers).as_py() or 0)
