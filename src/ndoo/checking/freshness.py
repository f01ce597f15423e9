"""Judges whether a list is fresh enough to be used today. Ages are London calendar days; the limit is a dated value."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.errors import NoUsableList
from ndoo.domain.london import age_in_days, is_after, london_date
from ndoo.domain.plurals import counted


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """The greatest age in days, the day from which it holds, and who says so."""

    start: date
    days: int
    citation: str


@dataclass(frozen=True, slots=True)
class Age:
    """A list that is fresh enough: when it was taken, how old it is, and how old it might be, in days."""

    checked_at: datetime | date
    days: int
    limit_days: int
    limit_in_force: int
    """The dated limit; `limit_days` is another one where a setting has changed it."""

    def provenance(
        self,
        polarity: Polarity,
        source: str,
        numbers: int,
        *,
        sha256: str | None = None,
        sealed_by: str | None = None,
        record_sealed_by: str | None = None,
    ) -> Provenance:
        """Where a list of this age came from.

        Args:
            numbers: how many people it names. Of one person no digest is kept, because it would give the number away.
        """
        return Provenance(
            polarity,
            source,
            sha256 if numbers > 1 else None,
            self.checked_at,
            self.days,
            self.limit_days,
            numbers,
            sealed_by=sealed_by,
            record_sealed_by=record_sealed_by,
            limit_in_force=None if self.limit_days == self.limit_in_force else self.limit_in_force,
        )


@cache
def age_limits() -> tuple[AgeLimit, ...]:
    """The dated values of `limits.toml`, oldest first."""
    entries = tomllib.loads(files("ndoo.checking").joinpath("limits.toml").read_text(encoding="utf-8"))["list_age"]
    return tuple(
        AgeLimit(e["from"], e["days"], f"{e['document']}, {e['section']}, {e['address']}, read {e['read_on']}")
        for e in sorted(entries, key=lambda e: e["from"])
    )


def limit_on(day: date) -> int:
    """The limit in days in force on `day`.

    Raises:
        NoUsableList: for a day before the opt-out existed.
    """
    in_force = [limit for limit in age_limits() if limit.start <= day]
    if not in_force:
        raise NoUsableList(
            "list-before-opt-out", "No list can be used before 25 May 2018: there was no opt-out to check."
        )
    return in_force[-1].days


def judge_age(checked_at: datetime | date | None, now: datetime, limit_days: int | None = None) -> Age:
    """The list's age, found to be within the limit.

    Args:
        checked_at: when the list was taken; None where nobody says.
        now: the moment of use, with its zone.
        limit_days: a stricter or looser limit that the caller answers for; default: the dated one.

    Raises:
        NoUsableList: for an unknown age, one over the limit, or a list from the future.
    """
    if checked_at is None:
        raise NoUsableList(
            "list-age-unknown",
            "Missing --checked-at: the date the list was checked, which no record beside it says. Give the day "
            "of the check.",
        )
    day = london_date(now)
    in_force = limit_days if limit_days is not None and day < age_limits()[0].start else limit_on(day)
    limit = in_force if limit_days is None else limit_days
    if is_after(checked_at, now):
        raise NoUsableList(
            "list-from-future",
            "The list is dated in the future. Check --checked-at and this machine's clock.",
        )
    age = age_in_days(checked_at, now)
    if age > limit:
        raise NoUsableList(
            "list-stale",
            f"The list is {counted(age, 'day')} old. It may be no more than {counted(limit, 'day')} old. Ask for a new check before you go on.",
        )
    return Age(checked_at, age, limit, in_force)
