"""How is this text written? Encoding, delimiter, quoting and heading, from the first rows or from the caller."""

from __future__ import annotations

import codecs
import contextlib
import re
import sys
from array import array
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.upholding.columns import refuse_doubles
from ndoo.upholding.reference import rows_of, unquoted

ENCODINGS = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")
DELIMITERS = ",\t;|^~:\x1f\x01"
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ROWS_LOOKED_AT = 50
_TEXT_LOOKED_AT = 1 << 16
_POWER = re.compile(r"[eE][+-]?[0-9]+$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the caller says about the text; None where the first rows are to tell."""

    delimiter: str | None = None
    encoding: str | None = None
    quotes: bool = True
    header: bool = True
    sheet: str | None = None
    """Of a workbook."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text is written. `body_at` is the byte where the first data row begins, mark and heading behind it."""

    delimiter: str
    encoding: str
    quotes: bool
    header: bool
    names: tuple[str, ...]
    body_at: int

    @property
    def unit(self) -> int:
        """Bytes per code unit."""
        return 2 if self.encoding.startswith("utf-16") else 1

    def described(self) -> dict[str, Any]:
        """For the manifest: enough to read the output the same way again."""
        return {k: v for k, v in asdict(self).items() if k not in ("names", "body_at")}


def sniff(head: bytes, reading: Reading, *, whole: bool) -> Dialect | None:
    """The dialect of a text that begins with `head`; None where `head` ends before the heading does.

    Args:
        whole: nothing follows `head`.

    Raises:
        UnfitData: not delimited text, no heading, or two columns of one name.
        UsageFault: the caller's delimiter is not one character.
    """
    encoding, mark = _encoding(head, reading.encoding)
    if not whole and b"\n" not in head:
        return None
    text = _decoded(head[mark:], encoding)
    if not text.strip("\r\n "):
        raise UnfitData("input-empty", "The input is empty: not even a heading stands in it.")
    delimiter = _delimiter(text, quotes=reading.quotes) if reading.delimiter is None else reading.delimiter
    if len(delimiter) != 1 or delimiter in '\r\n"\0' or not delimiter.isascii():
        raise UsageFault("delimiter", "The delimiter must be one plain character.")
    try:
        first = next(rows_of(text, delimiter, quotes=reading.quotes, first=0))
    except UnfitData:
        if whole:
            raise
        return None
    if not whole and not first[0].endswith("\n"):
        return None
    raw, fields = first
    cells = [unquoted(cell, quotes=reading.quotes) for cell in fields]
    if not reading.header:
        names = tuple(str(at) for at in range(1, len(cells) + 1))
        return Dialect(delimiter, encoding, reading.quotes, False, names, mark)
    names = tuple(_name(cell, encoding) for cell in cells)
    if any(isinstance(read(cell), NHSNumber) or _like_a_number(name) for cell, name in zip(cells, names, strict=True)):
        raise UnfitData(
            "heading-missing",
            "The first row holds what may be an NHS number, so the file has no heading. Say --no-header and name columns by position, from 1.",
        )
    refuse_doubles(names)
    return Dialect(
        delimiter,
        encoding,
        reading.quotes,
        True,
        names,
        mark + len(raw) * (2 if encoding.startswith("utf-16") else 1),
    )


def _encoding(head: bytes, said: str | None) -> tuple[str, int]:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnfitData("encoding", "The input is UTF-32. Save it as UTF-8.")
    for mark, encoding in _MARKS:
        if head.startswith(mark) and said in (None, encoding):
            return encoding, len(mark)
    if said is not None:
        return said, 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "windows-1252", 0
    return "utf-8", 0


def _decoded(body: bytes, encoding: str) -> str:
    """Structure only: one character per code unit, so that lengths in characters are lengths in units."""
    if not encoding.startswith("utf-16"):
        return body.decode("latin-1")
    units = array("H", body[: len(body) // 2 * 2])
    if (encoding == "utf-16-be") is (sys.byteorder == "little"):
        units.byteswap()
    return "".join(map(chr, units))


def _name(cell: str, encoding: str) -> str:
    """A column's name as a person would write it; `cell` is one character per code unit."""
    if encoding.startswith("utf-16"):
        return cell.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
    return cell.encode("latin-1").decode("cp1252" if encoding == "windows-1252" else encoding, "replace").strip()


def _like_a_number(name: str) -> bool:
    """Could this heading be somebody's damaged number? A row of theirs that passes for the heading is not decided on.

    Nine to eleven digits of any script and no letter, or scientific notation: a lost zero, a tab, a trailing .0.
    """
    plain = _POWER.sub("", name)
    digits = sum(character.isdecimal() for character in plain)
    letters = any(character.isalpha() for character in plain)
    return not letters and (9 <= digits <= 11 or (digits > 0 and plain != name))


def _delimiter(text: str, *, quotes: bool) -> str:
    """The candidate that splits most of the first rows as it splits the heading; the most fields win a tie."""
    if len(text) > _TEXT_LOOKED_AT:
        text = text[: text.rfind("\n", 0, _TEXT_LOOKED_AT) + 1] or text[:_TEXT_LOOKED_AT]
    scores = []
    for order, candidate in enumerate(DELIMITERS):
        counts = []
        with contextlib.suppress(UnfitData):  # a fault further down is for the scan to name
            for _, fields in islice(rows_of(text, candidate, quotes=quotes), _ROWS_LOOKED_AT):
                counts.append(len(fields))
        if counts and counts[0] > 1:
            scores.append((sum(c == counts[0] for c in counts) / len(counts), counts[0], -order, candidate))
    return max(scores)[-1] if scores else DELIMITERS[0]
