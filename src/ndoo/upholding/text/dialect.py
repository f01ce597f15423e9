"""How a text is written: encoding, delimiter, quoting and heading, from the first rows or from the caller."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.document import DocumentPart, JsonObject
from ndoo.upholding.column_names import DeclaredNames, named_columns
from ndoo.upholding.text.delimiters import (
    in_units,
    likeliest_delimiter,
    named_delimiter,
    refuse_other_delimiter,
    ways_to_part,
)
from ndoo.upholding.text.reference import rows_of, unquoted
from ndoo.upholding.text.text_edges import refuse_heading_below
from ndoo.upholding.text.text_encoding import codec_of, decoded, encoding_of, plain_text, refuse_other_encoding
from ndoo.upholding.what_works_where import Wish

_POWER = re.compile(r"[eE][+-]?[0-9]+$")
_LONGEST_NULL = 64
_MOST_DIGITS = 6
"""Of a text that means no number: more could be what is left of somebody's."""
_LONGEST_HEADING = 1 << 16
_MANY_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){8}")
_NARROWED = b"\xfe"
"""What `kernel.ndoo_narrow` makes of a delimiter outside ASCII in UTF-16."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the caller says about how the input is read, mostly of text; None where the first rows are to tell.

    Raises:
        UsageFault: a text that is to mean *no number* could be somebody's.
    """

    delimiter: str | None = None
    encoding: str | None = None
    quotes: bool = True
    header: bool = True
    sheet: str | None = None
    """Of a workbook."""
    skip_rows: int = 0
    """Lines above the heading, and below the last row, that are left out."""
    skip_footer: int = 0
    nulls: tuple[str, ...] = ()
    """What a cell without a number may hold."""
    version: int | None = None
    """Of a Delta table; None: the newest."""
    heading_known: bool = False
    """The first line that is not left out is the heading, whatever it looks like: of a release, its manifest says so."""
    is_released: bool = False
    """See `TextDialect`."""
    described: bool = False
    """A descriptor says it of all its tables, so that nobody asked for it here."""

    def __post_init__(self) -> None:
        if without_numbers(self.nulls) != self.nulls:
            raise UsageFault(
                "null-number",
                "--null names a text that could be somebody's number. Rows whose number is damaged are held back already.",
            )

    @classmethod
    def of_release(cls, described: JsonObject) -> Self:
        """How a file is to be read that was released with this description in its manifest.

        Raises:
            TypeError: the description makes no sense.
        """
        said = DocumentPart(described)
        return cls(
            said.text_if_any("delimiter"),
            said.text_if_any("encoding"),
            said.is_true("quotes") if "quotes" in said else True,
            said.is_true("header") if "header" in said else True,
            nulls=said.texts_if_any("nulls"),
            heading_known=True,
            is_released=True,
        )

    @property
    def is_typed(self) -> bool:
        """Does it say what somebody typed, and not what a manifest, a descriptor or another reader knows?"""
        return not (self.is_released or self.described or self.heading_known)

    @property
    def left_out(self) -> dict[str, int]:
        """See `lines_left_out`."""
        return lines_left_out(self)

    @property
    def wished(self) -> list[Wish]:
        """What it says that not every source takes."""
        said = {
            Wish.DELIMITER: self.delimiter is not None and not self.described,
            Wish.ENCODING: self.encoding is not None and not self.described,
            Wish.NO_QUOTES: not (self.quotes or self.described),
            Wish.NO_HEADER: not (self.header or self.described),
            Wish.SKIP_ROWS: self.skip_rows,
            Wish.SKIP_FOOTER: self.skip_footer,
            Wish.NULL: self.nulls,
            Wish.SHEET: self.sheet is not None,
            Wish.VERSION: self.version is not None,
        }
        return [wish for wish, value in said.items() if value]


@dataclass(frozen=True, slots=True)
class TextDialect:
    """How the text is written. `body_at` is the byte where the first data row begins, mark and heading behind it."""

    delimiter: str
    encoding: str
    quotes: bool
    header: bool
    names: tuple[str, ...]
    body_at: int
    mark: int = 0
    """Bytes of the byte-order mark, or of several."""
    released_at: int = 0
    """Where what is released begins, the mark left aside: at the heading, or at a line above it that names the delimiter."""
    heading_at: int = 0
    skip_rows: int = 0
    skip_footer: int = 0
    nulls: tuple[str, ...] = ()
    is_released: bool = False
    """Of a release every line is a row that was kept; else blank lines at the end are no rows."""

    @property
    def unit(self) -> int:
        """Bytes per code unit."""
        return 2 if self.encoding.startswith("utf-16") else 1

    @property
    def separator(self) -> bytes:
        """The delimiter as the kernel meets it."""
        if self.unit == 2:
            return self.delimiter.encode() if self.delimiter.isascii() else _NARROWED
        return self.delimiter.encode(codec_of(self.encoding))

    @property
    def texts_of_nothing(self) -> list[bytes]:
        """`nulls` as the kernel meets them.

        Raises:
            UsageFault: in UTF-16 it cannot tell one character outside ASCII from another.
        """
        if self.unit == 2 and not all(map(str.isascii, self.nulls)):
            raise UsageFault(
                "null-utf-16", "In UTF-16, --null takes plain letters, digits and signs only. Save the file as UTF-8."
            )
        codec = "ascii" if self.unit == 2 else codec_of(self.encoding)
        return [text.strip(" ").encode(codec, "xmlcharrefreplace") for text in self.nulls]

    def above_rows(self, start: bytes) -> bytes:
        """What stands above the rows and is released with them, of a text that begins with `start`."""
        return start[: self.mark] + start[self.released_at : self.body_at]

    def described(self, *, released: bool = False) -> JsonObject:
        """For the manifest: enough to read the output the same way again, and what was left out of the input."""
        told: dict[str, Any] = {name: getattr(self, name) for name in ("delimiter", "encoding", "quotes", "header")}
        if self.nulls:
            told["nulls"] = list(self.nulls)
        return told if released else told | lines_left_out(self)


def without_numbers(texts: Sequence[str]) -> tuple[str, ...]:
    """Of texts that mean *no number*, those that could be nobody's, whole or damaged."""
    return tuple(text for text in texts if len(text) <= _LONGEST_NULL and not _may_be_number(text))


def lines_left_out(said: Reading | TextDialect) -> dict[str, int]:
    """How many lines are left out above the heading and below the rows, where any are, for a manifest."""
    lines = {"skip_rows": said.skip_rows, "skip_footer": said.skip_footer}
    return {name: count for name, count in lines.items() if count}


def sniff(head: bytes, reading: Reading, *, whole: bool) -> TextDialect | None:
    """The dialect of a text that begins with `head`; None where `head` ends before the heading does.

    Args:
        whole: nothing follows `head`.

    Raises:
        UnfitData: not delimited text, no heading, one further down, or two columns of one name.
        UsageFault: the caller's delimiter is not one character, or another than the text names.
    """
    if reading.encoding is not None and reading.is_typed:
        refuse_other_encoding(head, reading.encoding)
    encoding, mark = encoding_of(head, reading.encoding)
    if not whole and b"\n" not in head:
        return None
    every = decoded(head[mark:], encoding)
    above = _past_lines(every, reading.skip_rows)
    if above is None:
        if whole:
            raise UnfitData(
                "input-empty", "--skip-rows leaves out every line of the input: not even a heading is left."
            )
        return None
    (hinted, _), (said, length) = named_delimiter(every, encoding), named_delimiter(every[above:], encoding)
    text = every[above + length :]
    if not text.strip("\r\n "):
        raise UnfitData("input-empty", "The input is empty: it has no heading.")
    if "\n" not in text and "\r" in text.rstrip("\r"):
        raise UnfitData(
            "bare-cr", "The lines end with a carriage return alone, as on old Macs. Save the text with line feeds."
        )
    delimiter = reading.delimiter
    if delimiter is None:
        delimiter = said or hinted or likeliest_delimiter(text, encoding, quotes=reading.quotes)
    elif said not in (None, delimiter):
        raise UsageFault(
            "delimiter-other",
            "--delimiter names another character than the first line (sep=) does. Say the right one, or leave the line out with --skip-rows.",
        )
    parted_by = in_units(delimiter, encoding)
    if reading.header and not reading.heading_known:
        on_one_line, more = _heading_on_one_line(text, parted_by, quotes=reading.quotes)
        above_it = reading.skip_rows + bool(length) + more
        refuse_heading_below(ways_to_part(on_one_line, parted_by, encoding), reading.nulls, above_it)
    try:
        first = next(rows_of(text, parted_by, quotes=reading.quotes, first=0))
    except UnfitData:
        if whole:
            raise
        return None
    if not whole and not first[0].endswith("\n"):
        return None
    raw, fields = first
    if reading.delimiter is not None and reading.is_typed and len(fields) == 1:
        refuse_other_delimiter(text, delimiter, encoding, quotes=reading.quotes)
    cells = [unquoted(cell, quotes=reading.quotes) for cell in fields]
    names = _names(cells, encoding) if reading.header else DeclaredNames(map(str, range(1, len(cells) + 1)))
    unit = 2 if encoding.startswith("utf-16") else 1
    released_at, heading_at = mark + unit * above, mark + unit * (above + length)
    body_at = heading_at + (unit * len(raw) if reading.header else 0)
    return TextDialect(
        delimiter,
        encoding,
        reading.quotes,
        reading.header,
        names,
        body_at,
        mark,
        released_at,
        heading_at,
        reading.skip_rows,
        reading.skip_footer,
        reading.nulls,
        reading.is_released,
    )


def _heading_on_one_line(text: str, parted_by: str, *, quotes: bool) -> tuple[str, int]:
    """The text with its first row on one line, where line ends stand in its quoted names as Excel wraps them; and how many these were.

    What holds the digits of a number is no heading: then the lines are left as they are.
    """
    line, _, _ = text.partition("\n")
    if not quotes or line.count('"') % 2 == 0:
        return text, 0
    try:
        raw, _ = next(rows_of(text[:_LONGEST_HEADING], parted_by, quotes=quotes))
    except UnfitData:
        return text, 0
    lines = raw.rstrip("\r\n").count("\n")
    if not raw.endswith("\n") or _MANY_DIGITS.search(raw):
        return text, 0
    head = raw.removesuffix("\n").replace("\r\n", " ").replace("\n", " ")
    return f"{head}\n{text[len(raw) :]}", lines


def _names(cells: list[str], encoding: str) -> tuple[str, ...]:
    names = tuple(plain_text(cell, encoding).strip() for cell in cells)
    if any(isinstance(read(cell), NHSNumber) or _like_a_number(name) for cell, name in zip(cells, names, strict=True)):
        raise UnfitData(
            "heading-missing",
            "The first row holds what may be an NHS number, so the file has no heading. Use --no-header and name columns by position, from 1.",
        )
    return named_columns(names)


def _past_lines(text: str, lines: int) -> int | None:
    """Where so many lines end; None where there are fewer."""
    at = 0
    for _ in range(lines):
        at = text.find("\n", at) + 1
        if not at:
            return None
    return at


def _like_a_number(name: str) -> bool:
    """Could this heading be somebody's damaged number? A row of theirs that passes for the heading is not decided on.

    Nine to eleven digits of any script and no letter, or scientific notation: a lost zero, a tab, a trailing .0.
    """
    digits, power = _digits(name)
    letters = any(character.isalpha() for character in _POWER.sub("", name))
    return not letters and (9 <= digits <= 11 or power)


def _may_be_number(text: str) -> bool:
    digits, power = _digits(text)
    return digits > _MOST_DIGITS or power


def _digits(text: str) -> tuple[int, bool]:
    """How many digits it has, of any script, and whether it is in scientific notation; the power's digits are left aside."""
    plain = _POWER.sub("", text)
    digits = sum(character.isdecimal() for character in plain)
    return digits, digits > 0 and plain != text
