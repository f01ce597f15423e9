"""Recognises what is not a list. Names the things that are taken for one, so that a person knows what to do."""

from __future__ import annotations

import re

from ndoo.domain.errors import NoUsableList

REJECTION = b"The file contains one or more invalid NHS Numbers."
"""The national service's one-line answer to a request that it refused (Renal Registry's notes)."""

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xfe", "list-encoding", "The list is UTF-16. Save it as plain text (UTF-8), one number a line."),
    (b"\xfe\xff", "list-encoding", "The list is UTF-16. Save it as plain text (UTF-8), one number a line."),
    (b"\x1f\x8b", "list-compressed", "The list is compressed. Unpack it first."),
    (
        b"PK\x03\x04",
        "list-spreadsheet",
        "The list is a spreadsheet or an archive. Save it as plain text, one number a line.",
    ),
    (b"PAR1", "list-not-text", "The list is a Parquet file. Save it as plain text, one number a line."),
)

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
    if head.startswith((b"{", b"[")):
        return NoUsableList("list-is-receipt", _RECEIPT)
    if head.startswith(b"<"):
        return NoUsableList("list-is-markup", _MARKUP)
    if head[: len(REJECTION)].lower() == REJECTION.lower():
        return NoUsableList("list-is-rejection", _REJECTED)
    if line == 1 and start[:1].isalpha():
        first = start.partition(b"\n")[0].strip().rstrip(_SEPARATORS)
        if any(first.count(separator) for separator in _SEPARATORS):
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
