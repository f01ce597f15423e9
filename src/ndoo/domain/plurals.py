"""A number with its noun, which agrees: 1 row, 12,345 rows, 1 person, 2 people."""

from __future__ import annotations

_MANY = {
    "person": "people",
    "entry": "entries",
    "Type 1 entry": "Type 1 entries",
    "leaf": "leaves",
    "activity": "activities",
}


def counted(count: int, noun: str) -> str:
    """The count as people read it, and the noun in its number."""
    return f"{count:,} {noun if count == 1 else _MANY.get(noun, f'{noun}s')}"


def were(count: int) -> str:
    """1 row was, 2 rows were."""
    return "was" if count == 1 else "were"
