"""The input as blocks that begin where a row begins; the next one is read while this one is worked on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from ndoo.domain.errors import UnfitData
from ndoo.upholding.input_files.source import ByteSource

LONGEST_ROW = 1 << 26
ROOM = 1 << 16
"""Before each block there is room for the beginning of a row that the block before did not end."""


class Block:
    """One block on its way through: what was read, what is kept of it, and the threads that still look at either.

    The rows lie in `read[begin:end]`; `final` says that nothing follows. Where the text is UTF-16, `narrow` has room for
    it as bytes (`kernel.ndoo_narrow`); else it is `read` itself.
    """

    def __init__(self, size: int, unit: int, room: int) -> None:
        self.room = self.begin = self.end = room
        self.final = False
        self.read = bytearray(room + size)
        self.kept = self.held = bytearray()
        self.narrow = bytearray((room + size) // 2) if unit == 2 else self.read
        self.waiting: list[Future[None] | None] = []

    def make_room(self, *, kept: bool, held: bool) -> None:
        """Let there be room in `kept` and in `held` for all that was read, where it is wanted."""
        if kept and len(self.kept) < len(self.read):
            self.kept = bytearray(len(self.read))
        if held and len(self.held) < len(self.read):
            self.held = bytearray(len(self.read))

    def wait(self) -> None:
        """Until nobody looks at the buffers any more. Raises what went wrong meanwhile."""
        for future in self.waiting:
            if future is not None:
                future.result()
        self.waiting.clear()


class Blocks:
    """Reads `source` in blocks of `size` bytes on the worker thread.

    Args:
        ring: how many blocks there are: the one that is worked on, the one that is read, and those that others still look at.
    """

    def __init__(self, source: ByteSource, worker: ThreadPoolExecutor, size: int, unit: int, ring: int) -> None:
        self._source, self._worker, self._size, self._unit = source, worker, size, unit
        self._ring = [Block(size, unit, ROOM) for _ in range(ring)]
        self._turn = 0
        self._arriving = self._asked_for()

    def next(self, carried: memoryview, row: int) -> Block:
        """The next block, with `carried`, the beginning of row `row`, in front of it.

        Raises:
            UnfitData: that row is too long.
        """
        got, digested = self._arriving.result()
        block = self._ring[self._turn]
        block.waiting.append(digested)
        if len(carried) > block.room:
            block = self._roomier(block, len(carried), row)
        block.begin, block.end, block.final = block.room - len(carried), block.room + got, got == 0
        block.read[block.begin : block.room] = carried
        if not block.final:
            self._turn = (self._turn + 1) % len(self._ring)
            self._arriving = self._asked_for()
        return block

    def finish(self) -> None:
        """Wait for every thread that still looks at a block."""
        for block in self._ring:
            block.wait()

    def _asked_for(self) -> Future[tuple[int, Future[None] | None]]:
        block = self._ring[self._turn]
        block.wait()
        return self._worker.submit(self._source.read_into, memoryview(block.read)[block.room : block.room + self._size])

    def _roomier(self, block: Block, room: int, row: int) -> Block:
        """The same block with more room before it. One block at a time is large."""
        if room > LONGEST_ROW:
            raise row_too_long(row)
        self.finish()
        large = Block(self._size, self._unit, room)
        large.read[room:] = block.read[block.room : block.room + self._size]
        self._ring = [b if b.room == ROOM else Block(self._size, self._unit, ROOM) for b in self._ring]
        self._ring[self._turn] = large
        return large


def row_too_long(row: int) -> UnfitData:
    """The error for row `row`, counted from 1; 0 is the heading."""
    place = f"Row {row}" if row else "The heading"
    return UnfitData(
        "row-too-long",
        f"{place} is longer than {LONGEST_ROW >> 20} MiB: most often a quote that is never closed, or no table at all.",
    )
