"""Looks for withheld people in everything that a release says, type of resource by type."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pyarrow as pa

from ndoo.evidence.release_record import ByChance
from ndoo.upholding.other_cells.stray_numbers import MentionSearch, Sighting

_AT_ONCE = 1 << 20


class Search:
    """Gathers texts, and has them looked at many at a time."""

    def __init__(self, mentions: MentionSearch) -> None:
        self._mentions = mentions
        self._texts: dict[str, list[bytes]] = {}
        self._bytes = 0

    def look(self, kind: str, texts: Iterable[str]) -> None:
        """Look at the texts of a resource of this type."""
        raw = [text.encode("utf-8", "replace") for text in texts]
        self._texts.setdefault(kind, []).extend(raw)
        self._bytes += sum(map(len, raw))
        if self._bytes > _AT_ONCE:
            self._flush()

    @property
    def found(self) -> list[str]:
        """The types of resources in which somebody withheld stands."""
        self._flush()
        return self._mentions.found

    @property
    def naming(self) -> tuple[str, ...]:
        """The types of resources in which NHS numbers stand in any way: see `MentionSearch.columns_naming`."""
        self._flush()
        return self._mentions.columns_naming()

    @property
    def by_chance(self) -> tuple[ByChance, ...]:
        """As `MentionSearch.by_chance`, by types of resources."""
        self._flush()
        return self._mentions.by_chance

    def seen_in(self, types: Collection[str]) -> tuple[Sighting, ...]:
        """As `MentionSearch.seen_in`, of these types of resources."""
        self._flush()
        return self._mentions.seen_in(types)

    def _flush(self) -> None:
        for kind, raw in self._texts.items():
            self._mentions.look(kind, pa.array(raw, pa.large_binary()))
        self._texts.clear()
        self._bytes = 0


class Marks:
    """Finds the resources that hold the number of somebody withheld, of the types in which such resources are held.

    Args:
        mentions: looks at these types.
    """

    def __init__(self, mentions: MentionSearch, types: Collection[str]) -> None:
        self._mentions, self._types = mentions, frozenset(types)
        self._waiting: dict[str, list[tuple[int, list[bytes]]]] = {}
        self._bytes = 0
        self._found: list[int] = []

    def look(self, kind: str, row: int, texts: Iterable[str]) -> None:
        """Look at the texts of a resource of this type."""
        if kind not in self._types:
            return
        raw = [text.encode("utf-8", "replace") for text in texts]
        self._waiting.setdefault(kind, []).append((row, raw))
        self._bytes += sum(map(len, raw))
        if self._bytes > _AT_ONCE:
            self._flush()

    def found(self) -> list[int]:
        """The rows in which somebody stands."""
        self._flush()
        return self._found

    def _flush(self) -> None:
        for kind, resources in self._waiting.items():

            def look(first: int, end: int, kind: str = kind, them: list[tuple[int, list[bytes]]] = resources) -> None:
                texts = [text for _, raw in them[first:end] for text in raw]
                self._mentions.look(kind, pa.array(texts, pa.large_binary()))

            marks = self._mentions.mark(len(resources), look)
            self._found += [row for (row, _), marked in zip(resources, marks, strict=False) if marked]
        self._waiting.clear()
        self._bytes = 0
