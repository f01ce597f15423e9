"""The passage on which something stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Day


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that something stands on: document, section, address, and the day on which it was read."""

    id: str
    document: str
    section: str
    address: str
    read: Day

    def to_dict(self) -> dict[str, str]:
        return {
            "document": self.document,
            "section": self.section,
            "address": self.address,
            "read": self.read.isoformat(),
        }
