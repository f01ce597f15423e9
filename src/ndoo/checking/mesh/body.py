"""The body of a message: bytes, or, where there are many, a file without a name: read in pieces either way."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import Protocol

from ndoo.domain.operating_system import read_at

PIECE = 1 << 21
_IN_MEMORY = 1 << 26


class Body(Protocol):
    """Bytes that are looked at by slices; `bytes` is one."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


class SpooledBody:
    """Bytes in a file that has no name, so that nobody else can open it and a crash leaves nothing behind."""

    def __init__(self, handle: int, length: int) -> None:
        self._handle, self._length = handle, length
        weakref.finalize(self, os.close, handle)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._length)
        return read_at(self._handle, max(0, stop - start), start)


def collected(pieces: Iterable[bytes], limit: int) -> Body:
    """The pieces as one body; no more of them are taken than show that it is longer than `limit`."""
    gathered = bytearray()
    incoming = iter(pieces)
    for piece in incoming:
        gathered += piece
        if len(gathered) > limit:
            break
        if len(gathered) > _IN_MEMORY:
            return _spooled(gathered, incoming, limit)
    return bytes(gathered)


def _spooled(start: bytearray, rest: Iterator[bytes], limit: int) -> SpooledBody:
    with tempfile.TemporaryFile(prefix="ndoo-mesh-", buffering=0) as file:
        length = file.write(start)
        start.clear()
        for piece in rest:
            length += file.write(piece)
            if length > limit:
                break
        return SpooledBody(os.dup(file.fileno()), length)


def pieces_of(body: Body, start: int = 0) -> Iterator[bytes]:
    """The body from `start` on, in pieces."""
    for at in range(start, len(body), PIECE):
        yield body[at : at + PIECE]
