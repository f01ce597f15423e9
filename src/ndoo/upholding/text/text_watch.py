"""What stands in the other columns of delimited text: every cell of the first rows; after that, rows from all over each block."""

from __future__ import annotations

import ctypes

from ndoo.numbers.kernel import address_of
from ndoo.upholding.columns import Watch
from ndoo.upholding.text.dialect import TextDialect
from ndoo.upholding.text.row_scan import RowScan

LOOK_AT_ALL = 200_000
"""At least so many rows at the beginning are looked at whole. A block has some 30,000 rows."""
FEW = 1 << 10
"""So few rows of a block are looked at whole wherever they stand."""
PLACES, ROWS_AT_A_PLACE = 32, 4
"""Then so many rows at so many places of each block, evenly spread: what fills a stretch of rows as long as the way from
one place to the next is met, and four valid numbers in a row are no chance."""
_CELLS_AT_ONCE = 1 << 16


class TextWatch:
    """Shows a `Watch` the cells of text in one dialect."""

    def __init__(self, dialect: TextDialect, watch: Watch) -> None:
        self._watch = watch
        self._fields = len(dialect.names)
        self._scan = RowScan(dialect, range(self._fields), max(1, _CELLS_AT_ONCE // self._fields))

    @property
    def fault_at(self) -> int:
        """See `RowScan`."""
        return self._scan.fault_at

    def all_of(self, address: int, units: int, *, final: bool) -> None:
        """Look at every whole row of `units` code units; `final` where nothing follows.

        Raises:
            UnfitData: see `row_faults`; rows are counted from the first of these.
        """
        used = looked = 0
        while used < units:
            rows, taken = self._scan.rows(address + used, units - used, final=final, before=looked)
            if not rows:
                return
            if self._watch.glimpses:
                cells = self._scan.last(address + used, self._fields)
                self._watch.glimpses.glimpse([[(one, rows)] for one in cells])
            why = memoryview(self._scan.why)[: rows * self._fields]
            for column in range(self._fields):
                self._watch.look(column, bytes(why[column :: self._fields]))
            used += taken
            looked += rows

    def some_of(
        self,
        text: bytearray | memoryview,
        begin: int,
        row_end: ctypes.Array[ctypes.c_int64],
        rows: int,
        *,
        whole: bool,
    ) -> None:
        """Look at `rows` rows that begin at `begin` and were found whole; `row_end` counts from there.

        Args:
            whole: fewer than LOOK_AT_ALL rows came before.
        """
        if whole or rows <= FEW:
            self.all_of(address_of(text, begin), row_end[rows - 1], final=True)
            return
        view, pieces = memoryview(text), []
        for first in range(0, rows, max(rows // PLACES, ROWS_AT_A_PLACE)):
            last = min(first + ROWS_AT_A_PLACE, rows) - 1
            pieces.append(view[begin + (row_end[first - 1] if first else 0) : begin + row_end[last]])
        sample = bytearray().join(pieces)
        self.all_of(address_of(sample), len(sample), final=True)
