"""One table on its way past: every cell is looked at for NHS numbers, and a random sample of rows is kept for everything else.

Rows come in pieces, wherever their cells lie in memory. The sample is kept in memory until the table has been judged.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Sequence
from ctypes import c_int64, c_void_p
from dataclasses import dataclass
from typing import Any

from ndoo.numbers.kernel import Cells, Side, int64s, library
from ndoo.numbers.positions import Positions, holds_numbers
from ndoo.numbers.sight import Sight, sampled

SAMPLE = 5_000
"""Rows kept for the detectors that look at a sample. Of what they do not meet, at most 3 / SAMPLE of the rows hold any (95
per cent sure, where there are more rows than that)."""
LONGEST_KEPT = 4_000
"""Of a longer cell the beginning is kept."""
_SEED = 20_261_120
_EVERY = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Lying:
    """One column of a piece: cell `i` lies from `begin[i * stride + offset]` to `end[…]`, counted from `address`.

    `alive` is whatever owns the memory. `quoted`: outer quotes are syntax, and two inside mean one.
    """

    address: int
    begin: ctypes.Array[c_int64]
    end: ctypes.Array[c_int64]
    stride: int
    offset: int
    quoted: bool
    alive: Any

    def cells(self) -> Cells:
        """For the kernel."""
        begin, end = (c_void_p(ctypes.addressof(edge) + 8 * self.offset) for edge in (self.begin, self.end))
        return Cells(self.address, begin, end, self.stride, self.quoted)

    def side(self) -> Side:
        """For the kernel, as a column beside others."""
        cells = self.cells()
        return Side(buf=cells.buf, begin=cells.begin, end=cells.end, stride=cells.stride)

    def text(self, row: int, encoding: str) -> str:
        """One cell, its quoting undone and no longer than `LONGEST_KEPT`."""
        at = row * self.stride + self.offset
        begin = self.begin[at]
        raw = ctypes.string_at(self.address + begin, min(self.end[at] - begin, LONGEST_KEPT))
        text = raw.decode(encoding, "replace").strip()
        if self.quoted and text[:1] == '"':
            text = text[1:-1] if text[-1] == '"' and len(text) > 1 else text[1:]
            text = text.replace('""', '"').strip()
        return text


class TableSurvey:
    """What was seen of one table. `names` are its columns as they stand; `encoding` is that of its cells, `most` the size of the sample."""

    def __init__(self, names: Sequence[str], encoding: str = "utf-8", most: int = 0) -> None:
        self.names = list(names)
        self._positions = Positions()
        self.sights = [Sight(self._positions, at) for at, _ in enumerate(self.names, start=1)]
        self.rows = 0
        self.identified = False
        """It is known to hold an NHS number, which was seen elsewhere than in its cells."""
        self.encoding, self._most, self._share = encoding, most or SAMPLE, _EVERY
        self._kept: list[tuple[int, tuple[str, ...]]] = []

    def expect(self, rows: int) -> None:
        """About so many rows will come: the sample is then drawn with fewer rows to throw away. Call before the first."""
        if rows > 2 * self._most:
            self._share = min(_EVERY, int(1.25 * self._most / rows * _EVERY))

    def add_column(self, name: str) -> None:
        """A column that shows itself late, as JSON's do; rows before it have a blank there."""
        self.names.append(name)
        self.sights.append(Sight(self._positions, len(self.names)))

    def take(self, columns: Sequence[Lying], rows: int) -> None:
        """Look at the next `rows` rows; `columns` are those of `names`, in order."""
        for sight, column in zip(self.sights, columns, strict=True):
            sight.look(column.cells(), rows)
        self._positions.look_beside([column.side() for column in columns], rows)
        for row, rank in sampled(self.rows, rows, self._share, _SEED):
            self._kept.append((rank, tuple(column.text(row, self.encoding) for column in columns)))
            if len(self._kept) >= 2 * self._most:
                self._thin()
        self.rows += rows

    def take_texts(self, columns: Sequence[Sequence[str | None]]) -> None:
        """The same for columns of Python texts."""
        import pyarrow as pa

        self.take_arrays([text_array(pa, cells) for cells in columns], len(columns[0]) if columns else 0)

    def take_arrays(self, columns: Iterable[Any], rows: int) -> None:
        """The same for Arrow arrays of text (large_string or large_binary)."""
        self.take([_lying(column) for column in columns], rows)

    def _thin(self) -> None:
        self._kept.sort(key=lambda entry: entry[0])
        del self._kept[self._most :]
        self._share = self._kept[-1][0]

    @property
    def in_pieces(self) -> set[int]:
        """The columns in which NHS numbers stand in pieces, side by side; counted from 0."""
        here = [position for position in self._positions if position.span > 1]
        return {
            position.column - 1 + at
            for position in here
            if holds_numbers(position, len(here))
            for at in range(position.span)
        }

    @property
    def sample(self) -> list[tuple[str, ...]]:
        """The rows of the sample, each as long as there were columns when it came."""
        if len(self._kept) > self._most:
            self._thin()
        return [row for _, row in self._kept]

    def values(self, column: int) -> list[str]:
        """The cells of one column in the sample that are not blank."""
        return [row[column] for row in self.sample if len(row) > column and row[column]]


def text_array(pa: Any, cells: Sequence[str | None]) -> Any:
    """Texts as an Arrow array, half characters included."""
    try:
        return pa.array(cells, pa.large_string())
    except UnicodeEncodeError:
        return pa.array([c if c is None else c.encode("utf-8", "surrogatepass") for c in cells], pa.large_binary())


def _lying(column: Any) -> Lying:
    rows = len(column)
    begin, end = int64s(rows), int64s(rows)
    validity, offsets, data = column.buffers()
    library.ndoo_arrow_cells(
        offsets.address if offsets else None,
        1,
        validity.address if validity else None,
        column.offset,
        rows,
        ctypes.addressof(begin),
        ctypes.addressof(end),
    )
    return Lying(data.address if data else 0, begin, end, 1, 0, False, column)
