"""Delimited text past a cleaned list: kept rows byte for byte, in order, at the speed of the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.numbers.kernel import address_of, library
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.input_files.foreign_formats import refuse_foreign_inside
from ndoo.upholding.input_files.source import ByteSource, compression_of
from ndoo.upholding.publication.output_names import text_suffixes
from ndoo.upholding.publication.sink import Sink, packing
from ndoo.upholding.text import blocks, text_lanes
from ndoo.upholding.text.blocks import Block, Blocks, row_too_long
from ndoo.upholding.text.dialect import Reading, TextDialect, sniff
from ndoo.upholding.text.held_rows import HeldText
from ndoo.upholding.text.row_scan import RowScan
from ndoo.upholding.text.text_edges import above_blank_lines
from ndoo.upholding.text.text_encoding import narrow
from ndoo.upholding.text.text_lanes import FaultInside, LanePlan, Lanes, TextPiece
from ndoo.upholding.text.text_notes import HeadingAgain, LastLines, warned_of
from ndoo.upholding.text.text_watch import LOOK_AT_ALL, TextWatch

BLOCK = 1 << 21
"""How much is read at once: large enough that calls cost nothing, small enough to stay in the processor's cache."""
_HEAD = 1 << 20


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

    def _sniffed(self, reading: Reading) -> tuple[TextDialect, bytes, bool]:
        size = self._fitting(_HEAD)
        while True:
            with ByteSource(self._path, self._worker) as source:
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
        held: Sink | HeldText | None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """Send every row past `deciding`; the kept ones to `kept`, the held ones to `held`, where given.

        Returns: the input as it was read.

        Raises:
            UnfitData: see `row_faults`; the input changed, is cut off or damaged.
        """
        dialect, unit = self.dialect, self.dialect.unit
        keys = [dialect.names.index(name) for name in (*columns.keys, *deciding.located, *deciding.glimpsed)]
        heading = self._start[dialect.heading_at : dialect.body_at]
        last, again = LastLines(dialect, keys[0] if columns.keys else None), HeadingAgain(heading)
        told = held if isinstance(held, HeldText) else None
        plan = LanePlan(dialect, keys, heading, keeps=kept is not None, holds=held is not None, tells=told is not None)
        finds = RowScan(dialect, (), text_lanes.MAX_ROWS)
        carried, rows, sent, start, first, final = memoryview(b""), 0, 0, 0, True, False

        def settle(most: int) -> int:
            """Take pieces back until only `most` are on their way, and store what is to be stored of them."""
            nonlocal rows
            while lanes.waiting > most:
                piece = lanes.take_back(rows)
                piece.block.waiting += [kept.write(piece.kept)] if kept is not None else []
                if held is not None:
                    piece.block.waiting.append(held.write(told.rows(rows, piece.told) if told else piece.held))
                rows += piece.rows
            return rows

        with (
            Lanes(plan, deciding, watch, again, text_lanes.cores()) as lanes,
            ByteSource(self._path, self._worker) as source,
        ):
            most = lanes.count + 1
            size = max(self._fitting(BLOCK), dialect.body_at)
            incoming = Blocks(source, self._worker, size, unit, most + 3)
            while not final:
                try:
                    settle(most if len(carried) <= blocks.ROOM else 0)
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
                        block.waiting += [kept.write(above)] if kept is not None else []
                        if held is not None:
                            block.waiting.append(held.write(told.above(above) if told else above))
                    every = self._narrow(block, begin, final=final)
                    last.take(block.narrow, self._place(begin) + known, self._place(begin) + every)
                    units = self._whole_rows(block, begin, self._above_foot(block, begin, every, final=final), finds)
                    whole = sent < LOOK_AT_ALL  # how many `rows` have come back depends on the threads
                    sent += self._rows_in(block, begin, units, finds) if whole else 0
                    lanes.send(TextPiece(block, begin, self._place(begin), units, start, whole))
                    start += units
                    carried = memoryview(block.read)[begin + units * unit : block.end]
                    if final:
                        narrow_below = bytes(block.narrow[self._place(begin) + units : self._place(begin) + every])
                        settle(0)
                except FaultInside as inside:
                    lanes.stop()
                    self._drain(block, incoming, last)
                    raise last.explained(inside.fault, last.seen - inside.at) from None
            lanes.join()
            incoming.finish()
            sha256, stored = source.finish()
        left_out = self._start[dialect.mark : dialect.released_at] + carried
        watch.warned += [*again.warned(), *warned_of(left_out, dialect.encoding)]
        watch.lines_below = last.below() if columns.keys else 0
        below = (
            narrow_below.count(b"\n") + (not narrow_below.endswith(b"\n") and bool(narrow_below)) - dialect.skip_footer
        )
        blank = {"blank_lines_below": below} if below else {}
        return FileRecord(self._path.name, sha256, stored, self.format, rows, {**dialect.described(), **blank})

    def _above_foot(self, block: Block, begin: int, units: int, *, final: bool) -> int:
        """How many of the units from `begin` on stand above the lines at the end that are to be left out, and blank ones above these.

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
        if not self.dialect.is_released:
            blank = self.dialect.separator * (len(self.dialect.names) - 1)
            end = above_blank_lines(text, first, end, blank, final=final)
        return end - first

    def _whole_rows(self, block: Block, begin: int, units: int, scan: RowScan) -> int:
        """How many of the units from `begin` on are whole rows; all of them where a fault stands before the end of a row."""
        if block.final:
            return units
        text, first = block.narrow, self._place(begin)
        if not self.dialect.quotes or text.find(b'"', first, first + units) < 0:
            whole = max(text.rfind(b"\n", first, first + units) + 1 - first, 0)
        else:
            whole = int(library.ndoo_last_end(address_of(text, first), units, 1))
        if whole == 0 < units:
            scan.find(address_of(text, first), units, final=False)
            return units if scan.fault else 0
        return whole

    def _rows_in(self, block: Block, begin: int, units: int, scan: RowScan) -> int:
        """How many rows the units from `begin` on are, as far as they are sound."""
        address, used, counted = self._at(block, begin) if units else 0, 0, 0
        while used < units:
            rows, taken = scan.find(address + used, units - used, final=block.final)
            counted += rows
            used += taken
            if scan.fault or not taken:
                break
        return counted

    def _drain(self, block: Block, incoming: Blocks, last: LastLines) -> None:
        """Show `last` all that comes behind this block."""
        while not block.final:
            block = incoming.next(memoryview(b""), 0)
            units = self._narrow(block, block.begin, final=False)
            last.take(block.narrow, self._place(block.begin), self._place(block.begin) + units)

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord:
        """The record of what a sink stored."""
        return FileRecord(output.name, *stored, self.format, rows, self.dialect.described(released=True))

    def sink(self, handle: int, name: Path) -> Sink:
        """Room for rows of this file, stored as `name` says."""
        return Sink(handle, packing(name))

    def held_sink(self, handle: int, name: Path) -> HeldText:
        """See `formats.Dataset`."""
        return HeldText(self.sink(handle, name), self.dialect)

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

    def _at(self, block: Block, begin: int) -> int:
        return address_of(block.narrow, self._place(begin))

    def _place(self, begin: int) -> int:
        """Where in `block.narrow` the rows from `begin` on lie."""
        return 0 if self.dialect.unit == 2 else begin


def _refuse_mixed_heading(heading: bytes, dialect: TextDialect) -> None:
    """Raises UnfitData as `narrow` does; the blocks that it sees begin below the heading."""
    if dialect.unit == 2:
        text, out = bytearray(heading), bytearray(len(heading) // 2 + 1)
        narrow(address_of(text), len(heading) // 2, dialect.encoding, dialect.delimiter, address_of(out))
