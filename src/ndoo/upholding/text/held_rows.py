"""What stands before each row in the file of `--held`: the number of the row, and why it was held.

Rows are numbered from 1 below the heading, as errors number them. The reason is the manifest's, and behind a colon what the cell shows of
a malformed number.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ndoo.domain.malformed_number import Malformed, malformed_as
from ndoo.domain.nhs_number import Undecided
from ndoo.numbers import kernel
from ndoo.numbers.key_index import U8s
from ndoo.upholding.columns import prefix_beside
from ndoo.upholding.decision.row_decision import HELD
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.text.dialect import TextDialect
from ndoo.upholding.text.reference import unquoted
from ndoo.upholding.text.row_scan import RowScan
from ndoo.upholding.text.text_encoding import codec_of

if TYPE_CHECKING:
    from ndoo.columnar.shown_rows import ShownRows
    from ndoo.upholding.parquet_and_arrow.columnar import RowSink

Finer = dict[int, Malformed]
"""By its place among some rows, what a row's malformed number shows."""
_MALFORMED = kernel.HOLD + kernel.MALFORMED


@dataclass(frozen=True, slots=True)
class HeldColumns:
    """The names of the two columns, which no column of the data has."""

    row: str
    reason: str

    @classmethod
    def beside(cls, names: Sequence[str]) -> Self:
        """Those for data with columns of these names."""
        prefix = prefix_beside(names)
        return cls(f"{prefix}row", f"{prefix}reason")

    @property
    def names(self) -> tuple[str, str]:
        """Both, in their order."""
        return self.row, self.reason


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One held row of text as it stands, its place among the rows of its piece (from 0), and why it is held."""

    place: int
    reason: str
    raw: bytes


def finer_reasons(verdicts: bytes, number_of: Callable[[int], str]) -> Finer:
    """What the numbers show for which rows with these verdicts are malformed.

    Args:
        number_of: gives the malformed cell of a row, by its place.
    """
    found: Finer = {}
    place = verdicts.find(_MALFORMED)
    while place >= 0:
        if (finer := malformed_as(number_of(place))) is not None:
            found[place] = finer
        place = verdicts.find(_MALFORMED, place + 1)
    return found


def malformed_text(scan: RowScan, address: int, place: int, *, quotes: bool) -> str:
    """The first malformed number of a row of text that was read from `address` on."""
    at = next(at for at in range(place * scan.width, (place + 1) * scan.width) if scan.why[at] == kernel.MALFORMED)
    begin = scan.key_begin[at]
    return unquoted(ctypes.string_at(address + begin, scan.key_end[at] - begin).decode("latin-1"), quotes=quotes)


def malformed_value(columns: Sequence[Any], why: U8s, place: int) -> str:
    """The same of a row of Arrow columns; `why` has the reasons of all their cells, those of a row side by side. A text that is
    no UTF-8, as some tools write it, is taken by its bytes."""
    at = next(n for n in range(len(columns)) if why[place * len(columns) + n] == kernel.MALFORMED)
    try:
        value = columns[at][place].as_py()
    except UnicodeDecodeError as broken:
        value = broken.object
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def held_because(verdicts: bytes, finer: Finer) -> Iterator[tuple[int, str]]:
    """The place of each held row, and why it is."""
    for place, verdict in enumerate(verdicts):
        if verdict >= kernel.HOLD:
            yield place, _reason(HELD[verdict], finer.get(place))


def _reason(reason: Undecided, finer: Malformed | None) -> str:
    return f"{reason}:{finer}" if finer else str(reason)


class _OnSink:
    """A context manager that opens and closes with the sink on which it stands."""

    _sink: AbstractContextManager[Any]

    def __enter__(self) -> Self:
        self._sink.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sink.__exit__(kind, error, trace)


class HeldRows(_OnSink):
    """Room for held rows of named, typed columns with the two before them. Use as a context manager, as the sink that it stands on.

    Args:
        names: what their own columns are called.
        room: makes the sink for rows before which there are columns of such names.
    """

    def __init__(self, names: Sequence[str], room: Callable[[Sequence[str]], RowSink]) -> None:
        self.columns = HeldColumns.beside(names)
        self._sink = sink = room(self.columns.names)
        self.write, self.finish = sink.write, sink.finish

    def tell(self, shown: ShownRows, before: int, verdicts: U8s, finer: Finer) -> None:
        """Put the two columns before the held rows of a batch with these verdicts.

        Args:
            before: how many rows of the input stand before the batch.
        """
        because = list(held_because(bytes(verdicts), finer))
        numbers, reasons = [before + place + 1 for place, _ in because], [reason for _, reason in because]
        shown.put_before(self.columns.names, numbers, reasons)


class HeldText(_OnSink):
    """Room for held rows of text with the two columns before them. Use as a context manager, as the sink that it stands on."""

    def __init__(self, sink: Sink, dialect: TextDialect) -> None:
        self._sink, self._dialect = sink, dialect
        self._codec = codec_of(dialect.encoding)
        self._blank = tuple(end.encode(self._codec) for end in ("\n", "\r\n"))
        self.columns = HeldColumns.beside(dialect.names)
        self.write, self.finish = sink.write, sink.finish

    def above(self, start: bytes) -> bytes:
        """What stands above the rows, with the names of the two columns before the heading."""
        dialect = self._dialect
        if not dialect.header:
            return start
        at = dialect.mark + dialect.heading_at - dialect.released_at
        return start[:at] + self._before(*self.columns.names) + start[at:]

    def rows(self, before: int, held: Iterable[HeldRow]) -> bytes:
        """Held rows as they are written, behind so many rows of the input."""
        return b"".join(self._before(str(before + row.place + 1), row.reason) + self._filled(row.raw) for row in held)

    def _before(self, *cells: str) -> bytes:
        parting = self._dialect.delimiter
        return "".join(f"{self._plain(cell)}{parting}" for cell in cells).encode(self._codec)

    def _plain(self, cell: str) -> str:
        parting = self._dialect.delimiter
        if parting not in cell:
            return cell
        return f'"{cell}"' if self._dialect.quotes else cell.replace(parting, "~")

    def _filled(self, raw: bytes) -> bytes:
        """A blank line is a row of blanks, which it is no longer with something before it."""
        if raw not in self._blank:
            return raw
        return (self._dialect.delimiter * (len(self._dialect.names) - 1)).encode(self._codec) + raw
