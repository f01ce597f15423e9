"""Looks for numbers of people who may not be released in the other cells of rows that stay.

Columns of NHS numbers are found by their share of valid ones (`columns`), and what one cell in a thousand says is lost in
that. Here every cell is read, in every disguise that the kernel knows (`numbers/_sight.c`), and each number is asked about. One
of somebody who is known to be withheld stops the run. A list of the allowed knows of nobody else; there, a number that it does
not hold stops the run unless the column's ten digits are valid no more often than chance would have it. Ten digits inside longer
numbers, or in cells side by side, are weighed by `window_evidence`.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from ctypes import addressof, byref, c_float, c_uint8, pointer
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ndoo.evidence.release_record import ByChance
from ndoo.numbers.chance import ColumnEvidence
from ndoo.numbers.kernel import (
    PEOPLE_OF_A_REGION,
    REGIONS,
    Cells,
    MentionedNumber,
    Rules,
    Sighted,
    address_of,
    int64s,
    library,
    uint8s,
)
from ndoo.numbers.key_index import U8s
from ndoo.numbers.number_set import pieces_in_use
from ndoo.numbers.opt_outs import OptOuts
from ndoo.numbers.positions import Positions
from ndoo.upholding.decision.row_decision import looked_up_in
from ndoo.upholding.other_cells.window_evidence import Weighed, weigh_windows

if TYPE_CHECKING:  # it reads headings with what this room's reader needs
    from ndoo.upholding.text.dialect import TextDialect


@dataclass(frozen=True, slots=True)
class Sighting:
    """How many NHS numbers stand in the cells of a column, and how many of these are of people who may not be released."""

    column: str
    nhs_numbers: int
    withheld: int


class MentionSearch:
    """Looks at the columns `names` of rows that stay, but for those in `known`, which were classified.

    Not for two threads at once.
    """

    def __init__(self, names: Sequence[str], known: Sequence[str], opt_outs: OptOuts) -> None:
        self._names = names
        self._lists = opt_outs  # the rules point into their memory
        self._rules = Rules(**looked_up_in(opt_outs))
        self._density = _density(self._rules, opt_outs)
        self._known = (c_uint8 * max(len(names), 1))(*(name in known for name in names))
        self._begin()

    def _begin(self) -> None:
        self._positions = Positions()
        self._met = Sighted(unfit=pointer(self._rules), density=self._density)
        self._positions.lend(self._met, 1)
        self._of = (MentionedNumber * max(len(self._names), 1))()

    def beside(self) -> MentionSearch:
        """Another that looks for the same, on another thread, and met nothing yet."""
        other = copy(self)
        other._begin()
        return other

    def join(self, other: MentionSearch) -> None:
        """Take in what was met by another, that began as `beside`."""
        for into, more in zip(self._of, other._of, strict=True):
            for field, _ in MentionedNumber._fields_:
                setattr(into, field, getattr(into, field) + getattr(more, field))
        self._positions.join(other._positions)

    @property
    def found(self) -> list[str]:
        """The columns in which the number of somebody stands who may not be released, in their order."""
        weighed = self._weighed().withheld
        return [name for name, of in zip(self._names, self._of, strict=False) if _is_theirs(of) or name in weighed]

    @property
    def columns_of_numbers(self) -> tuple[str, ...]:
        """The columns in which NHS numbers stand inside longer ones, or in pieces side by side, whoever's they are."""
        return self._weighed().numbers

    def columns_naming(self, convincing: Collection[str] = ()) -> tuple[str, ...]:
        """The columns in which NHS numbers stand in any way, whoever's they are, and more of them than chance would give.

        Args:
            convincing: those of which that is known already.
        """
        known = {*convincing, *self._weighed().numbers}
        return tuple(
            name
            for name, of in zip(self._names, self._of, strict=False)
            if name in known or ColumnEvidence(of.candidates, of.valid).convinces(name)
        )

    @property
    def by_chance(self) -> tuple[ByChance, ...]:
        """What was met of people withheld and is explained by chance."""
        return self._weighed().by_chance

    def mark(self, rows: int, look: Callable[[int, int], None]) -> U8s:
        """Which of some rows hold anything that could make a column one of `found`: 1 for those.

        Args:
            look: looks, with this, at the rows from the first number up to, but not with, the second.
        """
        marks = uint8s(rows)
        waiting = [(0, rows)] if rows else []
        while waiting:
            first, end = waiting.pop()
            before = self._met.hits
            look(first, end)
            if self._met.hits == before:
                continue
            if end - first == 1:
                marks[first] = 1
                continue
            middle = (first + end) // 2
            waiting += [(first, middle), (middle, end)]
        return marks

    def _weighed(self) -> Weighed:
        return weigh_windows(self._names, self._of, self._positions)

    def seen_in(self, columns: Collection[str]) -> tuple[Sighting, ...]:
        """What stands in these columns, where any NHS number does; whom a list of the allowed does not name may not be released."""
        return tuple(
            Sighting(name, of.valid, of.withheld + of.unknown)
            for name, of in zip(self._names, self._of, strict=False)
            if name in columns and of.valid
        )

    def rows(self, rows: memoryview, dialect: TextDialect) -> None:
        """Look at whole rows of delimited text that were found sound, in the encoding of their file.

        Args:
            rows: writable, and left alone meanwhile.
        """
        separator = dialect.separator
        if dialect.unit != 1:
            separator = dialect.delimiter.encode()
            rows = memoryview(bytearray(rows.tobytes().decode(dialect.encoding, "replace").encode()))
        if len(separator) > 1:  # no byte of UTF-8 is either of these
            rows = memoryview(bytearray(rows.tobytes().replace(b"\xff", b"\xfe").replace(separator, b"\xff")))
            separator = b"\xff"
        if len(rows):
            library.ndoo_mentions(
                address_of(rows),
                len(rows),
                ord(separator),
                dialect.quotes,
                len(self._names),
                self._known,
                self._of,
                byref(self._met),
            )

    def batch(self, batch: Any) -> None:
        """Look at an Arrow record batch that has the columns `names`, and at cells side by side."""
        for name, column in zip(self._names, batch.columns, strict=True):
            self.look(name, column)
        self._look_beside(batch.columns)

    def look_beside(self, columns: Mapping[str, Any]) -> None:
        """Look at cells side by side in Arrow arrays of some columns; on across the others nothing goes."""
        self._look_beside([columns.get(name) for name in self._names])

    def _look_beside(self, columns: Sequence[Any]) -> None:
        from ndoo.upholding.other_cells.cells_beside import look_beside  # text is upheld without the library of Arrow

        unknown = [None if known else column for column, known in zip(columns, self._known, strict=False)]
        look_beside(unknown, self._of, self._met)

    def look(self, name: str, values: Any) -> None:
        """Look at an Arrow array of values of the column `name`; nested values are looked into, at any depth."""
        from ndoo.columnar.layouts import is_dictionary_of_plain_values
        from ndoo.columnar.shown_rows import decoded

        at = self._names.index(name)
        if self._known[at]:
            return
        if is_dictionary_of_plain_values(values.type):
            if len(values) > _FEW and self._finds_nothing(at, values):
                return
            values = decoded(values)  # what is met counts in each of its rows, as where it is written out
        self._look(at, values)

    def _finds_nothing(self, at: int, values: Any) -> bool:
        scout = self.beside()
        scout._look(at, values)
        return not any(bytes(scout._of))

    def _look(self, at: int, values: Any) -> None:
        from ndoo.columnar.texts import texts_in
        from ndoo.upholding.other_cells.cells_beside import look_at_parts

        self._met.column = at + 1
        for text in texts_in(values, lambda parts: look_at_parts(parts, at, self._of, self._met)):
            self._met.column = at + 1
            self._met.into = pointer(self._of[at])
            self._in_text(text)

    def finds_in(self, texts: Sequence[bytes]) -> bool:
        """Does the number of somebody who may not be released stand in one of these, which are no cells?"""
        import pyarrow as pa

        search = MentionSearch(("text",), (), self._lists)
        search.look("text", pa.array(texts, pa.large_binary()))
        return bool(search.found)

    def _in_text(self, text: Any) -> None:
        begin, end = int64s(len(text)), int64s(len(text))
        validity, offsets, data = (b.address if b else None for b in text.buffers())
        library.ndoo_arrow_cells(offsets, True, validity, text.offset, len(text), addressof(begin), addressof(end))
        cells = Cells(data or addressof(begin), addressof(begin), addressof(end), 1, csv=False)
        library.ndoo_sight(byref(cells), len(text), byref(self._met))


_FEW = 1 << 10
"""Rows of which it is not asked first whether any value of their dictionary says anything."""
_GRAIN = 1 << 40
"""Densities are multiples of one in so many, so that their sum is the same in whatever order they are added up."""


def _density(rules: Rules, opt_outs: OptOuts) -> ctypes.Array[c_float]:
    """Which share of ten digits of each region of people is the number of somebody withheld, as far as is known."""
    cleaned, type1 = opt_outs.national, opt_outs.type1
    sets = [type1.dissenting, type1.unsettled] if type1 else []
    if cleaned:
        known = cleaned.asked if cleaned.names_allowed else cleaned.listed
        sets += [known] if known else []
    counts = Counter[int]()
    for region, place, length in pieces_in_use(sets, PEOPLE_OF_A_REGION):
        counts[region] += library.ndoo_withheld(byref(rules), place, length)
    numbers = PEOPLE_OF_A_REGION * 10
    shares = (c_float * REGIONS)()
    for region, people in counts.items():
        shares[region] = round(people / numbers * _GRAIN) / _GRAIN
    return shares


def _is_theirs(of: MentionedNumber) -> bool:
    if of.withheld or not of.unknown:
        return bool(of.withheld)
    candidates = ColumnEvidence(of.candidates, of.valid)
    return not candidates.may_be_chance() or (of.formed_unknown > 0 and not candidates.is_chance())
