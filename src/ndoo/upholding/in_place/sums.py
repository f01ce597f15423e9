"""How does a database make one digest of many rows in no order? It adds up their digests, piece by piece.

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
    told = [[(column.name, column.type) for column in columns], [int(number or 0) for number in sums]]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()
