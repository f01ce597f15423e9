"""Where rows end, and where in them the wanted fields lie: the kernel's row scanner, held by Python."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, c_int32, c_int64, c_uint8, c_uint32, cast

from ndoo.numbers.kernel import RowsCall, int32s, int64s, library, spacious
from ndoo.numbers.key_index import KeyCells
from ndoo.upholding.text.dialect import TextDialect
from ndoo.upholding.text.text_faults import row_fault


class RowScan:
    """Scans up to `max_rows` rows at a time and reads the NHS numbers in the columns `keys` (from 0, any order).

    `fault_at` is the address of the row for which `rows` raised.
    """

    def __init__(self, dialect: TextDialect, keys: Sequence[int], max_rows: int) -> None:
        fields, width = len(dialect.names), len(keys)
        want = sorted({separator for key in keys for separator in (key - 1, key) if 0 <= separator < fields - 1})
        index = {separator: at for at, separator in enumerate(want)}
        self._quotes = dialect.quotes
        nothing = dialect.texts_of_nothing
        self._nothing = (
            int32s([len(text) for text in nothing]),
            ctypes.create_string_buffer(b"".join(nothing)),
            len(nothing),
        )
        self._want = int32s(want)
        self._begin_at = int32s([index.get(key - 1, -1) for key in keys])
        self._end_at = int32s([index.get(key, -1) for key in keys])
        self._noted = int64s(len(want))
        self.row_end, self.verdict = spacious(c_int64, max_rows), spacious(c_uint8, max_rows)
        self.key_begin, self.key_end = spacious(c_int64, max_rows * width), spacious(c_int64, max_rows * width)
        self.person, self.why = spacious(c_uint32, max_rows * width), spacious(c_uint8, max_rows * width)
        pointer = POINTER(c_int32)
        self._scan = RowsCall(
            delimiter=int.from_bytes(dialect.separator, "little", signed=True),
            width=len(dialect.separator),
            quotes=dialect.quotes,
            fields=fields,
            max_rows=max_rows,
            wanted=len(want),
            keys=width,
            want=cast(self._want, pointer),
            begin_at=cast(self._begin_at, pointer),
            end_at=cast(self._end_at, pointer),
            noted=self._noted,
            row_end=self.row_end,
            key_begin=self.key_begin,
            key_end=self.key_end,
        )
        self.width = width
        self.fault = self.fault_at = 0

    def rows(self, address: int, length: int, *, final: bool, before: int) -> tuple[int, int]:
        """Scan from `address`, which is where a row begins: how many rows, and how many units they take.

        `person`, `why` and `row_end` hold the answers for these rows; row ends are counted from `address`.

        Args:
            length: in code units (bytes, but for UTF-16).
            final: nothing follows.
            before: the number of data rows already gone, for the error's row number.

        Raises:
            UnfitData: a ragged row or another fault of `row_faults`.
        """
        rows, consumed = self.find(address, length, final=final)
        if self.fault:
            self.fault_at = address + consumed
            raise row_fault(self.fault, before + rows + 1, found=self.fields_found, fields=self._scan.fields)
        self.read(address, rows)
        return rows, consumed

    def read(self, address: int, rows: int) -> None:
        """Read the numbers of `rows` rows that `find` found from `address` on into `person` and `why`."""
        addressof = ctypes.addressof
        begin, end, why = addressof(self.key_begin), addressof(self.key_end), addressof(self.why)
        library.ndoo_cells(address, rows, self.width, begin, end, self._quotes, addressof(self.person), why)
        lengths, texts, count = self._nothing
        if count:
            library.ndoo_nulls(
                address, rows * self.width, begin, end, self._quotes, addressof(texts), addressof(lengths), count, why
            )

    @property
    def fields_found(self) -> int:
        """How many fields the row has in which `find` met a fault, where it has not as many as the heading."""
        return int(self._scan.found)

    def find(self, address: int, length: int, *, final: bool) -> tuple[int, int]:
        """As `rows`, without reading any number, and never raising: `fault` says what is wrong with the row after the last."""
        scan = self._scan
        scan.buf, scan.len, scan.final = address, length, final
        library.ndoo_rows(ctypes.byref(scan))
        self.fault = int(scan.fault)
        return scan.rows, scan.consumed

    def last(self, address: int, columns: int) -> list[KeyCells]:
        """Where the cells of the last so many columns lie, of the rows that were scanned from `address`."""
        first = self.width - columns
        begin, end = ctypes.addressof(self.key_begin), ctypes.addressof(self.key_end)
        return [
            KeyCells(address, begin + 8 * at, end + 8 * at, self.width, csv=self._quotes)
            for at in range(first, self.width)
        ]
