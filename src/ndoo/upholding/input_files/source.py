"""The input's bytes: read once from start to end, unpacked, with a digest of what was read; refused if they change meanwhile."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked
from ndoo.domain.operating_system import open_file, read_into
from ndoo.upholding.input_files.packed_files import Unpacker, packing_of, refuse_swollen, unpacker_of

_PIECE = 2048
"""How much compressed input is unpacked at once: small, because two kilobytes may hide many megabytes."""
_RAW = 1 << 18
_HEAD = 16


class Digest:
    """SHA-256 and the length of a stream; its pieces are digested on a thread of their own, in order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._worker = ThreadPoolExecutor(1)
        self.bytes = 0

    def update(self, piece: bytes | memoryview) -> Future[None]:
        """The piece must stay as it is until the future is done."""
        self.bytes += len(piece)
        return self._worker.submit(self._hash.update, piece)

    def hexdigest(self) -> str:
        """Call only after every future is done."""
        return self._worker.submit(self._hash.hexdigest).result()

    def close(self) -> None:
        """Let the thread end; what waits for it is no longer digested."""
        self._worker.shutdown(cancel_futures=True)


def compression_of(path: Path) -> str | None:
    """See `packing.packing_of`."""
    return packing_of(first_bytes(path, _HEAD), path)


def first_bytes(path: Path, count: int) -> bytes:
    """The head of a regular file, as stored.

    Raises:
        UsageFault: it does not exist or is no regular file. NotPermitted, Fault: see `machine_faults`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageFault(
                "not-a-file",
                f"{masked(str(path))} is not a regular file, as the input must be: it is read twice, and checked for changes.",
            )
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise explained(error, "the input") from None


class Fingerprint(NamedTuple):
    """What changes when a file is written to or replaced. Sizes in bytes, times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


def fingerprint(path: Path) -> Fingerprint:
    """The file as it stands."""
    try:
        s = path.stat()
    except OSError as error:
        raise explained(error, "the input") from None
    return Fingerprint(s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)


def changed() -> UnfitData:
    return UnfitData(
        "input-changed",
        "The input changed while it was read. Nothing was published; run again when it is at rest.",
    )


class ByteSource:
    """A byte stream over one file. Use as a context manager; the digest is of the stored bytes."""

    def __init__(self, path: Path, worker: ThreadPoolExecutor) -> None:
        self._path = path
        self._compression = compression_of(path)
        self._before = fingerprint(path)
        self._worker = worker
        self.digest = Digest()
        self._packed = self._unpacked = memoryview(b"")
        self._portions: Iterator[bytes] = iter(())
        self._unpacked_bytes = 0
        self._unpacker = unpacker_of(self._compression, path) if self._compression else None
        try:
            self._handle = open_file(path, os.O_RDONLY)
        except OSError as error:
            raise explained(error, "the input") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.submit(lambda: None).result()  # a read that is on its way ends before its file is closed
        self.digest.close()
        os.close(self._handle)

    @property
    def size(self) -> int:
        """The stored size in bytes."""
        return self._before.size

    def read_into(self, view: memoryview) -> tuple[int, Future[None] | None]:
        """Fill the view as far as one read goes; 0 at the end. The view must stay until the future is done."""
        if self._unpacker is not None:
            return self._unpack_into(self._unpacker, view), None
        try:
            got = read_into(self._handle, view)
        except OSError as error:
            raise explained(error, "the input") from None
        return got, self.digest.update(view[:got]) if got else None

    def hashed_whole(self) -> None:
        """Read to the end for the digest alone; for formats whose own library reads the rows."""
        buffer = memoryview(bytearray(_RAW))
        while True:
            _, pending = self.read_into(buffer)
            if pending is None:
                return
            pending.result()

    def _unpack_into(self, unpacker: Unpacker, view: memoryview) -> int:
        while not self._unpacked:
            portion = next(self._portions, None)
            if portion is not None:
                self._unpacked = memoryview(portion)
                self._unpacked_bytes += len(portion)
                refuse_swollen(self.digest.bytes, self._unpacked_bytes)
                continue
            if not self._packed:
                try:
                    self._packed = memoryview(os.read(self._handle, _RAW))
                except OSError as error:
                    raise explained(error, "the input") from None
                if not self._packed:
                    if not unpacker.is_whole:
                        raise UnfitData("input-cut", "The compressed input is cut off: its end is missing.")
                    return 0
                self.digest.update(self._packed)
            piece, self._packed = bytes(self._packed[:_PIECE]), self._packed[_PIECE:]
            self._portions = unpacker.unpack(piece)
        got = min(len(view), len(self._unpacked))
        view[:got] = self._unpacked[:got]
        self._unpacked = self._unpacked[got:]
        return got

    def finish(self) -> tuple[str, int]:
        """The digest and the number of bytes read.

        Raises:
            UnfitData: the file changed, or was not read to its end.
        """
        if fingerprint(self._path) != self._before or self.digest.bytes != self.size:
            raise changed()
        return self.digest.hexdigest(), self.digest.bytes
