"""Positions in the digits of a column's cells at which windows of ten digits were looked at: how many are valid numbers there.

One window in eleven is valid by chance. Where far more are, NHS numbers stand at that position, inside longer ones: in records of
fixed width, in keys, in cells side by side.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from ctypes import addressof, byref, sizeof

from ndoo.numbers.chance import RARE, ColumnEvidence, told_apart
from ndoo.numbers.kernel import PLACES_AT, MentionedNumber, Position, Side, Sighted, library

ROOM = 2048
"""Positions of one table. What comes when there is no more room is counted by its column alone."""


class Positions:
    """The positions of all columns of one table."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._memory = mmap.mmap(-1, room * sizeof(Position))  # which takes no room where nothing was written
        self._positions = (Position * room).from_buffer(self._memory)

    def __iter__(self) -> Iterator[Position]:
        """Those at which anything was looked at; `column` counts from 1."""
        return (self._positions[at] for at, column in enumerate(self._columns()) if column)

    def _columns(self) -> list[int]:
        whole: list[int] = memoryview(self._positions).cast("B").cast("I")[:: sizeof(Position) // 4].tolist()
        return whole

    def join(self, other: Positions) -> None:
        """Take in what was counted in `other`, as far as there is room."""
        met = Sighted()
        self.lend(met, 1)
        library.ndoo_join_positions(byref(met), addressof(other._positions), other._room)

    def lend(self, met: Sighted, column: int) -> None:
        """Let the kernel count here what it meets in column number `column`, from 1 on. They must outlive `met`."""
        met.positions, met.room, met.column = self._positions, self._room, column

    def look_beside(self, columns: Sequence[Side], rows: int) -> None:
        """Look at cells side by side in some rows; what is met there is counted at the first of them."""
        if len(columns) > 1:
            met, counted = Sighted(), (MentionedNumber * len(columns))()
            self.lend(met, 1)
            library.ndoo_beside((Side * len(columns))(*columns), len(columns), rows, counted, byref(met))

    def of(self, column: int) -> list[Position]:
        """Those of column number `column`, from 1 on."""
        return [self._positions[at] for at, other in enumerate(self._columns()) if other == column]


def different(position: Position) -> ColumnEvidence:
    """Different windows at a position, and those of them that are valid, as far as its places can tell them apart.

    A number that stands in every row is one piece of evidence, not a million.
    """
    valid, other = (told_apart(places, PLACES_AT) for places in (position.met_valid, position.met_other))
    if valid + other >= PLACES_AT:
        return ColumnEvidence(PLACES_AT, round(PLACES_AT * position.valid / position.windows))
    return ColumnEvidence(valid + other, valid)


def holds_numbers(position: Position, trials: int, chance: float = RARE) -> bool:
    """Are windows valid here more often than chance would have it?

    Args:
        trials: how many positions are looked at in the column.
        chance: how often chance may give as much at one of them.
    """
    seen = different(position)
    return not seen.may_be_chance() and seen.is_rarer_than(chance / trials)
