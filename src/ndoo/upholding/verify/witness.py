"""Reads what is written once more, piece by piece while it is on its way to the disk, as `ndoo verify` reads a release.

It shares the code that scans, reads numbers and looks people up with the verifier, and nothing with the decision that let the rows
stay: its counts and its people are its own. So what is published has been verified, at the price of a look at what the processor has
at hand anyway.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ndoo.evidence.release_record import ByChance, Columns, FileRecord
from ndoo.numbers.kernel import address_of, uint8s
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.text.text_encoding import narrow
from ndoo.upholding.verify.dataset_findings import Contents
from ndoo.upholding.verify.verification import ReleaseQuestion

if TYPE_CHECKING:
    from ndoo.upholding.text.dialect import TextDialect
    from ndoo.upholding.text.row_scan import RowScan

_MAX_ROWS = 1 << 16


class Witness:
    """What is written of one release. Not for two threads at once.

    Args:
        names: of the columns.
        columns: which of them name people.
        question: by which lists it is judged.
        keep_missing: rows without any number may stay.
        crowded: many people are to come.
    """

    def __init__(
        self, names: Sequence[str], columns: Columns, question: ReleaseQuestion, *, keep_missing: bool, crowded: bool
    ) -> None:
        self._columns = columns
        self.mentions: MentionSearch | None = None
        if question.asks_about_people:
            self.mentions = MentionSearch(names, columns.keys, question.opt_outs)
        self.watch = Watch(names, self.mentions)
        self._keys = [names.index(name) for name in columns.keys]
        self._deciding = RowDecision(question.opt_outs, len(self._keys), keep_missing=keep_missing, crowded=crowded)
        self._scan: RowScan | None = None
        self._verdicts = uint8s(_MAX_ROWS)

    @property
    def mentioned(self) -> tuple[str, ...]:
        """The columns that nobody classified in which the number of somebody stands who may not be released."""
        found = self.mentions.found if self.mentions else ()
        return tuple(name for name in found if name not in self._columns.ignored)

    @property
    def by_chance(self) -> tuple[ByChance, ...]:
        """As `MentionSearch.by_chance`, in columns that nobody classified."""
        explained = self.mentions.by_chance if self.mentions else ()
        return tuple(met for met in explained if met.column not in self._columns.ignored)

    def contents(self, record: FileRecord) -> Contents:
        """What was read; `record` is what was stored."""
        read = replace(record, rows=self._deciding.rows().read)
        return Contents(read, self.watch.names, self._columns, self._deciding, self.mentions)

    def beside(self) -> Witness:
        """Another that reads other rows of the same release, on another thread."""
        other = copy(self)
        other.mentions = self.mentions.beside() if self.mentions else None
        other.watch = Watch(self.watch.names, other.mentions)
        other._deciding = self._deciding.beside()
        other._scan, other._verdicts = None, uint8s(_MAX_ROWS)
        return other

    def join(self, other: Witness) -> None:
        """Take in what was read by another, that began as `beside`."""
        self.watch.join(other.watch)
        self._deciding.join(other._deciding)

    def take_text(self, rows: memoryview, dialect: TextDialect, *, whole: bool) -> None:
        """Read whole rows of delimited text, in the encoding of their file.

        Args:
            rows: writable, and left alone meanwhile.
            whole: see `TextWatch.some_of`.

        Raises:
            UnfitData: they are no sound rows.
        """
        from ndoo.upholding.text.row_scan import RowScan
        from ndoo.upholding.text.text_watch import TextWatch

        if not len(rows):
            return
        if self._scan is None:
            self._scan, self._others = RowScan(dialect, self._keys, _MAX_ROWS), TextWatch(dialect, self.watch)
        scan, text = self._scan, rows if dialect.unit == 1 else _narrowed(rows, dialect)
        used = 0
        while used < len(text):
            count, taken = scan.rows(
                address_of(text, used), len(text) - used, final=True, before=self._deciding.rows().read
            )
            self._others.some_of(text, used, scan.row_end, count, whole=whole)
            self._decide(ctypes.addressof(scan.person), ctypes.addressof(scan.why), count)
            used += taken
        if self.mentions:
            self.mentions.rows(rows, dialect)

    def take_batch(self, batch: Any) -> None:
        """Read an Arrow record batch.

        Raises:
            UnfitData: a column of numbers is of another type.
        """
        from ndoo.upholding.parquet_and_arrow.columnar import look_at_columns, people_of_batch

        look_at_columns(self.watch, batch)
        person, why = people_of_batch(batch, self._keys)
        self._decide(ctypes.addressof(person), ctypes.addressof(why), batch.num_rows)
        if self.mentions:
            self.mentions.batch(batch)

    def _decide(self, person: int, why: int, rows: int) -> None:
        if rows > len(self._verdicts):
            self._verdicts = uint8s(rows)
        self._deciding.decide(person, why, rows, ctypes.addressof(self._verdicts))


def _narrowed(rows: memoryview, dialect: TextDialect) -> memoryview:
    """Text of two bytes a unit in one byte each, as rows are scanned in it."""
    units = len(rows) // 2
    text = bytearray(max(units, 1))
    narrow(address_of(rows), units, dialect.encoding, dialect.delimiter, address_of(text))
    return memoryview(text)[:units]
