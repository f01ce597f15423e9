"""Arrow arrays that hold more than they show: every type that PyArrow can make, with somebody's bytes in every place that no row shows.

Those places are: under nulls, before the first row and behind the last (a slice, and slack in the buffers), between the items of
lists and behind them, in the entries of dictionaries and the data of views that nobody points to, under the nulls of whatever holds
the array, and in the rows that go.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any

import pyarrow as pa

SECRET = bytes((0x11, 0x7A, 0xCE, 0x2E, 0xE7, 0x5E, 0x1C, 0x05))
"""Eight bytes that stand in everything that belongs to somebody who goes; as a number it fits into every type of its width."""
_TEXT_SECRET = b"must-go-quillfeather"
SECRETS = (_TEXT_SECRET[:8], *((SECRET * 2)[at : at + 4] for at in range(8)))
"""Any of these in a file is a trace."""
_TEXT = b"may-stay-whatever-comes"
_SLACK = 3
"""Rows and items of slack on either side."""


class Cell(Enum):
    """What one row is: shown, null, or somebody's who goes."""

    SHOWN = "shown"
    NULL = "null"
    GONE = "gone"


LEAVES = (
    pa.null(),
    pa.bool_(),
    pa.int8(),
    pa.int16(),
    pa.int32(),
    pa.int64(),
    pa.uint8(),
    pa.uint16(),
    pa.uint32(),
    pa.uint64(),
    pa.float16(),
    pa.float32(),
    pa.float64(),
    pa.date32(),
    pa.date64(),
    pa.time32("s"),
    pa.time64("us"),
    pa.timestamp("us"),
    pa.timestamp("ns", "UTC"),
    pa.duration("s"),
    pa.month_day_nano_interval(),
    pa.decimal32(9, 2),
    pa.decimal64(18, 0),
    pa.decimal128(38, 0),
    pa.decimal256(76, 3),
    pa.binary(5),
    pa.string(),
    pa.large_string(),
    pa.binary(),
    pa.large_binary(),
    pa.string_view(),
    pa.binary_view(),
)
EXTENSIONS = (
    pa.uuid(),
    pa.json_(),
    pa.bool8(),
    pa.opaque(pa.int64(), "kind", "somebody"),
    pa.fixed_shape_tensor(pa.int32(), [2]),
)
_TYPICAL = (pa.int64(), pa.string(), pa.string_view(), pa.bool_(), pa.dictionary(pa.int8(), pa.string()), pa.json_())


def around(kind: Any) -> Iterator[Any]:
    """Every type that PyArrow can make of this one."""
    yield from (pa.list_(kind), pa.large_list(kind), pa.list_view(kind), pa.large_list_view(kind), pa.list_(kind, 2))
    yield pa.struct([("a", kind), ("b", pa.int16())])
    if not pa.types.is_null(kind):
        yield pa.list_(pa.field("item", kind, nullable=False))
        yield pa.struct([pa.field("a", kind, nullable=False)])
    yield pa.map_(pa.string(), kind)
    if not pa.types.is_dictionary(kind):
        yield pa.dictionary(pa.int32(), kind)
        yield pa.run_end_encoded(pa.int32(), kind)
    yield pa.sparse_union([pa.field("a", kind), pa.field("b", pa.int8())])
    yield pa.dense_union([pa.field("a", kind), pa.field("b", pa.int8())])


def every_type() -> list[Any]:
    """All leaves, all that can be made of each, and all that can be made of that for the typical ones."""
    once = [kind for leaf in (*LEAVES, *EXTENSIONS) for kind in around(leaf)]
    twice = [kind for leaf in _TYPICAL for inner in around(leaf) for kind in around(inner)]
    return [*LEAVES, *EXTENSIONS, *dict.fromkeys((*once, *twice))]


def planted(kind: Any, cells: Sequence[Cell]) -> Any:
    """An array of `kind` with a row for each of `cells`, a slice out of one with slack on both sides.

    Raises:
        pa.ArrowException, NotImplementedError: PyArrow cannot make it.
    """
    slack = [Cell.GONE] * _SLACK
    return _built(kind, [*slack, *cells, *slack]).slice(_SLACK, len(cells))


def plain(kind: Any, cells: Sequence[Cell]) -> Any:
    """What the rows of `planted` show, in Python: of the cells that are shown or null."""
    return _built(kind, list(cells)).to_pylist()


def _built(kind: Any, cells: list[Cell]) -> Any:
    if isinstance(kind, pa.BaseExtensionType):
        return kind.wrap_array(_built(kind.storage_type, cells))
    if pa.types.is_null(kind):
        return pa.nulls(len(cells))
    if pa.types.is_dictionary(kind):
        return _dictionary(kind, cells)
    if pa.types.is_run_end_encoded(kind):
        runs = _built(kind.value_type, cells)
        return pa.RunEndEncodedArray.from_arrays(pa.array(range(1, len(cells) + 1), pa.int32()), runs)
    if pa.types.is_union(kind):
        return _union(kind, cells)
    if pa.types.is_struct(kind):
        parts = [_built(kind.field(at).type, _under(kind.field(at), cells)) for at in range(kind.num_fields)]
        return pa.Array.from_buffers(kind, len(cells), [_validity(cells)], children=parts)
    if pa.types.is_fixed_size_list(kind):
        items = _built(
            kind.value_type, _under(kind.value_field, [cell for cell in cells for _ in range(kind.list_size)])
        )
        return pa.Array.from_buffers(kind, len(cells), [_validity(cells)], children=[items])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        return _list(kind, cells)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return _list_view(kind, cells)
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return _view(kind, cells)
    if pa.types.is_boolean(kind):
        bits = [
            bool(SECRET[at // 8 % 8] >> (at % 8) & 1) if cell is not Cell.SHOWN else True
            for at, cell in enumerate(cells)
        ]
        return pa.Array.from_buffers(kind, len(cells), [_validity(cells), _bits(bits)])
    if pa.types.is_fixed_size_binary(kind) or pa.types.is_primitive(kind) or pa.types.is_decimal(kind):
        return pa.Array.from_buffers(kind, len(cells), [_validity(cells), _fixed(kind.bit_width // 8, cells)])
    return _bytes(kind, cells)


def _under(field: Any, cells: list[Cell]) -> list[Cell]:
    """What lies in a field: where whoever holds it is null, somebody's value that nobody sees."""
    return [Cell.SHOWN if cell is Cell.SHOWN else Cell.GONE for cell in cells]


def _bits(values: Sequence[bool]) -> Any:
    padded = [*values, *([True] * (-len(values) % 8))]
    return pa.py_buffer(bytes(sum(padded[at + k] << k for k in range(8)) for at in range(0, len(padded), 8)) + SECRET)


def _validity(cells: Sequence[Cell]) -> Any:
    return _bits([cell is not Cell.NULL for cell in cells])


def _fixed(width: int, cells: Sequence[Cell]) -> Any:
    """Values as wide as this. Narrow ones make up the secret together, where several stand in a row."""

    def secret(at: int) -> bytes:
        return (
            (SECRET + bytes(width))[:width] if width >= 8 else bytes(SECRET[(at * width + k) % 8] for k in range(width))
        )

    shown = bytes(width)  # nought is right for every type
    return pa.py_buffer(
        b"".join(shown if cell is Cell.SHOWN else secret(at) for at, cell in enumerate(cells)) + SECRET * 9
    )


def _text(cell: Cell) -> bytes:
    return _TEXT if cell is Cell.SHOWN else _TEXT_SECRET


def _bytes(kind: Any, cells: Sequence[Cell]) -> Any:
    wide = "q" if pa.types.is_large_string(kind) or pa.types.is_large_binary(kind) else "i"
    data, offsets = _TEXT_SECRET, []
    for cell in cells:
        offsets.append(len(data))
        data += _text(cell)
    packed = struct.pack(f"<{len(cells) + 1}{wide}", *offsets, len(data))
    return pa.Array.from_buffers(
        kind, len(cells), [_validity(cells), pa.py_buffer(packed), pa.py_buffer(data + _TEXT_SECRET)]
    )


def _view(kind: Any, cells: Sequence[Cell]) -> Any:
    data, views = _TEXT_SECRET, b""
    for cell in cells:
        views += struct.pack("<i4sii", len(_text(cell)), _text(cell)[:4], 0, len(data))
        data += _text(cell)
    buffers = [_validity(cells), pa.py_buffer(views + _TEXT_SECRET), pa.py_buffer(data), pa.py_buffer(_TEXT_SECRET)]
    return pa.Array.from_buffers(kind, len(cells), buffers)


def _items(cells: Sequence[Cell]) -> tuple[list[Cell], list[int]]:
    """Items of lists, of somebody's before the first and behind the last, and where the items of each list begin, and the last end."""
    items, offsets = [Cell.GONE] * _SLACK, []
    for cell in cells:
        offsets.append(len(items))
        items += [Cell.SHOWN, Cell.NULL] if cell is Cell.SHOWN else [Cell.GONE] * 3
    return items + [Cell.GONE] * _SLACK, [*offsets, len(items)]


def _inner(kind: Any, items: list[Cell]) -> Any:
    if not pa.types.is_map(kind):
        field = kind.value_field
        return _built(field.type, items if field.nullable else [c if c is Cell.GONE else Cell.SHOWN for c in items])
    never_null = [cell if cell is Cell.GONE else Cell.SHOWN for cell in items]
    parts = [_built(kind.key_type, never_null), _built(kind.item_type, items)]
    return pa.Array.from_buffers(kind.field(0).type, len(items), [None], children=parts)


def _list(kind: Any, cells: Sequence[Cell]) -> Any:
    items, offsets = _items(cells)
    packed = struct.pack(f"<{len(offsets)}{'q' if pa.types.is_large_list(kind) else 'i'}", *offsets)
    buffers = [_validity(cells), pa.py_buffer(packed + SECRET)]
    return pa.Array.from_buffers(kind, len(cells), buffers, children=[_inner(kind, items)])


def _list_view(kind: Any, cells: Sequence[Cell]) -> Any:
    items, offsets = _items(cells)
    wide = "q" if pa.types.is_large_list_view(kind) else "i"
    sizes = [end - begin for begin, end in pairwise(offsets)]
    packed = [pa.py_buffer(struct.pack(f"<{len(cells)}{wide}", *numbers) + SECRET) for numbers in (offsets[:-1], sizes)]
    return pa.Array.from_buffers(kind, len(cells), [_validity(cells), *packed], children=[_inner(kind, items)])


def _dictionary(kind: Any, cells: Sequence[Cell]) -> Any:
    values = _built(kind.value_type, [Cell.GONE, Cell.SHOWN, Cell.GONE])
    width = kind.index_type.bit_width // 8
    places = b"".join((1 if cell is Cell.SHOWN else 2).to_bytes(width, "little") for cell in cells)
    buffers = [_validity(cells), pa.py_buffer(places + SECRET)]
    indices = pa.Array.from_buffers(kind.index_type, len(cells), buffers)
    return pa.DictionaryArray.from_arrays(indices, values, ordered=kind.ordered, safe=False)


def _union(kind: Any, cells: Sequence[Cell]) -> Any:
    codes = pa.array([0] * len(cells), pa.int8())
    fields = [kind.field(at) for at in range(kind.num_fields)]
    parts = [_built(field.type, list(cells)) for field in fields]
    names = [field.name for field in fields]
    if kind.mode == "sparse":
        return pa.UnionArray.from_sparse(codes, parts, names)
    return pa.UnionArray.from_dense(codes, pa.array(range(len(cells)), pa.int32()), parts, names)
