"""Searches the audit. Found by actor, action, day and person; and who looked at one person again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ndoo.domain.london import LONDON
from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.audit.models import AuditEntry

VIEWED = "person.viewed"
CASE_ASKED = "case.asked"
"""A clerk was told if one person's information may be used."""
CHECK_FAILED = "caller.check_failed"
CHECK_ALLOWED = "caller.check_allowed"
"""A supervisor lets a person be tried again after a check that failed."""
MOST = 200
"""Entries that one search shows."""


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is sought; whatever is left out fits every entry."""

    actor: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None
    subject: NHSNumber | None = None


@dataclass(frozen=True, slots=True)
class FoundEntries:
    """The newest `MOST` entries, newest first, and how many there are in all."""

    entries: list[AuditEntry]
    count: int


def search(question: AuditSearch) -> FoundEntries:
    """The entries that fit."""
    rows = AuditEntry.objects.all()
    if question.actor:
        rows = rows.filter(actor=question.actor)
    if question.action:
        rows = rows.filter(action=question.action)
    if question.first:
        rows = rows.filter(at__gte=_midnight(question.first))
    if question.last:
        rows = rows.filter(at__lt=_midnight(question.last + timedelta(days=1)))
    if question.subject:
        rows = rows.filter(subject=question.subject.reveal())
    return FoundEntries(list(rows.order_by("-pk")[:MOST]), rows.count())


def actions() -> list[str]:
    """Every kind of entry that there is."""
    return list(AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct())


@dataclass(slots=True, repr=False)
class Views:
    """One viewer's looks at one person within the days asked about. It does not print."""

    actor: str
    subject: str
    entries: list[AuditEntry] = field(default_factory=list)


def many_views(now: datetime, *, views: int, days: int) -> list[Views]:
    """Whoever looked at, or asked about, one person `views` times or more in the last `days` days; the most looked-at first."""
    seen: dict[tuple[str, str], Views] = defaultdict(lambda: Views("", ""))
    for row in AuditEntry.objects.filter(
        action__in=(VIEWED, CASE_ASKED), at__gt=now - timedelta(days=days), at__lte=now
    ):
        of = seen[row.actor, row.subject]
        of.actor, of.subject = row.actor, row.subject
        of.entries.append(row)
    return sorted((one for one in seen.values() if len(one.entries) >= views), key=lambda one: -len(one.entries))


def near_views(now: datetime, *, days: int) -> list[AuditEntry]:
    """Looks, and refused looks, at somebody whose name is that of the viewer, of their family or of a colleague."""
    rows = AuditEntry.objects.filter(action__startswith="person.view", at__gt=now - timedelta(days=days), at__lte=now)
    return [row for row in rows.order_by("-pk") if row.details.get("near", "none") != "none"]


@dataclass(frozen=True, slots=True, repr=False)
class FailedChecks:
    """Checks of callers that failed again and again: with one colleague, or about one person. It does not print."""

    actors: tuple[str, ...]
    count: int
    first: datetime
    last: datetime


def failing_operators(now: datetime, *, checks: int, days: int) -> list[FailedChecks]:
    """Each colleague with whom so many checks of callers or more failed within the days; the most first."""
    return _failed(now, days, checks, lambda row: row.actor)


def people_tried_again(now: datetime, *, checks: int, days: int) -> list[FailedChecks]:
    """The same for each person whom callers claimed to be, without saying who that is."""
    return _failed(now, days, checks, lambda row: row.subject)


def _failed(now: datetime, days: int, checks: int, of: Callable[[AuditEntry], str]) -> list[FailedChecks]:
    found: dict[str, list[AuditEntry]] = defaultdict(list)
    for row in AuditEntry.objects.filter(action=CHECK_FAILED, at__gt=now - timedelta(days=days), at__lte=now):
        found[of(row)].append(row)
    told = [
        FailedChecks(tuple(sorted({row.actor for row in rows})), len(rows), rows[0].at, rows[-1].at)
        for rows in found.values()
        if len(rows) >= checks
    ]
    return sorted(told, key=lambda one: -one.count)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON)
