"""Delimited or plain text: every row is found by the kernel, read on one thread and looked at on another.

A row that does not fit the heading, or has a fault, is no reason to look away: it is looked at as a text of its own.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NdooError, UnfitData
from ndoo.numbers.kernel import address_of, int64s
from ndoo.numbers.sight import in_text
from ndoo.scanning.examined import Examined
from ndoo.scanning.heading_row import by_position, names_of
from ndoo.scanning.survey import Lying, TableSurvey
from ndoo.upholding.input_files.source import ByteSource, compression_of
from ndoo.upholding.text.dialect import Reading, TextDialect, sniff
from ndoo.upholding.text.reference import rows_of, unquoted
from ndoo.upholding.text.row_scan import RowScan

BLOCK = 1 << 22
_HEAD = 1 << 18
_CELLS_AT_ONCE = 1 << 19
_LONGEST_OPEN = 1 << 23
"""A row longer than this is taken for a quote that was never closed."""
_MOST_IRREGULAR = 1_000
_RING = 3
_LINES = "\x1f"
"""A delimiter that plain text does not have."""
IRREGULAR = "(rows that do not fit the heading)"
ACROSS = "(the text across its lines)"
_LINE = "line"
_WORDS, _NEARLY = 4, 0.95
"""A list has so few words in nearly every line."""
_TITLE = re.compile(r'"?[\w .()-]{0,64}"?')
_CUT = "The end of the file is missing or damaged: what stands there was not read."


class _NoTable(Exception):
    """Too many rows do not fit: it is a text, not a table."""


def read_text(path: Path, told: Callable[[int], object]) -> Examined:
    """Read a text file, plain or packed.

    Raises:
        UnfitData: it is no text, or empty.
    """
    head, whole, undamaged = _head(path)
    if not head.strip(b"\xef\xbb\xbf\r\n\t ") and whole:
        return Examined(TableSurvey([]), 0, ["It is empty." if undamaged else _CUT], undamaged)
    if head[:1024].count(0) or sum(byte < 9 or 14 <= byte < 27 for byte in head[:4096]) > len(head[:4096]) // 50:
        raise UnfitData("scan-not-text", "It is neither text nor a format that is read here.")
    if (table := _as_table(head, whole=whole)) is not None:
        try:
            return _read(path, *table, told)
        except _NoTable:
            pass
    plain = TextDialect(_LINES, "utf-8", quotes=False, header=False, names=(_LINE,), body_at=_mark(head))
    return _read(path, plain, [_LINE], told, plain_text=True)


def _as_table(head: bytes, *, whole: bool) -> tuple[TextDialect, list[str]] | None:
    """How the text is written, and its columns; None where it is no table."""
    try:
        dialect = sniff(head, Reading(header=False), whole=whole)
        if dialect is None:
            return None
        text = head[dialect.body_at :].decode("latin-1")
        rows = rows_of(text, dialect.separator.decode("latin-1"), quotes=True)
        raw, first = next(rows)
    except UnfitData:
        return None
    following: list[list[str]] = []
    with contextlib.suppress(UnfitData):  # a fault further down is met there
        following.extend(fields for _, fields in islice(rows, 1000))
    if not whole and following:
        following.pop()
    if in_text(raw) and not any(in_text(cell) for cell in first):
        return None  # what cuts a number in pieces parts no columns
    fitting = sum(len(fields) == len(first) for fields in following)
    if fitting * 2 < len(following) or (len(first) == 1 and not _like_a_list(first[0], following, fitting)):
        return None
    plain = [[_plain(cell, dialect) for cell in fields] for fields in (first, *following)]
    names = names_of(plain[0], plain[1:])
    if names is None:
        return dialect, by_position(len(first))
    return TextDialect(dialect.delimiter, dialect.encoding, True, True, tuple(names), dialect.body_at + len(raw)), names


def _like_a_list(first: str, following: list[list[str]], fitting: int) -> bool:
    """One column: a list under a heading, or without one, rather than the lines of a letter, whose first is no heading."""
    cells = [cell for cell in (first, *(fields[0] for fields in following)) if cell.strip()]
    short = sum(len(cell.split()) <= _WORDS for cell in cells)
    return (
        fitting >= _NEARLY * len(following) and short >= _NEARLY * len(cells) and bool(_TITLE.fullmatch(first.strip()))
    )


def _plain(cell: str, dialect: TextDialect) -> str:
    raw = unquoted(cell, quotes=True).encode("latin-1")
    return raw.decode("cp1252" if dialect.encoding == "windows-1252" else "utf-8", "replace").strip()


def _mark(head: bytes) -> int:
    return len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0


def _read(
    path: Path, dialect: TextDialect, names: list[str], told: Callable[[int], object], *, plain_text: bool = False
) -> Examined:
    encoding = "cp1252" if dialect.encoding == "windows-1252" else "utf-8"
    survey, irregular = TableSurvey(names, encoding), TableSurvey([IRREGULAR], encoding)
    if not compression_of(path):
        survey.expect(_rows_expected(path))
    examined = Examined(survey, 0, besides=[irregular])
    scanner = _Scanner(dialect, len(names), survey, irregular, plain_text=plain_text)
    with ThreadPoolExecutor(1) as worker:
        for block in _blocks(path, examined, told=told):
            scanner.take(block, worker)
        scanner.take(b"", worker, final=True)
        scanner.settle()
    if scanner.more_across_lines:
        examined.besides.append(scanner.across)
    examined.rows = survey.rows + irregular.rows
    if irregular.rows and not plain_text:
        examined.notes.append(f"Rows that do not fit the heading, looked at as texts: {irregular.rows:,}.")
    if not irregular.rows:
        examined.besides.remove(irregular)
    return examined


def _rows_expected(path: Path) -> int:
    """As many rows as there would be if all were as long as the first ones."""
    with path.open("rb") as stream:
        start = stream.read(_HEAD)
    return start.count(b"\n") * path.stat().st_size // max(len(start), 1)


class _Scanner:
    """Finds rows in blocks of text and hands them to the survey on another thread."""

    def __init__(
        self, dialect: TextDialect, fields: int, survey: TableSurvey, irregular: TableSurvey, *, plain_text: bool
    ) -> None:
        rows = max(64, min(1 << 16, _CELLS_AT_ONCE // fields))
        self._dialect, self._fields, self._survey, self._irregular = dialect, fields, survey, irregular
        self._plain_text = plain_text
        self.across = TableSurvey([ACROSS], survey.encoding)
        """A text's lines as one: a mail goes on in the next line, whatever is cut there."""
        self._scans = [RowScan(dialect, range(fields), rows) for _ in range(_RING)]
        self._waiting: list[Future[None] | None] = [None] * _RING
        self._turn, self._skip = 0, dialect.body_at
        self._carried = b""
        self._lines: list[bytes] = []
        self._found = self._aside = 0

    def take(self, block: bytes, worker: ThreadPoolExecutor, *, final: bool = False) -> None:
        """Look at the whole rows of what was carried and this block."""
        text = bytearray(self._carried + block)
        self._carried = b""
        if self._skip:
            if len(text) < self._skip and not final:
                self._carried = bytes(text)
                return
            del text[: self._skip]
            self._skip = 0
        used = 0
        while used < len(text):
            scan, turn = self._next_scan()
            rows, taken = scan.find(address_of(text, used), len(text) - used, final=final)
            self._found += rows
            if rows:
                self._waiting[turn] = worker.submit(self._look, scan, text, used, rows)
            used += taken
            if scan.fault or (not rows and (len(text) - used > _LONGEST_OPEN)):
                used = self._set_aside(text, used)
            elif not rows:
                break
        self._carried = bytes(memoryview(text)[used:])

    @property
    def more_across_lines(self) -> bool:
        """Do more NHS numbers stand in the text as a whole than in its lines?"""
        whole, lines = self.across.sights[0], self._survey.sights[0]
        return whole.whole_valid + whole.inside_valid > lines.whole_valid + lines.inside_valid

    def settle(self) -> None:
        """Wait for everything, and look at the rows that were set aside."""
        for future in self._waiting:
            if future is not None:
                future.result()
        self._look_aside()

    def _next_scan(self) -> tuple[RowScan, int]:
        turn = self._turn
        self._turn = (turn + 1) % _RING
        if (future := self._waiting[turn]) is not None:
            future.result()
            self._waiting[turn] = None
        return self._scans[turn], turn

    def _look(self, scan: RowScan, text: bytearray, used: int, rows: int) -> None:
        address, quoted = address_of(text, used), self._dialect.quotes
        if self._plain_text:
            begin, end = int64s(1), int64s(1)
            end[0] = scan.row_end[rows - 1]
            self.across.sights[0].look(Lying(address, begin, end, 1, 0, False, text).cells(), 1)
        self._survey.take(
            [
                Lying(address, scan.key_begin, scan.key_end, self._fields, at, quoted, text)
                for at in range(self._fields)
            ],
            rows,
        )

    def _set_aside(self, text: bytearray, used: int) -> int:
        """The row at `used` has a fault: it goes up to the next line end, and is looked at by itself."""
        ends = [end for end in (text.find(b"\n", used), text.find(b"\r", used)) if end >= 0]
        end = min(ends) + 1 if ends else len(text)
        self._lines.append(bytes(memoryview(text)[used:end]))
        self._aside += 1
        if not self._plain_text and self._aside >= _MOST_IRREGULAR and self._aside > self._found:
            raise _NoTable
        if len(self._lines) >= _MOST_IRREGULAR:
            self._look_aside()
        return end

    def _look_aside(self) -> None:
        if self._lines:
            self._irregular.take_arrays([_binary(self._lines)], len(self._lines))
            self._lines = []


def _binary(lines: list[bytes]) -> Any:
    import pyarrow as pa

    return pa.array(lines, pa.large_binary())


def _head(path: Path) -> tuple[bytes, bool, bool]:
    """The first bytes as they will be read, whether these are all, and whether they end well."""
    examined = Examined(TableSurvey([]), 0)
    head = b""
    for block in _blocks(path, examined, _HEAD):
        head += block
        if len(head) >= _HEAD:
            return head, False, True
    return head, True, examined.whole


def _blocks(
    path: Path, examined: Examined, size: int = 0, told: Callable[[int], object] = lambda _: None
) -> Iterator[bytes]:
    """The file's text in pieces, unpacked, as UTF-8 where it is UTF-16. A damaged end is noted in `examined`; how many bytes were read of
    the file as it is stored, is told."""
    decode: Any = None
    first, size = True, size or BLOCK
    for piece in (_packed if compression_of(path) else _stored)(path, examined, size, told):
        if first:
            decode, first = _decoder(piece), False
        yield piece if decode is None else decode.decode(piece).encode("utf-8", "surrogatepass")


def _stored(path: Path, examined: Examined, size: int, told: Callable[[int], object]) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            while piece := stream.read(size):
                told(stream.tell())
                yield piece
    except OSError:
        examined.whole = False
        examined.notes.append(_CUT)


def _packed(path: Path, examined: Examined, size: int, told: Callable[[int], object]) -> Iterator[bytes]:
    """What a packed file holds, as far as it can be unpacked."""
    buffer = bytearray(size)
    filled = 0
    with ThreadPoolExecutor(1) as worker, ByteSource(path, worker) as source:
        try:
            while got := source.read_into(memoryview(buffer)[filled:])[0]:
                filled += got
                told(source.digest.bytes)
                if filled == size:
                    yield bytes(buffer)
                    filled = 0
        except NdooError:
            examined.whole = False
            examined.notes.append(_CUT)
        if filled:
            yield bytes(memoryview(buffer)[:filled])


def _decoder(start: bytes) -> Any:
    """What turns UTF-16 and UTF-32 into text; None for everything else."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return codecs.getincrementaldecoder(name)("replace")
    even, odd = start[:4096:2].count(0), start[1:4096:2].count(0)
    half = len(start[:4096]) // 4
    if odd > half and even < half // 10:
        return codecs.getincrementaldecoder("utf-16-le")("replace")
    if even > half and odd < half // 10:
        return codecs.getincrementaldecoder("utf-16-be")("replace")
    return None
