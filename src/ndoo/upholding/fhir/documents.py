"""The text of a document that a resource carries as bytes: a letter in `Attachment.data`, a `Binary`, a signature.

Text is what can be searched: plain, HTML, RTF, XML, JSON, CSV, in UTF-8, UTF-16 or an extension of ASCII. Anything else (PDF, images,
sound, archives, office files, what is encrypted or packed) is not, and nobody can say whose numbers stand in it; nor is a text that
carries such a thing inside.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from urllib.parse import unquote

from ndoo.upholding.fhir.json_text import Json, NotFHIR, parsed

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LIKE_ASCII = re.compile(r"(us-?ascii|utf-?8|iso-?8859-?\d+|latin-?1|windows-?125\d|cp-?125\d)", re.IGNORECASE)
_WIDE = re.compile(r"utf-?16(le|be)?", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']*)", re.IGNORECASE)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1b\x7f]")
"""Control characters that text has no use for; HL7 and EDIFACT part their fields with those from 0x1c on."""
_HEAD = 1024
_DRAWN = re.compile(rb"%PDF-|\A%!PS")
_CARRIES = re.compile(
    r"\A\s*\{\\rtf.*\\(?:pict|objdata|objemb|bin)(?![a-z])|^begin [0-7]{3} |^<~", re.DOTALL | re.MULTILINE
)
"""A picture or an object in RTF; what was packed into text before there was base64."""
_DATA_URI = re.compile(r"data:([^,\"'\s]{0,200}?);\s*base64\s*,\s*([A-Za-z0-9+/=_%\s-]+)", re.IGNORECASE)
_RUN = re.compile(r"(?:[A-Za-z0-9+/_-]{20,}+[\r\n \t]*+)++[A-Za-z0-9+/_-]*+")
_LONG_RUN = 160
_SIGNS_OF_BASE64 = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))
_DEEPEST = 4
_MOSTLY = 0.7
"""So much of a text in an extension of ASCII is ASCII; a code page of another kind has less."""


def decoded(text: str) -> bytes | None:
    """What base64 stands for, in either alphabet, spaces and missing ends tolerated; None where it is none."""
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except ValueError:
        return None


def text_of(raw: bytes, content_type: str = "") -> str | None:
    """A document as text; None where it is none, or of a code page that nobody here reads.

    Args:
        content_type: as the resource says it; only its `charset` counts.
    """
    found = _CHARSET.search(content_type)
    charset = found[1] if found else ""
    mark = next(((sign, name) for sign, name in _MARKS if raw.startswith(sign)), None)
    encoding = mark[1] if mark else _wide(raw, charset)
    if encoding is None and charset and not _LIKE_ASCII.fullmatch(charset):
        return None
    plain = raw.removeprefix(mark[0]) if mark else raw
    if encoding is None and (_DRAWN.search(plain[:_HEAD]) or _NO_TEXT.search(plain)):
        return None
    try:
        text = plain.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding or sum(byte < 128 for byte in plain) < _MOSTLY * len(plain):
            return None
        text = plain.decode("cp1252", "replace")
    return None if _NO_TEXT.search(text.encode("utf-8", "replace")) else text


def carried_by(text: str, depth: int = 0) -> Iterator[str | None]:
    """The documents that stand in a document, as text; None for each that cannot be searched."""
    if _CARRIES.search(text) or depth > _DEEPEST:
        yield None
        return
    for found in _DATA_URI.finditer(text):
        yield from _within(decoded(unquote(found[2])), found[1], depth)
    for found in _RUN.finditer(text):
        run = "".join(found[0].split())
        if len(run) >= _LONG_RUN and all(sign.search(run) for sign in _SIGNS_OF_BASE64):
            yield from _within(decoded(run[: len(run) // 4 * 4]), "", depth)


def as_json(text: str) -> Json:
    """What a JSON document says, for its numbers and references; None where it is none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return parsed(text)
    except NotFHIR:
        return None


def _within(raw: bytes | None, content_type: str, depth: int) -> Iterator[str | None]:
    text = text_of(raw, content_type) if raw else None
    yield text
    if text:
        yield from carried_by(text, depth + 1)


def _wide(raw: bytes, charset: str) -> str | None:
    """UTF-16 without a mark: every other byte of English is zero."""
    if len(raw) % 2 or b"\0" not in raw:
        return None
    first, second = raw[::2].count(0), raw[1::2].count(0)
    if _WIDE.fullmatch(charset) or max(first, second) * 4 > len(raw):
        return "utf-16-be" if first > second else "utf-16-le"
    return None
