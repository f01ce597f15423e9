"""Delimited text past a cleaned list: kept rows byte for byte, in order, at the speed of the disk."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.numbers.kernel import HOLD, MALFORMED, address_of, library
from ndoo.numbers.key_index import U8s
from ndoo.upholding import blocks
from ndoo.upholding.blocks import Block, Blocks, row_too_long
from ndoo.upholding.columns import Watch
from ndoo.upholding.dialect import Dialect, Reading, sniff
from ndoo.upholding.foreign_formats import refuse_foreign_inside
from ndoo.upholding.output_names import text_suffixes
from ndoo.upholding.row_decision import Decides
from ndoo.upholding.row_scan import RowScan
from ndoo.upholding.sink import Sink, packing
from ndoo.upholding.source import Source, compression_of
from ndoo.upholding.stray_numbers import Mentions
from ndoo.upholding.text_encoding import narrow
from ndoo.upholding.text_notes import HeadingAgain, LastLines, warned_of
from ndoo.upholding.text_watch import TextWatch

BLOCK = 1 << 21
"""How much is read at once: large enough that calls cost nothing, small enough to stay in the processor's cache."""
_HEAD = 1 << 20
_MAX_ROWS = 1 << 16
_AS_A_HEADING = (HOLD, HOLD + MALFORMED)
"""How a heading among the rows is held, in linked tables and else."""


class Delimited:
    """A delimited text file, plain or packed."""

    format = "csv"

    def __init__(self, path: Path, reading: Reading, worker: ThreadPoolExecutor) -> None:
        self._path = path
        self._worker = worker
        self.dialect, self._start, self._whole = self._sniffed(reading)
        self.names: Sequence[str] = self.dialect.names
        self.suffixes = text_suffixes(path, self.dialect.delimiter)

    @property
    def crowded(self) -> bool:
        """Are many people to be expected?"""
        return self._path.stat().st_size > 1 << 23

    def _fitting(self, most: int) -> int:
        """Room for `most` bytes at once, or for the whole file and one more where it is plain and smaller than that."""
        return most if compression_of(self._path) else min(most, self._path.stat().st_size + 1)

    def _sniffed(self, reading: Reading) -> tuple[Dialect, bytes, bool]:
        size = self._fitting(_HEAD)
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
            refuse_foreign_inside(head)
            if dialect := sniff(head, reading, whole=whole):
                _refuse_mixed_heading(head[: dialect.body_at], dialect)
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
        every = self._narrow(block, 0, final=self._whole)
        units = self._above_foot(block, 0, every, final=self._whole)
        looks = TextWatch(self.dialect, watch)
        address = self._at(block, 0)
        try:
            looks.all_of(address, units, final=self._whole)
        except UnfitData as error:
            last = LastLines(self.dialect)
            last.take(block.narrow, 0, every if self._whole else 0)
            raise last.explained(error, address + every - looks.fault_at) from None

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
        keys = [dialect.names.index(name) for name in (*columns.keys, *deciding.located, *deciding.glimpsed)]
        scan, others = RowScan(dialect, keys, _MAX_ROWS), TextWatch(dialect, watch)
        last = LastLines(dialect, keys[0] if columns.keys else None)
        again = HeadingAgain(self._start[dialect.heading_at : dialect.body_at])
        carried, rows, first = memoryview(b""), 0, True
        with ThreadPoolExecutor(1) as looker, Source(self._path, self._worker) as source:
            incoming = Blocks(source, self._worker, max(self._fitting(BLOCK), dialect.body_at), unit)
            final = False
            while not final:
                block = incoming.next(carried, rows + 1)
                final, begin, known = block.final, block.begin, len(carried) // unit
                progress(source.digest.bytes)
                if first:
                    begin += dialect.body_at
                    if block.end < begin and not final:  # packed input comes in small pieces
                        carried = memoryview(block.read)[block.begin : block.end]
                        continue
                    first, known = False, 0
                    above = dialect.above_rows(bytes(block.read[block.begin : begin]))
                    block.waiting += [sink.write(above) for sink in (kept, held) if sink is not None]
                every = self._narrow(block, begin, final=final)
                last.take(block.narrow, self._place(begin) + known, self._place(begin) + every)
                units = self._above_foot(block, begin, every, final=final)
                try:
                    rows, used = self._decide(
                        scan, block, begin, units, rows, deciding, others, watch.holds, again, kept, held
                    )
                except UnfitData as error:
                    rest = self._at(block, begin) + every - scan.fault_at
                    raise last.explained(error, rest + self._drained(block, incoming, last)) from None
                if watch.witness:
                    block.waiting.append(looker.submit(watch.witness.take_text, block.staying, dialect))
                if watch.mentions:
                    staying = block.staying if kept else memoryview(block.read)[begin : begin + used * unit]
                    block.waiting.append(looker.submit(watch.mentions.rows, staying, dialect))
                carried = memoryview(block.read)[begin + used * unit : block.end]
            incoming.finish()
            sha256, stored = source.finish()
        left_out = self._start[dialect.mark : dialect.released_at] + carried
        watch.warned += [*again.warned(), *warned_of(left_out, dialect.encoding)]
        watch.lines_below = last.below() if columns.keys else 0
        return FileRecord(self._path.name, sha256, stored, self.format, rows, dialect.described())

    def _above_foot(self, block: Block, begin: int, units: int, *, final: bool) -> int:
        """How many of the units from `begin` on stand above the lines at the end that are to be left out.

        Raises:
            UsageFault: there are not so many lines.
        """
        text, first = block.narrow, self._place(begin)
        end = first + units
        for _ in range(self.dialect.skip_footer):
            if end == first:
                if final:
                    raise UsageFault("skip-footer", "--skip-footer leaves out more lines than stand below the heading.")
                break
            end = max(text.rfind(b"\n", first, end - 1) + 1, first)
        return end - first

    def _drained(self, block: Block, incoming: Blocks, last: LastLines) -> int:
        """How many more units come behind this block; all are shown to `last`."""
        more = 0
        while not block.final:
            block = incoming.next(memoryview(b""), 0)
            units = self._narrow(block, block.begin, final=False)
            last.take(block.narrow, self._place(block.begin), self._place(block.begin) + units)
            more += units
        return more

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord:
        """The record of what a sink stored."""
        return FileRecord(output.name, *stored, self.format, rows, self.dialect.described(released=True))

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
        if length > 1:
            text, out = address_of(block.read, begin), address_of(block.narrow)
            narrow(text, length // 2, self.dialect.encoding, self.dialect.delimiter, out)
        return length // 2

    def _marked(
        self, holds: Mentions, block: Block, begin: int, row_end: ctypes.Array[ctypes.c_int64], rows: int
    ) -> U8s:
        """Which of the rows that begin at `begin` are to be held for what stands in them."""
        read, unit = memoryview(block.read), self.dialect.unit

        def look(first: int, end: int) -> None:
            start = begin + (row_end[first - 1] * unit if first else 0)
            holds.rows(read[start : begin + row_end[end - 1] * unit], self.dialect)

        return holds.mark(rows, look)

    def _at(self, block: Block, begin: int) -> int:
        return address_of(block.narrow, self._place(begin))

    def _place(self, begin: int) -> int:
        """Where in `block.narrow` the rows from `begin` on lie."""
        return 0 if self.dialect.unit == 2 else begin

    def _decide(
        self,
        scan: RowScan,
        block: Block,
        begin: int,
        units: int,
        rows: int,
        deciding: Decides,
        others: TextWatch,
        holds: Mentions | None,
        again: HeadingAgain,
        kept: Sink | None,
        held: Sink | None,
    ) -> tuple[int, int]:
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
            if several := len(deciding.located) + len(deciding.glimpsed):
                cells = scan.last(self._at(block, begin) + used, several)
                deciding.locate(cells[: len(deciding.located)], scan.width)
                deciding.glimpse([[(one, got)] for one in cells[len(deciding.located) :]])
            if holds:
                deciding.mark(self._marked(holds, block, begin + used * unit, scan.row_end, got))
            deciding.decide(addressof(scan.person), addressof(scan.why), got, verdict)
            here = source + begin + used * unit
            verdicts = memoryview(scan.verdict)[:got].tobytes()
            if any(held in verdicts for held in _AS_A_HEADING):
                again.look(block.read, begin + used * unit, begin + (used + taken) * unit)
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


def _refuse_mixed_heading(heading: bytes, dialect: Dialect) -> None:
    """Raises UnfitData as `narrow` does; the blocks that it sees begin below the heading."""
    if dialect.unit == 2:
        text, out = bytearray(heading), bytearray(len(heading) // 2 + 1)
        narrow(address_of(text), len(heading) // 2, dialect.encoding, dialect.delimiter, address_of(out))
