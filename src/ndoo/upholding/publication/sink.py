"""Where kept rows go: a draft file, packed where its name says so, with a digest of what is stored."""

from __future__ import annotations

import hashlib
import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from ndoo.domain.machine_faults import explained
from ndoo.domain.operating_system import flush_file

_FLUSH_EVERY = 1 << 26
"""Bytes after which what was written is brought to the disk, beside the work, so that publishing waits for little."""
_PACKED = {".gz": "gzip", ".zst": "zstd"}


def packing(path: Path) -> str | None:
    """How a file of this name is stored: "gzip" for .gz, "zstd" for .zst, else None."""
    return _PACKED.get(path.suffix.lower())


class Sink:
    """Writes bytes to an open file descriptor, which stays the caller's. Packing, writing and digesting are done on a
    thread of the sink's own, in order. Use as a context manager: at its end nothing writes to the descriptor any more.
    """

    def __init__(self, handle: int, compression: str | None) -> None:
        self._handle = handle
        self._worker = ThreadPoolExecutor(1)
        self._hash = hashlib.sha256()
        self._stored = self._flushed = 0
        self._flusher, self._hasher = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._flushing: Future[None] | None = None
        self._packer: Any = None
        if compression == "gzip":
            self._packer = zlib.compressobj(6, wbits=31)
        elif compression == "zstd":
            import zstandard

            self._packer = zstandard.ZstdCompressor(level=3).compressobj()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.shutdown(cancel_futures=True)
        self._flusher.shutdown(cancel_futures=True)
        self._hasher.shutdown(cancel_futures=True)

    def write(self, view: bytes | memoryview) -> Future[None]:
        """Store the bytes. The view must stay as it is until the future is done; it raises what went wrong."""
        return self._worker.submit(self._write, view)

    def _write(self, view: bytes | memoryview) -> None:
        self._store(self._packer.compress(view) if self._packer else view)

    def _store(self, piece: bytes | memoryview) -> None:
        left, digested = memoryview(piece), self._hasher.submit(self._hash.update, piece)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError as error:
            raise explained(error, "the output") from None
        digested.result()
        self._stored += len(piece)
        if self._stored - self._flushed >= _FLUSH_EVERY and (self._flushing is None or self._flushing.done()):
            self._flushed_so_far()
            self._flushed = self._stored
            self._flushing = self._flusher.submit(flush_file, self._handle)

    def _flushed_so_far(self) -> None:
        """Wait for the flush that is on its way. The machine tells of a fault once, so none may be passed over."""
        try:
            if self._flushing is not None:
                self._flushing.result()
        except OSError as error:
            raise explained(error, "the output") from None

    def finish(self) -> tuple[str, int]:
        """Write what is still waiting; the digest and the size of the stored bytes."""
        if self._packer:
            self._worker.submit(self._store, self._packer.flush()).result()
        self._flushed_so_far()
        return self._hash.hexdigest(), self._stored
