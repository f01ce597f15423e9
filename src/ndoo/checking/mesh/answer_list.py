"""Play the national side: check a list whole, and send back a receipt and the cleaned list, or what it would send.

`strict` behaves as is documented: silence for a blank or odd subject or local id, one sentence for a list with a bad
number or with anything besides ten digits, a comma and line ends. `kind` tolerates what can be read, and says what is wrong. Neither answers without a list or register
that is fresh enough; then everything stays in the inbox.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ndoo.checking.kept_lines import CROWD, kept_lines
from ndoo.checking.mesh.body import PIECE, Body, pieces_of
from ndoo.checking.mesh.message import MeshMessage
from ndoo.checking.mesh.requests import SAFE
from ndoo.checking.mesh.service import known
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet

_MARK = b"\xef\xbb\xbf"
_LINE = 64
_DOCUMENTED = b"0123456789,\r\n"


class Manner(StrEnum):
    """How the national side treats what it does not like."""

    STRICT = "strict"
    KIND = "kind"


class Repeats(StrEnum):
    """What becomes of a number that stands in a list twice. What the real service does is not known."""

    KEEP = "keep"
    COLLAPSE = "collapse"


class SameFile(StrEnum):
    """What becomes of a file that was answered before. That the live service refuses it only follows from the name of a
    stage in its receipts."""

    ANSWER = "answer"
    SILENCE = "silence"


class NobodyReply(StrEnum):
    """What is sent where nobody on the list may stay: MESH carries no empty body, and what the service does is not known."""

    NEWLINE = "newline"
    SILENCE = "silence"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Habits:
    """The switches of a national side."""

    manner: Manner = Manner.STRICT
    repeats: Repeats = Repeats.KEEP
    nobody: NobodyReply = NobodyReply.NEWLINE
    same_file: SameFile = SameFile.ANSWER

    def silent_about(self, notes: set[ListNote]) -> bool:
        """Is such a list met with silence?"""
        if self.manner is Manner.KIND:
            return False
        again = self.same_file is SameFile.SILENCE and ListNote.HAD_BEFORE in notes
        return again or not notes.isdisjoint(_SILENT_WHEN_STRICT)


class ListNote(StrEnum):
    """What was seen in a list, tolerated or not. These go into the log; nothing from the list does."""

    CRLF = "crlf"
    BYTE_ORDER_MARK = "byte_order_mark"
    NO_COMMA = "no_comma"
    NO_LAST_LINE_END = "no_last_line_end"
    BLANK_SUBJECT = "blank_subject"
    BLANK_LOCAL_ID = "blank_local_id"
    ODD_SUBJECT = "odd_subject"
    ODD_LOCAL_ID = "odd_local_id"
    INVALID_NUMBER = "invalid_number"
    LOOSE = "loose"
    """Spaces, hyphens or quotes in a line, or blank lines at the end: the documentation knows ten digits and a comma."""
    EMPTY = "empty"
    HAD_BEFORE = "had_before"
    OTHER_WORKFLOW = "other_workflow"


_SILENT_WHEN_STRICT = (
    ListNote.BLANK_SUBJECT,
    ListNote.BLANK_LOCAL_ID,
    ListNote.ODD_SUBJECT,
    ListNote.ODD_LOCAL_ID,
    ListNote.EMPTY,
)
_SENTENCES = {
    ListNote.BLANK_SUBJECT: "The subject is blank: the live service would never answer.",
    ListNote.BLANK_LOCAL_ID: "The local id is blank: the live service would never answer.",
    ListNote.ODD_SUBJECT: "The subject holds more than letters, digits, - and _: the live service would never answer.",
    ListNote.ODD_LOCAL_ID: "The local id holds more than letters, digits, - and _: the live service would never answer.",
    ListNote.EMPTY: "The list is empty.",
    ListNote.HAD_BEFORE: "The same file came before: the live service is said to refuse it.",
}


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """One message to be sent back, in pieces. It does not print."""

    subject: str
    body: Iterable[bytes]
    file_name: str


@dataclass(slots=True)
class AnsweredList:
    """What a list came to, and the messages to send for it, in their order."""

    notes: set[ListNote]
    asked: int = 0
    parts: list[Part] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    """Lines: `kept`, `removed`, `not_covered`, `repeated`; known once the list has been sent."""

    @property
    def rejected(self) -> bool:
        return ListNote.INVALID_NUMBER in self.notes

    @property
    def silent(self) -> bool:
        return not self.parts


def answer(
    message: MeshMessage, who: CleanedList, habits: Habits, now: datetime, *, had_before: bool = False
) -> AnsweredList:
    """What to send back for one message that asks about a list.

    Args:
        who: the register, a snapshot or a list, found fresh enough.
        had_before: a file of the same content was answered before.
    """
    notes, body = _outside(message), message.body
    start = len(_MARK) if body[: len(_MARK)] == _MARK else 0
    if start:
        notes.add(ListNote.BYTE_ORDER_MARK)
    if not any(piece.strip() for piece in pieces_of(body, start)):
        notes.add(ListNote.EMPTY)
    if had_before:
        notes.add(ListNote.HAD_BEFORE)
    bad_line, asked = (0, 0) if ListNote.EMPTY in notes else _read(body, start, notes)
    if not bad_line and ListNote.EMPTY not in notes and (loose := _loose_line(body, start)):
        notes.add(ListNote.LOOSE)
        if habits.manner is Manner.STRICT:
            notes.add(ListNote.INVALID_NUMBER)
            bad_line = loose
    answered = AnsweredList(notes, asked)
    if habits.silent_about(notes):
        return answered
    answered.parts.append(_receipt(message, now))
    sentences = [_SENTENCES[note] for note in ListNote if note in notes and note in _SENTENCES]
    if bad_line or ListNote.EMPTY in notes:
        text = known().rejection if bad_line else sentences[0]
        if habits.manner is Manner.KIND and bad_line:
            text += f"\nLine {bad_line} is the first that is not one. Nobody was checked. " + " ".join(sentences)
        answered.parts.append(Part(message.subject, [text.rstrip().encode() + b"\n"], message.file_name))
        return answered
    collapse = habits.repeats is Repeats.COLLAPSE
    cleaned = kept_lines(body, who, answered.tally, start=start, collapse=collapse)
    answered.parts += _list(message, cleaned, habits)
    return answered


def _outside(message: MeshMessage) -> set[ListNote]:
    notes = set()
    for text, blank, odd in (
        (message.subject, ListNote.BLANK_SUBJECT, ListNote.ODD_SUBJECT),
        (message.local_id, ListNote.BLANK_LOCAL_ID, ListNote.ODD_LOCAL_ID),
    ):
        if not text.strip():
            notes.add(blank)
        elif not SAFE.fullmatch(text):
            notes.add(odd)
    return notes


def _read(body: Body, start: int, notes: set[ListNote]) -> tuple[int, int]:
    """The first line that is no NHS number (0 where all are), and how many different people are named."""
    people = NumberSet(crowded=len(body) > CROWD)
    at, lines, asked, final = start, 0, 0, False
    while not final:
        piece = bytearray(body[at : at + PIECE])
        final = at + len(piece) == len(body)
        read = people.add_lines(piece, len(piece), final=final)
        at, lines, asked = at + read.consumed, lines + read.read, asked + read.fresh
        if read.stopped or (not read.consumed and not final):
            notes.add(ListNote.INVALID_NUMBER)
            return lines + 1, asked
    first = body[start : start + _LINE].split(b"\n", 1)[0]
    if first.endswith(b"\r"):
        notes.add(ListNote.CRLF)
    if not first.rstrip(b"\r").endswith(b","):
        notes.add(ListNote.NO_COMMA)
    if body[-1:] != b"\n":
        notes.add(ListNote.NO_LAST_LINE_END)
    return 0, asked


def _loose_line(body: Body, start: int) -> int:
    """The first line of a readable list that is not as documented; 0 where all are."""
    lines = 1
    for piece in pieces_of(body, start):
        odd = piece.translate(None, _DOCUMENTED)
        if odd:
            return lines + piece.count(b"\n", 0, piece.index(odd[:1]))
        lines += piece.count(b"\n")
    end = body[max(start, len(body) - 3) :]
    if end.endswith(b"\r"):
        return lines
    return lines - 1 if end.endswith((b"\n\n", b"\n\r\n")) else 0


def _list(message: MeshMessage, cleaned: Iterator[bytes], habits: Habits) -> list[Part]:
    first = next(cleaned, None)
    if first is not None:
        return [Part(message.subject, _chained(first, cleaned), message.file_name)]
    match habits.nobody:
        case NobodyReply.SILENCE:
            return []
        case NobodyReply.TEXT:
            return [Part(message.subject, [b"No NHS number in the file may be used.\n"], message.file_name)]
    return [Part(message.subject, [b"\n"], message.file_name)]


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _receipt(message: MeshMessage, now: datetime) -> Part:
    """In the shape of the one receipt that is known, of February 2025."""
    document = {
        "version": 10,
        "status": "pending",
        "received": now.isoformat(timespec="seconds"),
        "submitted": now.isoformat(timespec="seconds"),
        "finished": None,
        "stages": ["validate_non_empty_file", "validate_is_unique_upload", "validate_in_order"],
        "dataset_id": "mesh_to_pos",
        "metadata": {
            "file_type": "csv",
            "filesize": len(message.body),
            "request": {
                "extra": {
                    "sending_mailbox": message.sender,
                    "message_id": message.id,
                    "filename": message.file_name,
                    "local_id": message.local_id,
                    "subject": message.subject,
                }
            },
        },
    }
    return Part("SUCCESS", [json.dumps(document).encode()], "")
