"""What a rehearsal has left behind in a mailbox: written down before it is sent, so that the next one can clear it away."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ndoo.checking.mesh.journal import Journal


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that nobody is to collect, and what became of it: the case that takes five days."""

    message_id: str
    local_id: str
    sent: str
    """ISO 8601, with its zone."""
    reported: str = ""
    """The same, of when MESH's report was seen; empty until then."""
    code: str = ""
    """Of the report."""

    @property
    def when(self) -> datetime:
        """When it was sent."""
        return datetime.fromisoformat(self.sent)


@dataclass(slots=True)
class Notes:
    """Of one mailbox. `names` are the beginnings of the local ids by which messages are known to be a rehearsal's own."""

    journal: Journal
    mailbox: str
    names: list[str] = field(default_factory=list)
    begun: Begun | None = None

    @staticmethod
    def read(journal: Journal, mailbox: str) -> Notes:
        """As they stand in the journal."""
        said: dict[str, Any] = json.loads(journal.fact(f"rehearsal {mailbox}") or "{}")
        begun = Begun(**said["begun"]) if said.get("begun") else None
        return Notes(journal, mailbox, said.get("names", []), begun)

    def new_name(self) -> str:
        """A name for this rehearsal, kept before anything is sent under it."""
        name = f"NDOO-REHEARSAL-{secrets.token_hex(4)}-"
        self.names.append(name)
        self.keep()
        return name

    def forget(self, names: tuple[str, ...]) -> None:
        """Nothing of those rehearsals is left, but for what is to wait five days."""
        self.names = [name for name in self.names if name not in names]
        self.keep()

    def keep(self) -> None:
        """Write them down."""
        said = {"names": self.names, "begun": asdict(self.begun) if self.begun else None}
        with self.journal.transaction():
            self.journal.remember(f"rehearsal {self.mailbox}", json.dumps(said))
