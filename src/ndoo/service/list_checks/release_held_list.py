"""What the second person decides on a list that is held: release or refuse, once, with a reason that is kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from ndoo.service.audit.entries import Entry, write
from ndoo.service.list_checks.jobs import enqueue
from ndoo.service.list_checks.limits import limit
from ndoo.service.list_checks.models import CheckedList, ListState

EntryMaker = Callable[..., Entry]
"""`staff.actor.entry`, bound to the request."""


class NotHeldError(Exception):
    """Somebody else decided on it, or its time is over."""


def held(now: datetime) -> QuerySet[CheckedList]:
    """The lists that wait for a second person, the oldest first."""
    rows = CheckedList.objects.filter(state=ListState.HELD, deleted_after__gt=now)
    return rows.select_related("caller", "trace").order_by("received_at")


@transaction.atomic
def release(pk: uuid.UUID, reason: str, by: User, entry: EntryMaker, now: datetime) -> None:
    """It is answered now, from the register as it stands now.

    Raises:
        NotHeldError: it does not wait any more.
    """
    row = _decided(pk, ListState.WAITING, by, now, deleted_after=now + timedelta(hours=limit("kept_hours")))
    write(entry("list.released", reason=reason, list=str(pk), caller=row.caller.name), now)
    enqueue(row)


@transaction.atomic
def refuse(pk: uuid.UUID, reason: str, by: User, entry: EntryMaker, now: datetime) -> None:
    """Nothing is answered, and the list is deleted.

    Raises:
        NotHeldError: it does not wait any more.
    """
    row = _decided(pk, ListState.REFUSED, by, now, people=None)
    write(entry("list.refused", reason=reason, list=str(pk), caller=row.caller.name), now)


def _decided(pk: uuid.UUID, state: ListState, by: User, now: datetime, **fields: object) -> CheckedList:
    if not held(now).filter(pk=pk).update(state=state, decided_by=by, decided_at=now, **fields):
        raise NotHeldError
    return CheckedList.objects.select_related("caller").get(pk=pk)
