"""Looks for withheld people in everything that a release says, type of resource by type."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from ndoo.upholding.stray_numbers import Mentions

_AT_ONCE = 1 << 20


class Search:
    """Gathers texts, and has them looked at many at a time."""

    def __init__(self, mentions: Mentions) -> None:
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

    def _flush(self) -> None:
        for kind, raw in self._texts.items():
            self._mentions.look(kind, pa.array(raw, pa.large_binary()))
        self._texts.clear()
        self._bytes = 0
