"""The encoding in which a text is written: by its mark or its first bytes, and what its code units say."""

from __future__ import annotations

import codecs
import sys
from array import array

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.numbers.kernel import library

ENCODINGS = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")
_LINE_END = "\n"
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
    return "utf-8" if _is_utf_8(head) else "windows-1252", 0


def refuse_other_encoding(head: bytes, said: str) -> None:
    """Raises UsageFault where the first bytes of a text show that it is not in the encoding that --encoding says."""
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked not in (None, said):
        found = f"begins with the mark of {marked}"
    elif said == "utf-8" and b"\0" not in head and not _is_utf_8(head):
        found = "has bytes that are no UTF-8, as in windows-1252"
    elif said.startswith("utf-16") and head and b"\0" not in head:
        found = f"has one byte a character, as in {'utf-8' if _is_utf_8(head) else 'windows-1252'}"
    elif (
        said.startswith("utf-16") and _LINE_END not in decoded(head, said) and _LINE_END in decoded(head, _turned(said))
    ):
        found = f"is written in {_turned(said)}"
    else:
        return
    raise UsageFault(
        "encoding-other", f"--encoding is {said}, but the file {found}. Leave --encoding out, or give the right one."
    )


def _turned(encoding: str) -> str:
    return "utf-16-le" if encoding == "utf-16-be" else "utf-16-be"


def _is_utf_8(head: bytes) -> bool:
    """Are these the first bytes of a text in UTF-8? The last character may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


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
