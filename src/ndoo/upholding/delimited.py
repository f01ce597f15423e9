"""Delimited text past a cleaned list: kept rows byte for byte, in order, at the speed of the disk."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.numbers.kernel import address_of, library
from ndoo.upholding import blocks
from ndoo.upholding.blocks import Block, Blocks, row_too_long
from ndoo.upholding.columns import Watch
from ndoo.upholding.deciding import Decides
from ndoo.upholding.dialect import Dialect, Reading, sniff
from ndoo.upholding.row_scan import RowScan
from ndoo.upholding.sink import Sink, packing
from ndoo.upholding.source import Source
from ndoo.upholding.text_watch import TextWatch

BLOCK = 1 << 21
"""How much is read at once: large enough that calls cost nothing, small enough to stay in the processor's cache."""
_HEAD = 1 << 20
_MAX_ROWS = 1 << 16


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
            if size >= blocks.LONGEST_ROW:
                raise row_too_long(0)
            size *= 16

    def preview(self, watch: Watch) -> None:
        """Look at the first rows of every column."""
        body = self._start[self.dialect.body_at :]
        block = Block(len(body) + 2, self.dialect.unit, 0)
        block.read[: len(body)] = body
        block.end = len(body)
        units = self._narrow(block, 0, final=self._whole)
        TextWatch(self.dialect, watch).all_of(self._at(block, 0), units, final=self._whole)

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
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
        keys = [dialect.names.index(name) for name in (*columns.keys, *deciding.located)]
        scan, others = RowScan(dialect, keys, _MAX_ROWS), TextWatch(dialect, watch)
        carried, rows, first = memoryview(b""), 0, True
        with ThreadPoolExecutor(1) as looker, Source(self._path, self._worker) as source:
            incoming = Blocks(source, self._worker, max(BLOCK, dialect.body_at), unit)
            final = False
            while not final:
                block = incoming.next(carried, rows + 1)
                final, begin = block.final, block.begin
                progress(source.digest.bytes)
                if first:
                    begin += dialect.body_at
                    if block.end < begin and not final:  # packed input comes in small pieces
                        carried = memoryview(block.read)[block.begin : block.end]
                        continue
                    first = False
                    for sink in (kept, held):
                        if sink is not None:
                            block.waiting.append(sink.write(bytes(block.read[block.begin : begin])))
                units = self._narrow(block, begin, final=final)
                rows, used = self._decide(scan, block, begin, units, rows, deciding, others, kept, held)
                if watch.mentions:
                    staying = block.staying if kept else memoryview(block.read)[begin : begin + used * unit]
                    block.waiting.append(looker.submit(watch.mentions.rows, staying, dialect))
                carried = memoryview(block.read)[begin + used * unit : block.end]
            incoming.finish()
            sha256, stored = source.finish()
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

    def _narrow(self, block: Block, begin: int, *, final: bool) -> int:
        """How many code units lie ready from `begin` on, in `block.narrow` where they are two bytes wide."""
        length = block.end - begin
        if self.dialect.unit == 1:
            return length
        if final and length % 2:
            raise UnfitData("input-cut", "The input is UTF-16 and ends in the middle of a character: it is cut off.")
        big_endian = self.dialect.encoding == "utf-16-be"
        if length > 1:
            library.ndoo_narrow(address_of(block.read, begin), length // 2, big_endian, address_of(block.narrow))
        return length // 2

    def _at(self, block: Block, begin: int) -> int:
        return address_of(block.narrow, self._place(begin))

    def _place(self, begin: int) -> int:
        """Where in `block.narrow` the rows from `begin` on lie."""
        return 0 if self.dialect.unit == 2 else begin

    def _decide(
        self, scan: RowScan, block: Block, begin: int, units: int, rows: int,
        deciding: Decides, others: TextWatch, kept: Sink | None, held: Sink | None,
    ) -> tuple[int, int]:  # fmt: skip
        """Decide all whole rows of the block: the number of rows so far, and the units that they took here."""
        used = filled = filled_held = 0
        addressof, unit = ctypes.addressof, self.dialect.unit
        source, target = address_of(block.read), address_of(block.kept)
        if held is not None and len(block.held) < len(block.read):
            block.held = bytearray(len(block.read))
        while used < units:
            got, taken = scan.rows(self._at(block, begin) + used, units - used, final=block.final, before=rows)
            if not got:
                break
            others.some_of(block.narrow, self._place(begin) + used, scan.row_end, got)
            verdict, row_end = addressof(scan.verdict), addressof(scan.row_end)
            if deciding.located:
                deciding.locate(scan.last(self._at(block, begin) + used, len(deciding.located)), scan.width)
            deciding.decide(addressof(scan.person), addressof(scan.why), got, verdict)
            here = source + begin + used * unit
            if kept is not None:
                filled += library.ndoo_gather(here, row_end, got, verdict, 0, unit, target + filled)
            if held is not None:
                filled_held += library.ndoo_gather(
                    here, row_end, got, verdict, 1, unit, address_of(block.held) + filled_held
                )
            rows += got
            used += taken
        block.staying = memoryview(block.kept)[:filled]
        if kept is not None:
            block.waiting.append(kept.write(block.staying))
        if held is not None:
            block.waiting.append(held.write(memoryview(block.held)[:filled_held]))
        return rows, used
