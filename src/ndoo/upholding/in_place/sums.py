"""How does a database make one digest of many rows in no order? It adds up their digests, piece by piece.

Each row's SHA-256 is taken in four pieces of 60 bits, because a sum of these stays exact in every database, and SHA-256 of
the sums and the count is the digest. It tells of a row that was changed, lost or added by mistake; it is no seal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

PARTS = ((1, 15), (16, 15), (31, 15), (46, 15))
"""Begin and length of each piece, in hexadecimal digits, counted from 1."""


def whole(sums: Sequence[int | None]) -> str:
    """The digest, from the count of rows and the sum of each piece."""
    return hashlib.sha256(" ".join(str(int(number or 0)) for number in sums).encode("ascii")).hexdigest()
