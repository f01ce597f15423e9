"""What separates the fields of a text: what its first line says, or what parts most of the first rows alike."""

from __future__ import annotations

import contextlib
from itertools import islice

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.upholding.text.reference import rows_of
from ndoo.upholding.text.text_edges import LINES_LOOKED_AT
from ndoo.upholding.text.text_encoding import codec_of, decoded, plain_text

DELIMITERS = ",\t;|^~:\x1f\x01\x1e§¦¬¶•·¤†‡│║"
_ROWS_LOOKED_AT = 50
_TEXT_LOOKED_AT = 1 << 16
_LONGEST_HINT = 64


def in_units(delimiter: str, encoding: str) -> str:
    """The delimiter, one character per code unit.

    Raises:
        UsageFault: it is not one character, one that ends rows or stands in words, or one that this encoding has not.
    """
    if len(delimiter) != 1 or delimiter in '\r\n"\0' or delimiter.isalnum():
        raise UsageFault(
            "delimiter", "The delimiter must be one character, and neither a letter, a digit, a quote nor a line end."
        )
    try:
        units = decoded(delimiter.encode(codec_of(encoding)), encoding)
    except UnicodeError:
        units = ""
    if not units or (encoding.startswith("utf-16") and len(units) > 1):
        raise UsageFault(
            "delimiter-encoding", "The text's encoding has no such character as the delimiter, or has two for it."
        )
    return units


def named_delimiter(text: str, encoding: str) -> tuple[str | None, int]:
    """What the first line says, as `sep=;` does for Excel, and how long it is; (None, 0) where it is no such line."""
    end = text.find("\n", 0, _LONGEST_HINT)
    said = plain_text(text[: max(end, 0)].rstrip("\r").strip('"'), encoding)
    character = said[4:5]
    if said[:4].lower() != "sep=" or not character or character.isalnum() or said[4:].strip(character):
        return None, 0
    return character, end + 1


def ways_to_part(text: str, parted_by: str, encoding: str) -> list[list[list[str]]]:
    """The first lines in every way in which they could be parted, the one that was chosen first."""
    lines = [line.rstrip("\r") for line in _some(text).split("\n")[:LINES_LOOKED_AT]]
    others = [other for _, other in _candidates(encoding) if other != parted_by]
    return [[[cell.strip(" \"'") for cell in line.split(way)] for line in lines] for way in (parted_by, *others)]


def _candidates(encoding: str) -> list[tuple[str, str]]:
    """Every delimiter that is looked for, and the same in code units, but for those that the encoding has not."""
    found = []
    for candidate in DELIMITERS:
        with contextlib.suppress(UsageFault):
            found.append((candidate, in_units(candidate, encoding)))
    return found


def _some(text: str) -> str:
    """The first whole lines."""
    if len(text) <= _TEXT_LOOKED_AT:
        return text
    return text[: text.rfind("\n", 0, _TEXT_LOOKED_AT) + 1] or text[:_TEXT_LOOKED_AT]


def likeliest_delimiter(text: str, encoding: str, *, quotes: bool) -> str:
    """The candidate that splits most of the first rows as it splits the heading; the most fields win a tie."""
    text, scores = _some(text), []
    for order, (candidate, parted_by) in enumerate(_candidates(encoding)):
        if parted_by not in text:
            continue
        counts = []
        with contextlib.suppress(UnfitData):  # a fault further down is for the scan to name
            for _, fields in islice(rows_of(text, parted_by, quotes=quotes), _ROWS_LOOKED_AT):
                counts.append(len(fields))
        if counts and counts[0] > 1:
            scores.append((sum(c == counts[0] for c in counts) / len(counts), counts[0], -order, candidate))
    return max(scores)[-1] if scores else DELIMITERS[0]


def refuse_other_delimiter(text: str, said: str, encoding: str, *, quotes: bool) -> None:
    """Raises UsageFault where the delimiter that --delimiter says parts nothing in the first row, and another one does."""
    other = likeliest_delimiter(text, encoding, quotes=quotes)
    _, cells = next(rows_of(_some(text), in_units(other, encoding), quotes=quotes))
    if other != said and len(cells) > 1:
        raise UsageFault(
            "delimiter-other",
            f"--delimiter is {said!r}, but the first line is parted by {other!r}, into {len(cells)} columns. Leave --delimiter out, or "
            "give the right one.",
        )
