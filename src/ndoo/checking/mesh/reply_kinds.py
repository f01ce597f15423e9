"""What a message is to a request: a function from the two to one of five answers; nothing else decides it.

The rules, in their order. A message from another mailbox or of another workflow is `Other`. A report is `NonDelivery`.
A body that begins with `{` is a `MeshReceipt`, whatever it says. The rejection sentence is `Rejection`. A body in which every
line is an NHS number, and every number one that was asked about, is a `CleanedReply`. All else is `Other`: blank, half,
strange, or about somebody who was not asked about. Only a `CleanedReply` says anything about anybody.
"""

from __future__ import annotations

import json
from ctypes import byref, c_int64
from dataclasses import dataclass
from enum import StrEnum

from ndoo.checking.impostors import REJECTION
from ndoo.checking.mesh.message import MeshMessage
from ndoo.numbers.kernel import Rules, address_of, library
from ndoo.numbers.number_set import NumberSet

MARK = b"\xef\xbb\xbf"
LONGEST_LINE = 16
"""A number, a comma, CR and LF, and some room."""
_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class MeshQuestion:
    """What was asked: of which mailbox, by which workflow, about whom."""

    national: str
    workflow: str
    people: NumberSet
    asked: int
    """How many people that are."""

    @property
    def longest_reply(self) -> int:
        """A body of more bytes is no answer to this."""
        return longest_reply(self.asked)


def longest_reply(asked: int) -> int:
    """How many bytes an answer about so many people has at most."""
    return asked * LONGEST_LINE + _ROOM


class Why(StrEnum):
    """Why a message is neither receipt, list, rejection nor report."""

    FOREIGN_SENDER = "foreign_sender"
    FOREIGN_WORKFLOW = "foreign_workflow"
    NOT_ASKED = "not_asked"
    """No request of ours has this local id."""
    BLANK = "blank"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    HALF = "half"
    """Its last line lacks what every other line has."""
    NOT_A_SUBSET = "not_a_subset"


@dataclass(frozen=True, slots=True)
class MeshReceipt:
    """A job exists. It says nothing about anybody."""

    status: str
    """As the receipt calls it; empty where it says none that can be read."""


@dataclass(frozen=True, slots=True)
class CleanedReply:
    """The cleaned list: these people may stay."""

    allowed: NumberSet
    count: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """The whole request was refused; nobody was checked."""


@dataclass(frozen=True, slots=True)
class NonDelivery:
    """MESH gave a message of ours back."""

    code: str


@dataclass(frozen=True, slots=True)
class Other:
    """Something that changes nothing, kept for a person to look at."""

    why: Why


Reply = MeshReceipt | CleanedReply | Rejection | NonDelivery | Other


def judge(question: MeshQuestion, message: MeshMessage) -> Reply:
    """What the message is to the request that it claims to be about (by its local id, or a report by its linked id)."""
    if message.workflow != question.workflow:
        return Other(Why.FOREIGN_WORKFLOW)
    if message.report:
        return NonDelivery(message.code)
    if message.sender.upper() != question.national:
        return Other(Why.FOREIGN_SENDER)
    if len(message.body) > question.longest_reply:
        return Other(Why.TOO_LONG)
    body = message.body[:].removeprefix(MARK)
    head = body.lstrip()[: len(REJECTION)]
    if not head:
        return Other(Why.BLANK)
    if head.startswith(b"{"):
        return MeshReceipt(_status(body))
    if head.lower() == REJECTION.lower():
        return Rejection()
    return _list(question.people, body)


def _status(body: bytes) -> str:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    said = document.get("status") if isinstance(document, dict) else None
    return said[:40] if isinstance(said, str) and said.replace("_", "").isalpha() else ""


def _list(asked: NumberSet, body: bytes) -> CleanedReply | Other:
    allowed = NumberSet()
    buffer = bytearray(body)
    read = allowed.add_lines(buffer, len(buffer), final=True)
    if read.stopped:
        return Other(Why.HALF if _cut(body, read.consumed) else Why.UNREADABLE)
    if body.split(b"\n", 1)[0].rstrip(b"\r").endswith(b",") and not body.rstrip(b"\r\n").endswith(b","):
        return Other(Why.HALF)
    if not all_of(buffer, asked):
        return Other(Why.NOT_A_SUBSET)
    return CleanedReply(allowed, read.fresh)


def _cut(body: bytes, good: int) -> bool:
    """Do whole lines come first, and then the beginning of one, at the very end?"""
    rest = body[good:]
    return good > 0 and len(rest) < 10 and rest.isdigit()


def all_of(lines: bytearray, asked: NumberSet) -> bool:
    """Does every line of this list name one of them? Looks only where the list points, not through both sets."""
    rules = Rules(list=asked.address, list_allows=1)
    tally, consumed = (c_int64 * 4)(), c_int64()
    out = bytearray(max(1, len(lines)))
    library.ndoo_sift(byref(rules), address_of(lines), len(lines), 1, None, address_of(out), byref(consumed), tally)
    return tally[1] == tally[2] == 0
