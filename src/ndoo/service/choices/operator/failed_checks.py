"""A check of a caller that failed is remembered: nobody tries the same person again before a supervisor says so, or a day is over.

The audit is the memory, so there is no other record that could say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry, write
from ndoo.service.audit.models import AuditEntry
from ndoo.service.audit.search_audit import CHECK_ALLOWED, CHECK_FAILED
from ndoo.service.choices.operator.who_may_choose import again_after


def holding(number: NHSNumber, now: datetime) -> AuditEntry | None:
    """The failed check because of which this person's choice may not be tried by telephone now."""
    return _holds(_since(now).filter(subject=number.reveal()).order_by("-pk").first())


def all_holding(now: datetime) -> list[AuditEntry]:
    """Each failed check that holds somebody's record now, the newest first."""
    newest: dict[str, AuditEntry] = {}
    for row in _since(now).order_by("-pk"):
        newest.setdefault(row.subject, row)
    return [row for row in newest.values() if _holds(row)]


def allow(failed: AuditEntry, entry: Callable[..., Entry], because: str, now: datetime) -> None:
    """Let the person be tried again, by whoever takes their call, until the next failed check holds anew."""
    number = read(failed.subject)
    audit = entry(CHECK_ALLOWED, subject=number if isinstance(number, NHSNumber) else None, reason=because)
    with transaction.atomic():
        write(audit, now)


def _since(now: datetime) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(
        action__in=(CHECK_FAILED, CHECK_ALLOWED), at__gt=now - timedelta(hours=again_after())
    )


def _holds(row: AuditEntry | None) -> AuditEntry | None:
    return row if row is not None and row.action == CHECK_FAILED else None
