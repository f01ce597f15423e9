"""When a person must look again, who signs, and what changed since: nothing is reviewed without a person."""

from __future__ import annotations

import tomllib
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ndoo.assets.fields import FLOW
from ndoo.assets.record import Record, changed, material
from ndoo.domain.plurals import counted
from ndoo.policy import Decision
from ndoo.policy.pack import DOES_NOT_APPLY

OWNER, CALDICOTT_GUARDIAN = "owner", "caldicott_guardian"
STEPS = (OWNER, CALDICOTT_GUARDIAN)
HIGHEST = "high"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Months between reviews by risk, and the days of warning before a review and before an end."""

    start: date
    months: Mapping[str, int]
    remind_days: int
    expiring_days: int
    caldicott_families: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signature:
    """One person signed one step, for the record as it was then."""

    step: str
    by: str
    on: date
    record: Record


@dataclass(frozen=True, slots=True)
class ReviewStanding:
    """Where the review of one record stands on a day."""

    due: date
    because: str
    waiting_for: str
    """The step that is to be signed next: `owner` or `caldicott_guardian`."""
    last: date | None
    changed: tuple[str, ...]
    """Fields that changed since the last whole review."""

    def is_due(self, today: date) -> bool:
        """Must somebody look now?"""
        return self.due <= today

    def is_near(self, today: date, rhythm: Rhythm) -> bool:
        """Is it time for a reminder?"""
        return today < self.due <= today + timedelta(days=rhythm.remind_days)


@cache
def _settings() -> dict[str, Any]:
    return tomllib.loads(files("ndoo.assets").joinpath("settings.toml").read_text(encoding="utf-8"))


@cache
def rhythms() -> tuple[Rhythm, ...]:
    """The dated values of `settings.toml`, oldest first."""
    entries = _settings()["review"]
    return tuple(
        Rhythm(e["from"], e["months"], e["remind_days"], e["expiring_days"], frozenset(e["caldicott_families"]))
        for e in sorted(entries, key=lambda e: e["from"])
    )


def rhythm_on(day: date) -> Rhythm:
    """The values in force on a day; before the first, the first."""
    return [rhythms()[0], *(r for r in rhythms() if r.start <= day)][-1]


def scan_days_on(day: date) -> int:
    """How many days old the newest scan of a place may be on a day, before nobody knows what lies there."""
    entries = sorted(_settings()["scan"], key=lambda entry: entry["from"])
    days: int = [entries[0], *(entry for entry in entries if entry["from"] <= day)][-1]["days"]
    return days


def needs_review(record: Record) -> bool:
    """Every asset, and every flow that has not ended."""
    return record.kind != FLOW or record.text("status") != "ended"


def steps_for(decision: Decision | None, rhythm: Rhythm) -> tuple[str, ...]:
    """Who signs: the owner, then the Caldicott Guardian where the flow relies on an exemption."""
    relies = (
        decision is not None and decision.outcome == DOES_NOT_APPLY and decision.family in rhythm.caldicott_families
    )
    return STEPS if relies else (OWNER,)


def standing(record: Record, signatures: Sequence[Signature], decision: Decision | None, today: date) -> ReviewStanding:
    """Where the review of this record stands.

    Args:
        signatures: all that were ever given for it, oldest first.
        decision: a flow's decision as of today; None for an asset.
    """
    rhythm = rhythm_on(today)
    steps = steps_for(decision, rhythm)
    whole, begun = _last_whole(signatures, steps)
    if begun and material(record.kind, changed(begun[0].record, record)):
        begun = ()
    waiting = steps[len(begun)]
    if whole is None:
        return ReviewStanding(today, "It was never reviewed as a whole.", waiting, None, ())
    names = changed(whole.record, record)
    if weighty := material(record.kind, names):
        return ReviewStanding(today, f"Changed since the last review: {', '.join(weighty)}.", waiting, whole.on, names)
    months = rhythm.months[record.text("risk") or HIGHEST]
    because = f"Every {counted(months, 'month')} at this risk; last on {whole.on}."
    return ReviewStanding(months_after(whole.on, months), because, waiting, whole.on, names)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _last_whole(
    signatures: Sequence[Signature], steps: tuple[str, ...]
) -> tuple[Signature | None, tuple[Signature, ...]]:
    """The signature that made the latest review whole, and the signatures of one that is not whole yet.

    The steps come in their order, and for the same record in all that matters: a change in between begins anew.
    """
    whole: Signature | None = None
    begun: tuple[Signature, ...] = ()
    for signature in signatures:
        if begun and material(signature.record.kind, changed(begun[0].record, signature.record)):
            begun = ()
        if signature.step == steps[len(begun)]:
            begun = (*begun, signature)
        elif signature.step == steps[0]:
            begun = (signature,)
        if len(begun) == len(steps):
            whole, begun = signature, ()
    return whole, begun
