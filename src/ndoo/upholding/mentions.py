"""Does a row that stays hold, in any other cell, the number of somebody who may not be released?

Columns of NHS numbers are found by their share of valid ones (`columns`), and what one cell in a thousand says is lost in
that. Here every cell is read, in every disguise that `_sight.c` knows, and each number is asked about. One of somebody who
is known to be withheld stops the run. A list of the allowed knows of nobody else; there, a number that it does not hold
stops the run unless the column's ten digits are valid no more often than chance would have it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from ctypes import addressof, byref, c_uint8, pointer
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.numbers.chance import Evidence
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.column import is_text
from ndoo.numbers.kernel import Cells, Mentioned, Rules, Sighted, address_of, int64s, library
from ndoo.numbers.objections import Objections
from ndoo.upholding.deciding import looked_up_in

if TYPE_CHECKING:  # it reads headings with what this room's reader needs
    from ndoo.upholding.dialect import Dialect

_TEN_DIGITS = 10**9, 10**10 - 1


@dataclass(frozen=True, slots=True)
class Sighting:
    """How many NHS numbers stand in the cells of a column, and how many of these are of people who may not be released."""

    column: str
    nhs_numbers: int
    withheld: int


class Mentions:
    """Looks at the columns `names` of rows that stay, but for those in `known`, which were classified.

    Not for two threads at once.
    """

    def __init__(
        self, names: Sequence[str], known: Sequence[str], cleaned: CleanedList | None, type1: Objections | None
    ) -> None:
        self._names = names
        self._lists = cleaned, type1  # the rules point into their memory
        self._rules = Rules(**looked_up_in(cleaned, type1))
        self._met = Sighted(unfit=pointer(self._rules))
        self._known = (c_uint8 * max(len(names), 1))(*(name in known for name in names))
        self._of = (Mentioned * max(len(names), 1))()

    @property
    def found(self) -> list[str]:
        """The columns in which such a number stands, in their order."""
        return [name for name, of in zip(self._names, self._of, strict=False) if _stops(of)]

    def seen_in(self, columns: Collection[str]) -> tuple[Sighting, ...]:
        """What stands in these columns, where any NHS number does; whom a list of the allowed does not name may not be released."""
        return tuple(
            Sighting(name, of.valid, of.withheld + of.unknown)
            for name, of in zip(self._names, self._of, strict=False)
            if name in columns and of.valid
        )

    def rows(self, rows: memoryview, dialect: Dialect) -> None:
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
                address_of(rows), len(rows), ord(separator), dialect.quotes, len(self._names), self._known, self._of,
                byref(self._met),
            )  # fmt: skip

    def batch(self, batch: Any) -> None:
        """Look at an Arrow record batch that has the columns `names`."""
        for name, column in zip(self._names, batch.columns, strict=True):
            self.look(name, column)

    def look(self, name: str, values: Any) -> None:
        """Look at an Arrow array of values of the column `name`; nested values are looked into, at any depth."""
        at = self._names.index(name)
        if not self._known[at]:
            self._met.into = pointer(self._of[at])
            for text in _texts(values):
                self._in_text(text)

    def _in_text(self, text: Any) -> None:
        begin, end = int64s(len(text)), int64s(len(text))
        validity, offsets, data = (b.address if b else None for b in text.buffers())
        library.ndoo_arrow_cells(offsets, True, validity, text.offset, len(text), addressof(begin), addressof(end))
        cells = Cells(data or addressof(begin), addressof(begin), addressof(end), 1, csv=False)
        library.ndoo_sight(byref(cells), len(text), byref(self._met))


def _stops(of: Mentioned) -> bool:
    if of.withheld or not of.unknown:
        return bool(of.withheld)
    candidates = Evidence(of.candidates, of.valid)
    return not candidates.may_be_chance() or (of.formed_unknown > 0 and not candidates.is_chance())


def _texts(column: Any) -> Iterator[Any]:
    """Everything in an Arrow array that could be ten digits, as arrays of large text."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from _texts(column.storage)
    elif pa.types.is_dictionary(kind):
        yield from _texts(column.dictionary.take(pc.unique(column.indices).drop_null()))
    elif pa.types.is_run_end_encoded(kind):
        yield from _texts(column.values)
    elif pa.types.is_map(kind):
        first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()
        for part in (column.keys, column.items):
            yield from _texts(part[first:last])
    elif pa.types.is_struct(kind):
        for part in column.flatten():
            yield from _texts(part)
    elif pa.types.is_nested(kind) and not pa.types.is_union(kind):
        yield from _texts(column.flatten())
    elif pa.types.is_union(kind):
        for at in range(kind.num_fields):
            yield from _texts(column.field(at))
    elif is_text(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        binary = pa.types.is_fixed_size_binary(kind) or pa.types.is_binary(kind) or pa.types.is_binary_view(kind)
        yield column.cast(pa.large_binary() if binary else pa.large_string())
    elif pa.types.is_decimal(kind):
        yield column.cast(pa.large_string())
    elif pa.types.is_float64(kind) or (pa.types.is_integer(kind) and kind.bit_width >= 32):
        low, high = _TEN_DIGITS
        wide = column.filter(pc.and_(pc.greater_equal(column, low), pc.less_equal(column, high)))
        if len(wide):
            yield wide.cast(pa.int64(), safe=False).cast(pa.large_string())
