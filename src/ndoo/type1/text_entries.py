"""Reads coded entries from delimited text, block by block, whole rows only, nothing guessed into a number."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable
from ctypes import POINTER, c_int32, c_int64, cast

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import Cells, RowsCall, address_of, int32s, int64s, library
from ndoo.type1.columns import ColumnPlaces, places
from ndoo.type1.latest_entry import Reckoner

_BLOCK = 1 << 22
_LONGEST_ROW = 1 << 24
_MAX_ROWS = 1 << 16
_MARK = b"\xef\xbb\xbf"
_DELIMITERS = b",\t;|"


class TextEntries:
    """A table of entries in UTF-8 text, with a heading. Quotes enclose fields."""

    def __init__(self, file: io.RawIOBase, digested: Callable[[memoryview], object]) -> None:
        self._file = file
        self._digested = digested
        self._buffer = bytearray(_BLOCK)
        self._length = 0
        self._begin = 0
        self._final = False
        self._rows = 0

    def feed(self, reckoner: Reckoner) -> None:
        """Send every row to `reckoner`.

        Raises:
            UnfitData: a heading without the columns, or a row that cannot be told from the next.
        """
        self._more()
        found, fields, delimiter = self._heading()
        reckoner.arrange(found)
        scan, cells = self._prepared(found, fields, delimiter)
        while self._begin < self._length or not self._final:
            if self._begin == self._length:
                self._more()
                continue
            begin = address_of(self._buffer, self._begin)
            scan.buf, scan.len, scan.final = begin, self._length - self._begin, self._final
            library.ndoo_rows(ctypes.byref(scan))
            if scan.fault:
                raise _unreadable(self._rows + scan.rows + 1)
            for column in cells:
                column.buf = begin
            reckoner.take(cells, scan.rows)
            self._rows += scan.rows
            self._begin += scan.consumed
            if not scan.rows:
                self._more()

    def _more(self) -> None:
        """Bring the rest to the front, and read behind it."""
        rest = self._length - self._begin
        self._buffer[:rest] = self._buffer[self._begin : self._length]
        if rest > len(self._buffer) // 2:
            if rest > _LONGEST_ROW:
                raise _unreadable(self._rows + 1)
            self._buffer.extend(bytes(len(self._buffer)))
        view = memoryview(self._buffer)
        got = self._file.readinto(view[rest:]) or 0
        self._digested(view[rest : rest + got])
        self._begin, self._length, self._final = 0, rest + got, got == 0

    def _heading(self) -> tuple[ColumnPlaces, int, int]:
        """The columns, how many there are, and the delimiter; what follows begins at `_begin`."""
        while (end := self._buffer.find(b"\n", 0, self._length)) < 0 and not self._final:
            self._more()
        line = bytes(self._buffer[: end if end >= 0 else self._length]).removeprefix(_MARK).removesuffix(b"\r")
        delimiter = max(_DELIMITERS, key=line.count)
        names = line.split(bytes((delimiter,)))
        self._begin = end + 1 if end >= 0 else self._length
        return places([name.decode("utf-8", "replace") for name in names]), len(names), delimiter

    def _prepared(self, found: ColumnPlaces, fields: int, delimiter: int) -> tuple[RowsCall, list[Cells]]:
        keys, width = found.every, len(found.every)
        want = sorted({at for key in keys for at in (key - 1, key) if 0 <= at < fields - 1})
        index = {at: place for place, at in enumerate(want)}
        self._arrays = (
            int32s(want),
            int32s([index.get(key - 1, -1) for key in keys]),
            int32s([index.get(key, -1) for key in keys]),
            int64s(len(want)),
            int64s(_MAX_ROWS),
            int64s(_MAX_ROWS * width),
            int64s(_MAX_ROWS * width),
        )
        wanted, begin_at, end_at, noted, row_end, begin, end = self._arrays
        ints, longs = POINTER(c_int32), POINTER(c_int64)
        scan = RowsCall(
            delimiter=delimiter,
            quotes=1,
            fields=fields,
            max_rows=_MAX_ROWS,
            wanted=len(want),
            keys=width,
            want=cast(wanted, ints),
            begin_at=cast(begin_at, ints),
            end_at=cast(end_at, ints),
            noted=cast(noted, longs),
            row_end=cast(row_end, longs),
            key_begin=cast(begin, longs),
            key_end=cast(end, longs),
        )
        step = ctypes.sizeof(c_int64)
        first, last = ctypes.addressof(begin), ctypes.addressof(end)
        return scan, [Cells(None, first + k * step, last + k * step, width, 1) for k in range(width)]


def _unreadable(row: int) -> UnfitData:
    return UnfitData(
        "codes-row",
        f"Row {row} of the coded entries cannot be read: another number of fields than the heading (such as a total or "
        "a count of rows below the table), a quote that is stray or never closed, or bytes that are not text. No status is given "
        "from a damaged table.",
    )
