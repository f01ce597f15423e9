"""How people find their way through thousands of uses: by what they are for, a page at a time, or by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

FOUND = 50
"""Uses that a search shows."""
Uses = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """The uses for one purpose, in the order of their names."""

    slug: str
    title: str
    """Empty where nobody said what they are for."""
    uses: tuple[Mapping[str, Any], ...]


def grouped(uses: Uses) -> tuple[Group, ...]:
    """By purpose, the purpose with most uses first."""
    by_purpose: dict[str, list[Mapping[str, Any]]] = {}
    for use in uses:
        by_purpose.setdefault(use.get("purpose") or "", []).append(use)
    return tuple(
        Group(slugify(title) or "other", title, tuple(sorted(some, key=lambda use: str(use["name"]).casefold())))
        for title, some in sorted(by_purpose.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    )


def fitting(uses: Uses, words: str) -> list[Mapping[str, Any]]:
    """The uses in whose name, recipient, purpose or data every word stands."""
    wanted = words.casefold().split()
    return [use for use in uses if all(word in _told(use) for word in wanted)]


def _told(use: Mapping[str, Any]) -> str:
    return "\n".join(
        str(use.get(field) or "") for field in ("name", "recipient", "purpose", "purpose_detail", "data")
    ).casefold()
