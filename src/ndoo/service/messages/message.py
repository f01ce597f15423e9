"""What is written to whom: a message is a template's name and the words that fill it; never an NHS number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Way(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    TEXT = "text"


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """Where a message goes. It does not print; `masked` is what may be shown."""

    way: Way
    address: str
    """An e-mail address, or a mobile number."""

    @property
    def masked(self) -> str:
        """Enough for its owner to know it again, too little for anybody else to use it."""
        if self.way is Way.EMAIL:
            name, _, host = self.address.partition("@")
            return f"{name[:1]}•••@{host[:1]}•••{host[host.rfind('.') :]}"
        return f"••••••••{self.address[-3:]}"


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One message. `template` names a folder `messages/TEMPLATE/` among the templates, which holds `subject.jinja`,
    `email.jinja` and `text.jinja`; `words` are the values that these templates use. It does not print: a code may be
    among its words."""

    to: Recipient
    template: str
    words: Mapping[str, str] = field(default_factory=dict)
    stop: str = ""
    """Where its reader says that no more should come, for messages to subscribers: mail programs make a button of it."""


class NotSentError(Exception):
    """The message was not taken. It says nothing of whom it was for."""


class Sender(Protocol):
    """Whoever carries messages."""

    @property
    def ways(self) -> frozenset[Way]:
        """The ways in which it can carry one; only these are offered to people."""
        ...

    def send(self, message: Message) -> None:
        """Hand it over. Slow: call it from the worker, never while somebody waits for a page.

        Raises:
            NotSentError: it was not taken.
        """
        ...
