"""What comes out of a mailbox, and what a mailbox can do: the words that the real client and the simulator share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ndoo.checking.mesh.body import Body


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One message as it was fetched, whole. It does not print: its body may hold NHS numbers."""

    id: str
    """Opaque text."""
    sender: str
    workflow: str
    local_id: str
    subject: str
    body: Body
    report: bool = False
    """MESH's own report on a message that could not be delivered (type REPORT)."""
    linked_id: str = ""
    """Of a report: the message that was lost."""
    code: str = ""
    """Of a report: MESH's status code; 14 is *not collected in five days*."""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message to be sent says on its outside."""

    recipient: str
    workflow: str
    local_id: str
    subject: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Glance:
    """What the outside of a message in the inbox says, without its body. Empty where there is none."""

    status: int
    """Of HTTP: 200, or 206 where it came in chunks."""
    sender: str = ""
    local_id: str = ""
    report: bool = False
    linked_id: str = ""
    code: str = ""
    chunks: int = 1


class Sighting(StrEnum):
    """What MESH knows of a message that may have been sent."""

    SENT = "sent"
    HALF = "half"
    """Its first chunk arrived and the last did not: it will never be delivered."""
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """MESH did not say."""


class LostAnswerError(Exception):
    """Nobody can say whether the message was taken: the answer did not arrive."""


class NotAcceptedError(Exception):
    """MESH refused the message, so nothing was sent. `code` is MESH's own, which is safe to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnreachableError(Exception):
    """The mailbox could not be used just now. `reason` is a word or a status, safe to show."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        """MESH refused the login: waiting will not help."""


class Mailbox(Protocol):
    """One mailbox. Every call may raise `UnreachableError`."""

    def handshake(self) -> None:
        """Says that this mailbox is in use; at least once a day."""
        ...

    def send(self, letter: Letter, body: Iterable[bytes]) -> str:
        """Sends once, never again by itself; MESH's id of the message.

        Raises:
            LostAnswerError, NotAcceptedError.
        """
        ...

    def look_for(self, local_id: str) -> tuple[Sighting, str]:
        """Was a message of this local id sent? With its id, where MESH tells."""
        ...

    def waiting(self, workflow: str) -> Iterator[str]:
        """The ids of all messages of this workflow (empty: of any) in the inbox, the oldest first."""
        ...

    def fetch(self, message_id: str, limit: int) -> Message | None:
        """The whole message; None where it is gone. Of a body longer than `limit` bytes only so much more than that is
        read as to show it."""
        ...

    def acknowledge(self, message_id: str) -> None:
        """Takes it out of the inbox for good; nothing where it is gone already."""
        ...
