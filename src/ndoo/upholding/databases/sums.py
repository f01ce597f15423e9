"""One digest of many rows in no order, made by a database. It adds up their digests, piece by piece.

Columns are told by their names and types, and cells by their place: a column may be called whatever it likes. Each row's SHA-256 is taken in four pieces of 60 bits, because a sum of these stays exact in every database, and SHA-256 of
the sums and the count is the digest. It tells of a row that was changed, lost or added by mistake; it is no seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from ndoo.upholding.sql.read_cells import TableColumn

PARTS = ((1, 15), (16, 15), (31, 15), (46, 15))
"""Begin and length of each piece, in hexadecimal digits, counted from 1."""


def whole(columns: Sequence[TableColumn], sums: Sequence[int | None]) -> str:
    """The digest, from the columns' names and types in their order, the count of rows, and the sum of each piece."""
    told = [[(column.name, column.type, *column.fields) for column in columns], [int(number or 0) for number in sums]]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()


def required_of(columns: Sequence[TableColumn]) -> tuple[str, ...]:
    """The columns that may not be missing, for a manifest: keys may be added to a result, so that more of them are no change, and fewer are."""
    return tuple(column.name for column in columns if column.required)


def keeps_promise(required: Sequence[str], columns: Sequence[TableColumn]) -> bool:
    """Is each column still required that a manifest says is?"""
    return {*required} <= {column.name for column in columns if column.required}
