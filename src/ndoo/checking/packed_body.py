"""A body that came over the network, as it was before it was packed: whole, or refused; never the half that could be read."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

PLAIN = ("", "identity")
GZIP = ("gzip", "x-gzip")
_WINDOW = 31
"""Of gzip alone, with its checksum."""


class PackedError(Exception):
    """It does not unpack. `reason` is safe to show; `unknown` where it is packed in another way than gzip."""

    def __init__(self, reason: str, *, unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown = unknown


def unpacked(pieces: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """The pieces of one body as they were before they were packed; no more than shows that it is over the limit.

    Raises:
        PackedError: it does not unpack to its end, or is not packed with gzip.
    """
    encoding = encoding.strip().lower()
    if encoding in PLAIN:
        yield from pieces
        return
    if encoding not in GZIP:
        raise PackedError("its body is packed in another way than gzip", unknown=True)
    unpacker, length = zlib.decompressobj(_WINDOW), 0
    try:
        for piece in pieces:
            if unpacker.eof and piece:
                raise PackedError("something stands behind its packed body")
            while piece and length <= limit:
                out = unpacker.decompress(piece, limit + 1)
                length += len(out)
                yield out
                piece = unpacker.unconsumed_tail
            if length > limit:
                return
    except zlib.error:
        raise PackedError("its body does not unpack") from None
    if not unpacker.eof:
        raise PackedError("its packed body is cut off")
    if unpacker.unused_data:
        raise PackedError("something stands behind its packed body")
