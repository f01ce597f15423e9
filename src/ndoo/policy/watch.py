"""What may change the rules, and when it is to be looked at again: the pack's watch list; it changes no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ndoo.policy.source import Passage


@dataclass(frozen=True, slots=True)
class Watched:
    """Something in motion. `ends`: the last day of an approval; None where nothing ends."""

    id: str
    title: str
    says: str
    recheck: date
    ends: date | None
    source: Passage

    def is_due(self, today: date) -> bool:
        """Has the day to look again come, or the end?"""
        return today >= self.recheck

    def to_dict(self, today: date) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title,
            "says": self.says,
            "recheck": self.recheck.isoformat(),
            "ends": self.ends.isoformat() if self.ends else None,
            "due": self.is_due(today),
            "citation": self.source.to_dict(),
        }


def watched(table: Mapping[str, Any]) -> Watched:
    """An entry of the list out of its table.

    Raises:
        KeyError: something is missing.
    """
    source = Passage(table["id"], table["document"], table["section"], table["address"], table["read"])
    return Watched(table["id"], table["title"], table["says"], table["recheck"], table.get("ends"), source)
