"""Recognises what is not a list. Names the things that are taken for one, so that a person knows what to do."""

from __future__ import annotations

import re

from ndoo.domain.errors import NoUsableList

REJECTION = b"The file contains one or more invalid NHS Numbers."
"""The national service's one-line answer to a request that it refused (Renal Registry's notes)."""

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xfe\0\0", "list-encoding", "The list is UTF-32. Save it as plain text (UTF-8), one number a line."),
    (b"\0\0\xfe\xff", "list-encoding", "The list is UTF-32. Save it as plain text (UTF-8), one number a line."),
    (b"\xff\xfe", "list-encoding", "The list is UTF-16. Save it as plain text (UTF-8), one number a line."),
    (b"\xfe\xff", "list-encoding", "The list is UTF-16. Save it as plain text (UTF-8), one number a line."),
    (b"\x1f\x8b", "list-compressed", "The list is compressed. Unpack it first."),
    (b"BZh", "list-compressed", "The list is compressed. Unpack it first."),
    (b"\xfd7zXZ\0", "list-compressed", "The list is compressed. Unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "list-compressed", "The list is compressed. Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "list-compressed", "The list is compressed. Unpack it first."),
    (
        b"PK\x03\x04",
        "list-spreadsheet",
        "The list is a spreadsheet or an archive. Save it as plain text, one number a line.",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "list-spreadsheet",
        "The list is a spreadsheet or another document of Microsoft Office. Save it as plain text, one number a line.",
    ),
    (b"PAR1", "list-not-text", "The list is a Parquet file. Save it as plain text, one number a line."),
    (b"%PDF", "list-not-text", "The list is a PDF. Save it as plain text, one number a line."),
)
_UNMARKED = (
    (
        re.compile(rb"\0{3}[^\0]|[^\0]\0{3}"),
        "list-encoding",
        "The list is UTF-32. Save it as plain text (UTF-8), one number a line.",
    ),
    (
        re.compile(rb"\0[^\0]|[^\0]\0"),
        "list-encoding",
        "The list is UTF-16. Save it as plain text (UTF-8), one number a line.",
    ),
)
"""How a first sign stands there where no mark says how it is encoded."""

_STATUS = re.compile(rb'\[?\s*\{[^\[\]]*"(status|state)"')
_JSON = "This is JSON, not a list of NHS numbers as plain text. Save it as plain text, one number a line."
_RECEIPT = (
    "This is a status message of the check service (JSON), not a list: it says nothing about anybody. "
    "The cleaned list comes as a second message."
)
_REJECTED = (
    "This is the check service's rejection, not a list: the request held at least one invalid NHS number, and nobody "
    "was checked. Correct the request and send it again."
)
_SEPARATORS = b",;\t|"
_TABLE = (
    "Line 1 of the list is a heading of several columns, not an NHS number. A list is one column: save the NHS numbers of those who are "
    "meant by themselves, one a line."
)
_MARKUP = "This is a web page or XML, not a list."


def refuse(start: bytes, line: int) -> NoUsableList:
    """The error for a list whose line `line` (from 1) is no NHS number; `start` is the head of the file, its byte-order mark gone."""
    head = start.lstrip()
    for signature, code, sentence in _SIGNATURES:
        if start.startswith(signature):
            return NoUsableList(code, sentence)
    for first, code, sentence in _UNMARKED:
        if first.match(start):
            return NoUsableList(code, sentence)
    if head.startswith((b"{", b"[")):
        if _STATUS.match(head):
            return NoUsableList("list-is-receipt", _RECEIPT)
        return NoUsableList("list-not-text", _JSON)
    if head.startswith(b"<"):
        return NoUsableList("list-is-markup", _MARKUP)
    if head[: len(REJECTION)].lower() == REJECTION.lower():
        return NoUsableList("list-is-rejection", _REJECTED)
    if line == 1 and start[:1].isalpha():
        heading = start.partition(b"\n")[0].strip().rstrip(_SEPARATORS)
        if any(heading.count(separator) for separator in _SEPARATORS):
            return NoUsableList("list-header", _TABLE)
        return NoUsableList(
            "list-header",
            "Line 1 of the list is a heading, not an NHS number. A cleaned list has none: take it out, "
            "or name the file .csv if it is a table of one column.",
        )
    return NoUsableList(
        "list-unreadable",
        f"Line {line} of the list is not a valid NHS number, so the whole list is refused: a list that is wrong in "
        "one place cannot be trusted about anybody.",
    )


_HEADING = re.compile(rb"(patient|person)?nhs(number|numbers|no|num|nbr|id)?")


def is_heading(first_line: bytes) -> bool:
    """Is this how a one-column table of NHS numbers is headed? Case, spaces and signs between the words aside."""
    word = first_line.strip().removesuffix(b",").strip(b'"').lower()
    return bool(_HEADING.fullmatch(word.translate(None, b" _-.")))
