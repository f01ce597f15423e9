"""What there is to say of a text besides its rows:
what its last lines look like, whether its heading stands in it again, and whether lines that were left out hold
numbers."""

from __future__ import annotations

import re

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.plurals import counted
from ndoo.evidence.release_record import Warned
from ndoo.upholding.text.dialect import TextDialect
from ndoo.upholding.text.reference import rows_of, unquoted
from ndoo.upholding.text.text_edges import foot_fault, lines_below

_KEPT = 1 << 13
"""Code units of the end of a text that are looked at."""
_LINES = 50
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class LastLines:
    """The end of a text that goes past in pieces, one byte a code unit.

    Args:
        column: where the person's number stands, counted from 0; None where nobody knows.
    """

    def __init__(self, dialect: TextDialect, column: int | None = None) -> None:
        self._dialect, self._column = dialect, column
        self._units = b""
        self._seen = 0

    def take(self, text: bytearray, begin: int, end: int) -> None:
        """The next piece, `text[begin:end]`."""
        self._seen += end - begin
        self._units = (self._units + text[max(begin, end - _KEPT) : end])[-_KEPT:]

    @property
    def seen(self) -> int:
        """How many units went past so far."""
        return self._seen

    def explained(self, error: UnfitData, rest: int) -> UnfitData:
        """The fault of a row that begins `rest` units before the end, or that it is no row."""
        foot, length, _ = self._foot()
        return foot_fault(foot) if error.code == "row-ragged" and rest <= length else error

    def below(self) -> int:
        """How many of the last lines read like no rows; 0 where none does, or all but blank ones were left out."""
        foot, _, cells = self._foot()
        taken_for_rows = cells[len(cells) - foot : len(cells) - self._dialect.skip_footer]
        return foot if any(map(any, taken_for_rows)) else 0

    def _foot(self) -> tuple[int, int, list[list[str]]]:
        """How many of the last lines are no rows, how many units they take, and the cells of the last lines."""
        lines = _LINE.findall(self._units.decode("latin-1"))
        if len(self._units) < self._seen:
            del lines[0]  # it may have lost its beginning
        cells: list[list[str]] = []
        for line in lines[-_LINES:]:
            try:
                cells.append(self._cells(line))
            except UnfitData:  # it is the end of a quoted field, or damaged
                cells.clear()
        foot = lines_below(cells, self._column, len(self._dialect.names), self._dialect.nulls)
        return foot, sum(map(len, lines[len(lines) - foot :])), cells

    def _cells(self, line: str) -> list[str]:
        quotes = self._dialect.quotes
        rows = rows_of(line, self._dialect.separator.decode("latin-1"), quotes=quotes)
        return [unquoted(cell, quotes=quotes).strip() for _, cells in rows for cell in cells]


class HeadingAgain:
    """Counts how often the heading stands among the rows, as in files that were put together."""

    def __init__(self, heading: bytes) -> None:
        self._heading = heading.rstrip(b"\r\n\0")
        self._times = 0

    def beside(self) -> HeadingAgain:
        """Another that counts the same, on another thread, and met none yet."""
        return HeadingAgain(self._heading)

    def join(self, other: HeadingAgain) -> None:
        """Take in the count of another, that began as `beside`."""
        self._times += other._times

    def look(self, text: bytearray, begin: int, end: int) -> None:
        """Look at the rows `text[begin:end]`, some of which hold no number."""
        at = text.find(self._heading, begin, end) if self._heading else -1
        while at >= 0:
            after = at + len(self._heading)
            self._times += (at == begin or text[at - 1] in _EDGES) and bytes(text[after : after + 1]) in (
                b"\r",
                b"\n",
                b"\0",
                b"",
            )
            at = text.find(self._heading, after, end)

    def warned(self) -> list[Warned]:
        """What is to be said of it."""
        if not self._times:
            return []
        return [
            Warned(
                "heading-again",
                f"The heading is among the rows again ({counted(self._times, 'time')}), as in files that were put together. These rows were "
                "held back.",
            )
        ]


_EDGES = b"\n\0\xbf\xfe\xff"
"""What stands before a heading: the end of a row, or of a byte-order mark."""


def warned_of(left_out: bytes, encoding: str) -> list[Warned]:
    """What is to be said of lines that were left out because the caller said so."""
    if not names_somebody(left_out.decode(encoding, "replace")):
        return []
    return [
        Warned(
            "left-out-numbers",
            "The lines that --skip-rows or --skip-footer left out hold a valid NHS number. They may be somebody's rows: look whether "
            "there were too many.",
        )
    ]
