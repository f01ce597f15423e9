"""A foreign key, wherever it was declared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: `columns` of one table hold what stands in `target_columns` of another, or of the same."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
