"""One table as it was read: what was seen of it, how much of it could be read, and what is odd about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ndoo.domain.progress import Progress
from ndoo.scanning.survey import TableSurvey


@dataclass(slots=True)
class Examined:
    """A table that was read, in part or whole. `besides` are rows that fit no heading, and texts outside the rows."""

    survey: TableSurvey
    rows: int
    notes: list[str] = field(default_factory=list)
    whole: bool = True
    """Every row could be read."""
    read: int | None = None
    """How many rows were looked at, where that is a random sample of all."""
    besides: list[TableSurvey] = field(default_factory=list)
    is_release: bool = False
    """Is it what a manifest says was released here, sealed by a key that is known here?"""


@dataclass(frozen=True, slots=True)
class ExaminedTable:
    """A table that can be read. `place` says where it is, exactly, for the store; it is never shown."""

    name: str
    place: str
    fingerprint: str | None
    """What changes when the table does; None where nobody can tell without reading it."""
    read: Callable[[Progress], Examined]
    """Reads it; tells how many bytes of `size` were read, or how many rows of how many, where there is no size.

    Raises:
        NdooError: nothing of it can be read.
    """
    size: int = 0
    """In bytes; 0 of a table in a database."""
