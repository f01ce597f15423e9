"""What comes out of a mailbox, and what a mailbox can do: the words that the real client and the simulator share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ndoo.checking.mesh.body import Body


@dataclass(frozen=True, slots=True, repr=False)
class MeshMessage:
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


class MessageSighting(StrEnum):
    """What MESH knows of a message that may have been sent."""

    SENT = "sent"
    HALF = "half"
    """Its first chunk arrived and the last did not: it will never be delivered."""
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """MESH did not say."""


class LostAnswerError(Exception):
    """Nobody can say whether the message was taken: the answer did not arrive, or was not one of MESH."""

    def __init__(
        self, wait_seconds: float = 0.0, message_id: str = "", *, half: bool = False, uploading: bool = False
    ) -> None:
        super().__init__()
        self.uploading = uploading
        """Each piece was sent, and MESH said behind the last that it has not got them all, or none."""
        self.half = half
        """Pieces of it were not sent at all, so it will never be delivered."""
        self.wait_seconds = wait_seconds
        """How long MESH asks to be left alone."""
        self.message_id = message_id
        """MESH's id, where its first piece was taken and another may not have been."""


LOGIN_REFUSED = ("401", "403")
"""Codes of a refusal that is about whoever sends, and not about the message."""


class NotAcceptedError(Exception):
    """MESH refused the message, so nothing was sent. `code` is MESH's own, which is safe to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AtFault(StrEnum):
    """What is at fault where a mailbox cannot be used."""

    WAY = "way"
    """The network, or what stands in it: the next round may get through."""
    MESSAGE = "message"
    """One message that cannot be read."""
    LOGIN = "login"
    CERTIFICATE = "certificate"


class UnreachableError(Exception):
    """The mailbox could not be used just now. `reason` is a word or a status, safe to show."""

    def __init__(self, reason: str, fault: AtFault = AtFault.WAY, *, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fault = fault
        self.wait_seconds = wait_seconds
        """How long MESH asks to be left alone."""

    @property
    def refused(self) -> bool:
        """MESH refused whoever asks: waiting will not help."""
        return self.fault in (AtFault.LOGIN, AtFault.CERTIFICATE)


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

    def look_for(self, local_id: str, message_id: str = "") -> tuple[MessageSighting, str]:
        """Was a message of this local id, or of this id where it is known, sent? With its id, where MESH tells."""
        ...

    def waiting(self, workflow: str) -> Iterator[str]:
        """The ids of all messages of this workflow (empty: of any) in the inbox, the oldest first."""
        ...

    def fetch(self, message_id: str, limit: int) -> MeshMessage | None:
        """The whole message; None where it is gone. Of a body longer than `limit` bytes only so much more than that is
        read as to show it."""
        ...

    def acknowledge(self, message_id: str) -> None:
        """Takes it out of the inbox for good; nothing where it is gone already."""
        ...
