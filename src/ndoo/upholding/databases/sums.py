"""One digest of many rows in no order, made by a database. It adds up their digests, piece by piece.

Columns are told by their names and types, and cells by their place: a column may be called whatever it likes. Each row's SHA-256 is taken in four pieces of 60 bits, because a sum of these stays exact in every database, and SHA-256 of
the sums and the count is the digest. It tells of a row that was changed, lost or added by mistake; it is no seal.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from ndoo.upholding.sql.read_cells import TableColumn

PARTS = ((1, 15), (16, 15), (31, 15), (46, 15))
"""Begin and length of each piece, in hexadecimal digits, counted from 1."""

_DIGITS, _HALF = 64, 30
"""Hexadecimal digits of a digest, and bits of half a piece, as the kernel adds them up."""


def whole(columns: Sequence[TableColumn], sums: Sequence[int | None]) -> str:
    """The digest, from the columns' names and types in their order, the count of rows, and the sum of each piece."""
    told = [[(column.name, column.type, *column.fields) for column in columns], [int(number or 0) for number in sums]]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()


def added_up(digests: Iterable[Any]) -> list[int]:
    """The count of rows and the sum of each piece, for `whole`.

    Args:
        digests: Arrow arrays of text, the SHA-256 of each row in 64 hexadecimal digits.

    Raises:
        ValueError: one of them is no digest.
    """
    import pyarrow as pa

    from ndoo.numbers.columnar_kernel import library

    rows, halves = 0, [0] * (2 * len(PARTS))
    for some in digests:
        packed = some.cast(pa.binary(_DIGITS))
        added = (ctypes.c_uint64 * len(halves))()
        first = packed.buffers()[1].address + packed.offset * _DIGITS if len(packed) else None
        if packed.null_count or library().ndoo_add_digests(first, len(packed), added) >= 0:
            raise ValueError("there is a row whose digest is none")
        rows += len(packed)
        halves = [so_far + more for so_far, more in zip(halves, added, strict=True)]
    return [rows, *(low + (high << _HALF) for low, high in zip(halves[::2], halves[1::2], strict=True))]


def required_of(columns: Sequence[TableColumn]) -> tuple[str, ...]:
    """The columns that may not be missing, for a manifest: keys may be added to a result, so that more of them are no change, and fewer are."""
    return tuple(column.name for column in columns if column.required)


def keeps_promise(required: Sequence[str], columns: Sequence[TableColumn]) -> bool:
    """Is each column still required that a manifest says is?"""
    return {*required} <= {column.name for column in columns if column.required}
