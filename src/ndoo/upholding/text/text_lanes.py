"""Decides on pieces of one text, several at once, each on a thread of its own; what they come to is told in the order of the text.

A piece is whole rows. Whoever cuts the text into pieces knows where rows end, so no piece has to wait for the one before: its rows are
found, their numbers read and asked about, and what stays is read once more, while other threads do the same with other pieces. People are
marked in sets that all threads share. All else is counted apart and added up at the end.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import HOLD, MALFORMED, address_of, library
from ndoo.numbers.key_index import U8s
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides, RowDecision
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.text.blocks import Block
from ndoo.upholding.text.dialect import TextDialect
from ndoo.upholding.text.held_rows import Finer, HeldRow, finer_reasons, held_because, malformed_text
from ndoo.upholding.text.row_scan import RowScan
from ndoo.upholding.text.text_faults import row_fault
from ndoo.upholding.text.text_notes import HeadingAgain
from ndoo.upholding.text.text_watch import TextWatch

MAX_ROWS = 1 << 16
_MOST = 32
_AS_A_HEADING = (HOLD, HOLD + MALFORMED)
"""How a heading among the rows is held, in linked tables and else."""


def cores() -> int:
    """How many threads may be at work here at once."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, _MOST)


@dataclass(slots=True)
class TextPiece:
    """Some rows of a text, from `begin` in `block.read` on, and what became of them."""

    block: Block
    begin: int
    place: int
    """Where they begin in `block.narrow`."""
    units: int
    start: int
    """How many units of the text stand before them."""
    whole: bool
    """See `TextWatch.some_of`."""
    rows: int = 0
    fault: tuple[int, int] | None = None
    """What is wrong with the row after the last one, and how many fields it has."""
    fault_at: int = 0
    """Where that row begins, in units from the first of these."""
    kept: memoryview = field(default_factory=lambda: memoryview(b""))
    held: memoryview = field(default_factory=lambda: memoryview(b""))
    told: list[HeldRow] = field(default_factory=list)
    """The held rows one by one, where the plan tells why they are held."""


@dataclass(frozen=True, slots=True)
class LanePlan:
    """How all pieces of one text are looked at: `keys` are the places of the columns that are read, `heading` is the line of their
    names; rows that stay are copied out if `keeps`, and held ones if `holds`, each with its reason if `tells`."""

    dialect: TextDialect
    keys: Sequence[int]
    heading: bytes
    keeps: bool
    holds: bool
    tells: bool = False


class Lane:
    """What one thread needs. Not for two at once."""

    def __init__(self, plan: LanePlan, deciding: Decides, watch: Watch, again: HeadingAgain) -> None:
        self._plan, self.deciding, self.watch, self.again = plan, deciding, watch, again
        self._scan = RowScan(plan.dialect, plan.keys, MAX_ROWS)
        self._looks = TextWatch(plan.dialect, watch)

    def decide(self, piece: TextPiece) -> None:
        """Decide on the rows of a piece, as far as they are sound, and copy out what stays and what is held."""
        plan, scan, block, deciding = self._plan, self._scan, piece.block, self.deciding
        unit, used, kept, held = plan.dialect.unit, 0, 0, 0
        first = address_of(block.narrow, piece.place) if piece.units else 0
        addressof = ctypes.addressof
        verdict, row_end = addressof(scan.verdict), addressof(scan.row_end)
        block.make_room(kept=plan.keeps, held=plan.holds)
        while used < piece.units:
            rows, taken = scan.find(first + used, piece.units - used, final=block.final)
            if scan.fault:
                piece.rows += rows
                piece.fault, piece.fault_at = (scan.fault, scan.fields_found), used + taken
                return
            if not rows:
                raise AssertionError("a piece is whole rows")
            scan.read(first + used, rows)
            self._looks.some_of(block.narrow, piece.place + used, scan.row_end, rows, whole=piece.whole)
            here = piece.begin + used * unit
            self._show(first + used, rows, here, block)
            deciding.decide(addressof(scan.person), addressof(scan.why), rows, verdict)
            verdicts = memoryview(scan.verdict)[:rows].tobytes()
            if any(held in verdicts for held in _AS_A_HEADING):
                self.again.look(block.read, here, here + taken * unit)
            source = address_of(block.read, here)
            if plan.keeps:
                kept += library.ndoo_gather(source, row_end, rows, verdict, 0, unit, address_of(block.kept) + kept)
            finer = finer_reasons(verdicts, partial(self._malformed, first + used))
            self.watch.malformed.update(finer.values())
            if plan.tells:
                piece.told += self._told(verdicts, finer, piece, here)
            elif plan.holds:
                held += library.ndoo_gather(source, row_end, rows, verdict, 1, unit, address_of(block.held) + held)
            piece.rows += rows
            used += taken
        piece.kept, piece.held = memoryview(block.kept)[:kept], memoryview(block.held)[:held]

    def _malformed(self, address: int, place: int) -> str:
        return malformed_text(self._scan, address, place, quotes=self._plan.dialect.quotes)

    def _told(self, verdicts: bytes, finer: Finer, piece: TextPiece, begin: int) -> Iterator[HeldRow]:
        """The held rows of those that begin at `begin`."""
        read, unit, row_end = piece.block.read, self._plan.dialect.unit, self._scan.row_end
        for place, reason in held_because(verdicts, finer):
            start = begin + (row_end[place - 1] * unit if place else 0)
            yield HeldRow(piece.rows + place, reason, bytes(read[start : begin + row_end[place] * unit]))

    def look(self, piece: TextPiece) -> None:
        """Look at what stays of a piece that was decided on."""
        if piece.fault:
            return
        if self.watch.witness:
            self.watch.witness.take_text(piece.kept, self._plan.dialect, whole=piece.whole)
        if self.watch.mentions:
            end = piece.begin + piece.units * self._plan.dialect.unit
            staying = piece.kept if self._plan.keeps else memoryview(piece.block.read)[piece.begin : end]
            self.watch.mentions.rows(staying, self._plan.dialect)

    def _show(self, address: int, rows: int, begin: int, block: Block) -> None:
        """Show the decision what it asks for besides the people of these rows."""
        located, glimpsed = len(self.deciding.located), len(self.deciding.glimpsed)
        if located or glimpsed:
            cells = self._scan.last(address, located + glimpsed)
            self.deciding.locate(cells[:located], self._scan.width)
            self.deciding.glimpse([[(one, rows)] for one in cells[located:]])
        if self.watch.holds:
            self.deciding.mark(self._marked(self.watch.holds, block, begin, rows))

    def _marked(self, holds: MentionSearch, block: Block, begin: int, rows: int) -> U8s:
        """Which of the rows that begin at `begin` are to be held for what stands in them."""
        read, unit, row_end = memoryview(block.read), self._plan.dialect.unit, self._scan.row_end

        def look(first: int, end: int) -> None:
            start = begin + (row_end[first - 1] * unit if first else 0)
            holds.rows(read[start : begin + row_end[end - 1] * unit], self._plan.dialect)

        return holds.mark(rows, look)


class Lanes:
    """Use as a context manager; `join` when all is well.

    Where `deciding` must see its rows in their order, it does so on the caller's own thread, and only what stays is looked at beside it.
    """

    def __init__(self, plan: LanePlan, deciding: Decides, watch: Watch, again: HeadingAgain, threads: int) -> None:
        self._lanes = [Lane(plan, deciding, watch, again)]
        self._join_decisions: list[Callable[[], None]] = []
        if (
            type(deciding) is RowDecision and watch.glimpses is None
        ):  # nobody knows that any other may be asked out of order
            for _ in range(threads - 1):
                other = deciding.beside()
                self._lanes.append(Lane(plan, other, watch.beside(), again.beside()))
                self._join_decisions.append(partial(deciding.join, other))
        self._free: SimpleQueue[Lane] = SimpleQueue()
        for lane in self._lanes:
            self._free.put(lane)
        self._pool = ThreadPoolExecutor(len(self._lanes))
        self._sent: deque[tuple[TextPiece, Future[None]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Nobody looks at any piece any more."""
        self._pool.shutdown(cancel_futures=True)

    @property
    def count(self) -> int:
        """How many pieces are decided on at once."""
        return len(self._lanes)

    @property
    def waiting(self) -> int:
        """How many pieces were sent and not taken back."""
        return len(self._sent)

    def send(self, piece: TextPiece) -> None:
        """Let a piece be decided on. Its block stays as it is until the piece is taken back."""
        if self.count == 1:
            self._lanes[0].decide(piece)
            self._sent.append((piece, self._pool.submit(self._lanes[0].look, piece)))
        else:
            self._sent.append((piece, self._pool.submit(self._both, piece)))

    def _both(self, piece: TextPiece) -> None:
        lane = self._free.get()
        try:
            lane.decide(piece)
            lane.look(piece)
        finally:
            self._free.put(lane)

    def take_back(self, rows: int) -> TextPiece:
        """The first of the pieces that were sent, decided on.

        Args:
            rows: how many stand before it.

        Raises:
            FaultInside: one of its rows is not sound.
        """
        piece, done = self._sent.popleft()
        done.result()
        if piece.fault:
            kind, found = piece.fault
            fields = len(self._lanes[0].watch.names)
            raise FaultInside(row_fault(kind, rows + piece.rows + 1, found=found, fields=fields), piece)
        return piece

    def join(self) -> None:
        """Add up what all threads have met, once every piece was taken back."""
        for join in self._join_decisions:
            join()
        first, *others = self._lanes
        for lane in others:
            first.watch.join(lane.watch)
            first.again.join(lane.again)


class FaultInside(Exception):
    """A row of a piece is not sound: `fault` says why, `at` how many units of the text stand before it."""

    def __init__(self, fault: UnfitData, piece: TextPiece) -> None:
        super().__init__(fault.sentence)
        self.fault, self.at = fault, piece.start + piece.fault_at
