"""What a list can say about a person, and which way it points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Answer(StrEnum):
    """Three answers; there is no boolean. `UNKNOWN` is never allowed."""

    ALLOWED = "allowed"
    WITHHELD = "withheld"
    UNKNOWN = "unknown"


class Polarity(StrEnum):
    """Whom a list names. Always said by the caller, never guessed."""

    ALLOWED = "allowed"
    """A cleaned list: only these people may stay."""
    OPTED_OUT = "opted_out"
    """These people must go."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a list came from and how old it is. Ages and limits are in London calendar days."""

    polarity: Polarity
    source: str
    sha256: str | None
    """Of the list's bytes; None for a list of one person, whose digest would give the number away, and for several lists."""
    checked_at: date | datetime
    age_days: int
    limit_days: int
    numbers: int
    sealed_by: str | None = None
    """The public key that sealed a snapshot; None for a list that carries no seal."""
    record_sealed_by: str | None = None
    """The public key that sealed the record beside a list in a file, from which its date was taken; None where it has none."""
    limit_in_force: int | None = None
    """The dated limit in days, where a setting has changed it to `limit_days`; None where it has not."""
    parts: tuple[Provenance, ...] = ()
    """The lists that were named, where several are one. Dates and ages are those of the oldest; only a part has a digest."""
