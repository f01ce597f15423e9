"""Counts the NHS numbers in a column, however they are disguised. Counts of what was met, and never the numbers.

Seen are digits of any script, bare, in groups with spaces, hyphens, dots, slashes or underscores between them, split by
tags, entities or escapes, glued to letters, with thousands separators, as a fraction `….0` or in scientific notation, and
those that stand inside other text. `_sight.c` says exactly which.
"""

from __future__ import annotations

from ctypes import addressof, byref, c_uint32, c_uint64, c_void_p, cast

from ndoo.numbers.chance import ColumnEvidence, told_apart
from ndoo.numbers.kernel import PLACES, Cells, Position, Sighted, address_of, int64s, library
from ndoo.numbers.positions import Positions

_COUNTERS = (
    "rows",
    "filled",
    "bytes",
    "whole",
    "whole_valid",
    "whole_likely",
    "whole_chi",
    "nine",
    "nine_chi",
    "inside",
    "inside_valid",
    "inside_likely",
    "inside_chi",
    "formed",
    "formed_valid",
    "named_valid",
    "holding",
    "around",
    "powers",
    "disguised",
    "whole_english",
)


class Sight:
    """What was met in one column.

    `rows` cells, `filled` of them not blank, of `bytes` altogether. A *candidate* is ten digits in a form that people or
    machines give an NHS number: `whole` cells are one and nothing else, `whole_valid` of them pass the check digit,
    `whole_likely` lie besides in a range that England issues or in 999, which tests use, and `whole_chi` begin with a
    date, as CHI numbers do. `inside` and its kin count candidates among other text: `formed` are grouped 3-3-4 or digit
    by digit, `named_valid` follow the word NHS; `holding` cells hold a valid one that is likely or named, with
    `around` letters and digits around it. `nine` cells are nine digits, `nine_chi` a CHI number whose first 0 is lost.
    `powers` are cells whose digits scientific notation has lost, `disguised` valid ones that no plain reader reads,
    `whole_english` valid ones in any range of England's, the test numbers from 900 on included.
    """

    rows: int
    filled: int
    bytes: int
    whole: int
    whole_valid: int
    whole_likely: int
    whole_chi: int
    nine: int
    nine_chi: int
    inside: int
    inside_valid: int
    inside_likely: int
    inside_chi: int
    formed: int
    formed_valid: int
    named_valid: int
    holding: int
    around: int
    powers: int
    disguised: int
    whole_english: int

    def __init__(self, positions: Positions | None = None, column: int = 1) -> None:
        """`positions`: where windows of longer numbers are counted, as those of column number `column`; None: nowhere."""
        self._met = Sighted()
        self._positions, self._column = positions, column
        if positions:
            positions.lend(self._met, column)

    def __getattr__(self, name: str) -> int:
        if name not in _COUNTERS:
            raise AttributeError(name)
        return int(self._met.count[_COUNTERS.index(name)])

    def look(self, cells: Cells, rows: int) -> None:
        """Look at `rows` cells of one column; the caller keeps the buffers alive meanwhile."""
        library.ndoo_sight(byref(cells), rows, byref(self._met))

    @property
    def positions(self) -> list[Position]:
        """Where windows of longer numbers were looked at."""
        return self._positions.of(self._column) if self._positions else []

    @property
    def distinct(self) -> ColumnEvidence:
        """Different candidates, and those of them that are valid, as far as 4,096 places can tell them apart.

        A number that stands in every row is one piece of evidence, not a million.
        """
        valid, other = (told_apart(places, PLACES) for places in (self._met.met_valid, self._met.met_other))
        total = self.whole + self.inside
        if total and valid + other >= PLACES:  # crowded: the share is then that of the rows
            passed = self.whole_valid + self.inside_valid
            return ColumnEvidence(PLACES, round(PLACES * passed / total))
        return ColumnEvidence(valid + other, valid)


def in_text(text: str) -> bool:
    """Does a valid NHS number that is likely, formed or named stand in one text, such as a heading or a file's name?"""
    sight = _looked_at(text, None)
    return bool(sight.whole_valid or sight.holding or sight.formed_valid)


def may_be_in_text(text: str) -> bool:
    """Does anything stand in it that is a valid NHS number, and be it by chance, inside a longer number?"""
    positions = Positions(64)
    sight = _looked_at(text, positions)
    return bool(sight.whole_valid or sight.inside_valid or any(position.valid for position in positions))


def _looked_at(text: str, positions: Positions | None) -> Sight:
    sight = Sight(positions)
    raw = bytearray(text.encode("utf-8", "replace")) or bytearray(1)
    begin, end = int64s(1), int64s(1)
    end[0] = len(raw)
    sight.look(Cells(address_of(raw), cast(begin, c_void_p), cast(end, c_void_p), 1, 0), 1)
    return sight


def sampled(first: int, rows: int, share: int, seed: int) -> list[tuple[int, int]]:
    """Which of `rows` rows from number `first` on are in a random sample of `share` / 2^64: (place among them, rank).

    A row is in every sample whose share is at least its rank, so a sample is thinned by dropping the highest ranks.
    """
    out, rank = (c_uint32 * max(rows, 1))(), (c_uint64 * max(rows, 1))()
    count = library.ndoo_sampled(first, rows, share, seed, addressof(out), addressof(rank))
    return list(zip(out[:count], rank[:count], strict=True))
