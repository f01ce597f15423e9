"""Who stands together in a row, in the rows that stay and in all others: a child who stays and a mother who leaves are told by their row."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable, Sequence
from itertools import compress

from ndoo.numbers import kernel, key_kernel
from ndoo.numbers.kernel import uint32s
from ndoo.numbers.key_index import U32s

MANY = 1_000_000
"""Different rows up to which they are kept: beyond, a release is judged by its columns alone."""
CELL = 4
"""Bytes of a person in a row; `NOBODY` where its cell is empty."""
NOBODY = key_kernel.NOBODY.to_bytes(CELL, "little")
_STAYS, _GOES = (bytes((verdict == kernel.KEEP) is stays for verdict in range(256)) for stays in (True, False))


class PeopleByRow:
    """Takes rows in, once it was decided on them; several threads may do so at once.

    Args:
        columns: of the people of a row, in their order.
        kept: the rows that stay; others: all others that were there. Each is the people of one row, `CELL` bytes each.
    """

    def __init__(self, columns: Sequence[str], kept: Sequence[bytes] = (), others: Sequence[bytes] = ()) -> None:
        self.columns = tuple(columns)
        self.kept, self.others = set(kept), set(others)
        self.whole = True
        """Are all of them here? Where there are too many, none is."""

    @property
    def is_empty(self) -> bool:
        """Was there no row?"""
        return self.whole and not (self.kept or self.others)

    def take(self, person: int, rows: int, verdict: int) -> None:
        """Take in rows that lie one after the other at `person`, and have these verdicts, which are settled."""
        if not self.whole:
            return
        width = CELL * len(self.columns)
        cells = [row for (row,) in struct.iter_unpack(f"{width}s", ctypes.string_at(person, rows * width))]
        verdicts = ctypes.string_at(verdict, rows)
        self.add(compress(cells, verdicts.translate(_STAYS)), compress(cells, verdicts.translate(_GOES)))

    def add(self, kept: Iterable[bytes], others: Iterable[bytes]) -> None:
        """Take in rows that stay, and others."""
        if not self.whole:
            return
        self.kept.update(kept)
        self.others.update(others)
        if len(self.kept) + len(self.others) > MANY:
            self.whole, self.kept, self.others = False, set(), set()

    def packed(self) -> tuple[bytes, bytes]:
        """The rows that stay, and the others, one after the other."""
        return b"".join(sorted(self.kept)), b"".join(sorted(self.others))

    def by(self, columns: Sequence[str]) -> PeopleByRow:
        """The same rows by some of their columns, in this order."""
        if self.columns == tuple(columns):
            return self
        at = [self.columns.index(name) for name in columns]
        kept, others = (
            {b"".join(cells[place] for place in at) for cells in map(cells_of, rows)}
            for rows in (self.kept, self.others)
        )
        found = PeopleByRow(columns)
        found.kept, found.others, found.whole = kept, others, self.whole
        return found

    def people_of(self, column: str) -> set[bytes]:
        """Everybody whom this column names, in whatever row."""
        start = CELL * self.columns.index(column)
        named = {row[start : start + CELL] for rows in (self.kept, self.others) for row in rows}
        return named - {NOBODY}

    def people(self) -> set[bytes]:
        """Everybody who is named in a row that stays."""
        return {cell for row in self.kept for cell in cells_of(row)}


def beside(columns: Sequence[U32s], rows: int) -> U32s:
    """The people of rows of which each column lies by itself, row after row."""
    cells = uint32s(max(1, rows * len(columns)))
    every = memoryview(cells).cast("B").cast("I")
    for at, column in enumerate(columns):
        every[at : rows * len(columns) : len(columns)] = memoryview(column).cast("B").cast("I")[:rows]
    return cells


def unpacked(columns: Sequence[str], kept: bytes, others: bytes) -> PeopleByRow:
    """What `PeopleByRow.packed` made."""
    width = CELL * len(columns)
    return PeopleByRow(
        columns, *([some[at : at + width] for at in range(0, len(some), width)] for some in (kept, others))
    )


def cells_of(row: bytes) -> list[bytes]:
    """The people of a row, one after the other."""
    return [row[at : at + CELL] for at in range(0, len(row), CELL)]
