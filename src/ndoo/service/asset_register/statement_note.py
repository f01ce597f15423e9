"""The dated note on the published statement while it says more than can be shown.

A statement is published without a gap, and a gap may open the day after: a run that nothing proves, a review that is due. From then on the
page may not go on saying "we comply". Whether there is a gap is asked anew for each page; since when is written down within the hour, with its
entry in the audit.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ndoo.assets.gaps import JoinedRecords
from ndoo.domain.errors import UnfitData
from ndoo.service.asset_register import overview, published_statements
from ndoo.service.asset_register.models import StatementNote
from ndoo.service.audit.entries import Entry, write

_of_members: tuple[JoinedRecords | None, dict[str, bool]] = (None, {})
"""What was known when it was last asked, and whether the statement of each member has gaps: thousands of flows take a moment."""


def open_since(now: datetime, member: str = "") -> datetime | None:
    """Since when the statement that is public says more than can be shown; None where all of it is shown.

    Args:
        member: whose statement, where several organisations share the register; empty for the register's own.
    """
    if not _has_gaps(overview.picture(now), member):
        return None
    noted = StatementNote.objects.filter(member=member, closed_at=None).first()
    return noted.opened_at if noted else now


def keep_note(now: datetime) -> None:
    """Write down that a gap has opened since something was published, or that there is none any more."""
    for member in ("", *published_statements.members().values()):
        if published_statements.newest_one(member) is not None:
            _keep(now, member)


def _keep(now: datetime, member: str) -> None:
    gaps = _has_gaps(overview.picture(now), member)
    noted = StatementNote.objects.filter(member=member, closed_at=None)
    with transaction.atomic():
        if gaps and not noted.exists():
            StatementNote.objects.create(member=member, opened_at=now)
            write(Entry("system", "statement.gap_opened", details={"member": member}), now)
        elif not gaps and noted.update(closed_at=now):
            write(Entry("system", "statement.gap_closed", details={"member": member}), now)


def _has_gaps(seen: overview.Picture, member: str) -> bool:
    """Has what could be published now any gap? Somebody who has left the register shows nothing any more."""
    global _of_members
    if not member:
        return bool(published_statements.draft(seen).gaps)
    if _of_members[0] is not seen.known:
        _of_members = seen.known, {}
    told = _of_members[1]
    if member not in told:
        try:
            told[member] = bool(published_statements.draft_of(seen, member).gaps)
        except UnfitData:
            told[member] = True
    return told[member]
