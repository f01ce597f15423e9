"""Delimited text past a cleaned list: kept rows byte for byte, in order, at the speed of the disk."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.numbers.kernel import address_of, library
from ndoo.upholding.columns import Watch
from ndoo.upholding.deciding import Deciding
from ndoo.upholding.dialect import Dialect, Reading, sniff
from ndoo.upholding.row_scan import RowScan
from ndoo.upholding.sink import Sink, packing
from ndoo.upholding.source import Source
from ndoo.upholding.text_watch import TextWatch

BLOCK = 1 << 21
"""How much is read at once: large enough that calls cost nothing, small enough to stay in the processor's cache."""
LONGEST_ROW = 1 << 26
_HEAD = 1 << 20
_MAX_ROWS = 1 << 16
_RING = 4


class _Slot:
    """One block on its way through: what was read, what is kept, and the digests that still look at it."""

    def __init__(self, size: int, unit: int) -> None:
        self.read = bytearray(size)
        self.kept = bytearray(size)
        self.held = bytearray()
        self.narrow = bytearray(size // 2) if unit == 2 else self.read
        self.waiting: list[Future[None] | None] = []

    def wait(self) -> None:
        for future in self.waiting:
            if future is not None:
                future.result()
        self.waiting.clear()


class Delimited:
    """A delimited text file, plain or packed."""

    format = "csv"
    suffixes: tuple[str, ...] = (".csv", ".tsv", ".txt", ".dat", ".gz", ".zst", ".psv")

    def __init__(self, path: Path, reading: Reading, worker: ThreadPoolExecutor) -> None:
        self._path = path
        self._worker = worker
        self.dialect, self._start, self._whole = self._sniffed(reading)
        self.names: Sequence[str] = self.dialect.names

    @property
    def crowded(self) -> bool:
        """Are many people to be expected?"""
        return self._path.stat().st_size > 1 << 23

    def _sniffed(self, reading: Reading) -> tuple[Dialect, bytes, bool]:
        size = _HEAD
        while True:
            with Source(self._path, self._worker) as source:
                start = bytearray(size)
                length = 0
                while length < size:
                    got, pending = source.read_into(memoryview(start)[length:])
                    if pending:
                        pending.result()
                    if not got:
                        break
                    length += got
            head = bytes(start[:length])
            whole = length < size
            if dialect := sniff(head, reading, whole=whole):
                return dialect, head, whole
            if size >= LONGEST_ROW:
                raise _row_too_long(0)
            size *= 16

    def preview(self, watch: Watch) -> None:
        """Look at the first rows of every column."""
        body = self._start[self.dialect.body_at :]
        slot = _Slot(len(body) + 2, self.dialect.unit)
        slot.read[: len(body)] = body
        units = self._narrow(slot, 0, len(body), final=self._whole)
        TextWatch(self.dialect, watch).all_of(self._at(slot, 0), units, final=self._whole)

    def stream(
        self,
        columns: Columns,
        deciding: Deciding,
        watch: Watch,
        kept: Sink | None,
        held: Sink | None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """Send every row past `deciding`; the kept ones to `kept`, the held ones to `held`, where given.

        Returns: the input as it was read.

        Raises:
            UnfitData: see `row_faults`; the input changed, is cut off or damaged.
        """
        dialect, unit = self.dialect, self.dialect.unit
        keys = [dialect.names.index(name) for name in (columns.nhs_number, *columns.also)]
        scan, others = RowScan(dialect, keys, _MAX_ROWS), TextWatch(dialect, watch)
        size = max(BLOCK, dialect.body_at + 64)
        ring = [_Slot(2 * size, unit) for _ in range(_RING)]
        carried, rows, turn, first = memoryview(b""), 0, 0, True
        with Source(self._path, self._worker) as source:
            final = False
            while not final:
                turn = (turn + 1) % _RING
                slot = ring[turn]
                slot.wait()
                if len(carried) + size > len(slot.read):
                    if len(carried) > LONGEST_ROW:
                        raise _row_too_long(rows + 1)
                    for other in ring:
                        other.wait()
                    ring = [_Slot(2 * size, unit) for _ in range(_RING)]  # one slot at a time is large
                    slot = ring[turn] = _Slot(len(carried) + size, unit)
                slot.read[: len(carried)] = carried
                got, pending = source.read_into(memoryview(slot.read)[len(carried) : len(carried) + size])
                slot.waiting.append(pending)
                length, final = len(carried) + got, got == 0
                progress(source.digest.bytes)
                begin = 0
                if first:  # the heading is surely here: `size` is larger
                    begin, first = dialect.body_at, False
                    if length < begin and not final:
                        carried, first = memoryview(slot.read)[:length], True
                        continue
                    for sink in (kept, held):
                        if sink is not None:
                            slot.waiting.append(sink.write(bytes(slot.read[:begin])))
                units = self._narrow(slot, begin, length, final=final)
                rows, used = self._decide(scan, slot, begin, units, final, rows, deciding, others, kept, held)
                carried = memoryview(slot.read)[begin + used * unit : length]
            sha256, stored = source.finish()
        for slot in ring:
            slot.wait()
        return FileRecord(self._path.name, sha256, stored, self.format, rows, self.described())

    def described(self) -> dict[str, Any]:
        """The dialect, for the manifest."""
        return self.dialect.described()

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord:
        """The record of what a sink stored."""
        return FileRecord(output.name, *stored, self.format, rows, self.described())

    def sink(self, handle: int, name: Path) -> Sink:
        """Room for rows of this file, stored as `name` says."""
        return Sink(handle, packing(name))

    def _narrow(self, slot: _Slot, begin: int, length: int, *, final: bool) -> int:
        """How many code units lie ready from `begin` on, in `slot.narrow` where they are two bytes wide."""
        if self.dialect.unit == 1:
            return length - begin
        if final and (length - begin) % 2:
            raise UnfitData("input-cut", "The input is UTF-16 and ends in the middle of a character: it is cut off.")
        units = (length - begin) // 2
        big_endian = self.dialect.encoding == "utf-16-be"
        library.ndoo_narrow(address_of(slot.read, begin), units, big_endian, address_of(slot.narrow))
        return units

    def _at(self, slot: _Slot, begin: int) -> int:
        return address_of(slot.narrow, 0 if self.dialect.unit == 2 else begin)

    def _decide(
        self, scan: RowScan, slot: _Slot, begin: int, units: int, final: bool, rows: int,
        deciding: Deciding, others: TextWatch, kept: Sink | None, held: Sink | None,
    ) -> tuple[int, int]:  # fmt: skip
        """Decide all whole rows of the block: the number of rows so far, and the units that they took here."""
        used = filled = filled_held = 0
        addressof, unit = ctypes.addressof, self.dialect.unit
        source, target = address_of(slot.read), address_of(slot.kept)
        if held is not None and len(slot.held) < len(slot.read):
            slot.held = bytearray(len(slot.read))
        while used < units:
            got, taken = scan.rows(self._at(slot, begin) + used, units - used, final=final, before=rows)
            if not got:
                break
            others.some_of(slot.narrow, (0 if unit == 2 else begin) + used, scan.row_end, got)
            verdict, row_end = addressof(scan.verdict), addressof(scan.row_end)
            deciding.decide(addressof(scan.person), addressof(scan.why), got, verdict)
            here = source + begin + used * unit
            if kept is not None:
                filled += library.ndoo_gather(here, row_end, got, verdict, 0, unit, target + filled)
            if held is not None:
                filled_held += library.ndoo_gather(
                    here, row_end, got, verdict, 1, unit, address_of(slot.held) + filled_held
                )
            rows += got
            used += taken
        if kept is not None:
            slot.waiting.append(kept.write(memoryview(slot.kept)[:filled]))
        if held is not None:
            slot.waiting.append(held.write(memoryview(slot.held)[:filled_held]))
        return rows, used


def _row_too_long(row: int) -> UnfitData:
    place = f"Row {row}" if row else "The heading"
    return UnfitData(
        "row-too-long",
        f"{place} is longer than {LONGEST_ROW >> 20} MiB: most often a quote that is never closed, or no table at all.",
    )
