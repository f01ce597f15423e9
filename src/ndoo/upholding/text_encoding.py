"""The encoding in which a text is written: by its mark or its first bytes, and what its code units say."""

from __future__ import annotations

import codecs
import sys
from array import array

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import library

ENCODINGS = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def encoding_of(head: bytes, said: str | None) -> tuple[str, int]:
    """The encoding, and how many bytes its mark takes, or its marks, at the beginning.

    Raises:
        UnfitData: it is one that is not read.
    """
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnfitData("encoding", "The input is UTF-32. Save it as UTF-8.")
    for mark, encoding in _MARKS:
        if head.startswith(mark) and said in (None, encoding):
            length = len(mark)
            while head.startswith(mark, length):  # each of two tools has put one there
                length += len(mark)
            return encoding, length
    if said is not None:
        return said, 0
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "windows-1252", 0
    return "utf-8", 0


def decoded(body: bytes, encoding: str) -> str:
    """Structure only: one character per code unit, so that lengths in characters are lengths in units."""
    if not encoding.startswith("utf-16"):
        return body.decode("latin-1")
    units = array("H", body[: len(body) // 2 * 2])
    if (encoding == "utf-16-be") is (sys.byteorder == "little"):
        units.byteswap()
    return "".join(map(chr, units))


def narrow(text: int, units: int, encoding: str, delimiter: str, out: int) -> None:
    """Write UTF-16 at the address `text` to `out`, one byte a unit, as rows are scanned in it.

    Args:
        delimiter: one character; outside ASCII it becomes what `TextDialect.separator` says.

    Raises:
        UnfitData: numbers could stand in it that are written in another encoding, which nobody who reads UTF-16 sees.
    """
    wide = 0 if delimiter.isascii() else ord(delimiter)
    if library.ndoo_narrow(text, units, encoding == "utf-16-be", wide, out):
        raise UnfitData(
            "encodings-mixed",
            "The input is UTF-16, and part of it is written in another encoding or lost a byte. Export it again from its source, as UTF-8.",
        )


def codec_of(encoding: str) -> str:
    """What Python calls it."""
    return "cp1252" if encoding == "windows-1252" else encoding


def plain_text(cell: str, encoding: str) -> str:
    """A text as a person would read it; `cell` is one character per code unit."""
    if encoding.startswith("utf-16"):
        return cell.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return cell.encode("latin-1").decode(codec_of(encoding), "replace")
