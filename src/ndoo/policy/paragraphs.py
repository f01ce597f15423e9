"""What every statement says, whoever makes it: general paragraphs, versioned with the pack, each sentence with its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ndoo.policy.read_conditions import BadClause


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence: true by its source (`cite`, an id of the pack's sources) or by a record of the organisation."""

    says: str
    cite: str
    record: str
    needs: tuple[str, ...]
    unless: tuple[str, ...]

    def holds(self, records: Mapping[str, str]) -> bool:
        """Are the records there that it needs, and those absent that would contradict it?"""
        return all(records.get(name) for name in self.needs) and not any(records.get(name) for name in self.unless)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences under a heading (empty: they go on from the paragraph before), or the points of a list."""

    id: str
    heading: str
    is_list: bool
    after_uses: bool
    sentences: tuple[Saying, ...]


def paragraph(table: Mapping[str, Any], sources: Mapping[str, object]) -> Paragraph:
    """A paragraph out of its table.

    Raises:
        BadClause: a sentence has no origin, or two, or a source that is not there. KeyError: something is missing.
    """
    return Paragraph(
        table["id"],
        table.get("heading", ""),
        table.get("list", False),
        table.get("after_uses", False),
        tuple(_saying(one, sources) for one in table["sentence"]),
    )


def _saying(table: Mapping[str, Any], sources: Mapping[str, object]) -> Saying:
    cite, record = table.get("cite", ""), table.get("record", "")
    if bool(cite) is bool(record) or (cite and cite not in sources):
        raise BadClause("a sentence of the statement without one origin")
    return Saying(table["says"], cite, record, tuple(table.get("needs", ())), tuple(table.get("unless", ())))
