"""What becomes of a list that is not answered at once: a task for the worker, and the day on which its contents go."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from ndoo.domain.errors import NdooError
from ndoo.numbers.number_set import NumberSet
from ndoo.service.audit.entries import Entry, write
from ndoo.service.list_checks.check_list import answer, note
from ndoo.service.list_checks.known_people import known_people
from ndoo.service.list_checks.limits import limit, share
from ndoo.service.list_checks.list_guessing import HoldReason
from ndoo.service.list_checks.models import CheckedList, ListState, Trace


@task()
def answer_list(pk: str) -> None:
    """Answer a list that waits. One that cannot be answered now has failed, and the caller sends it again."""
    row = CheckedList.objects.select_related("caller").filter(pk=uuid.UUID(pk), state=ListState.WAITING).first()
    if row is None or row.people is None:
        return
    now = timezone.now()
    people = NumberSet(crowded=row.requested > 100_000)
    people.add_packed(bytes(row.people))
    try:
        if _names_nobody(row, people, now):
            return
        note(row, answer(people, now), now, keep=True)
    except NdooError:
        CheckedList.objects.filter(pk=row.pk).update(state=ListState.FAILED, people=None)


def _names_nobody(row: CheckedList, people: NumberSet, now: datetime) -> bool:
    """Hold the list if a register of people that could not be asked at once knows too few on it. Not after the second
    person has released it."""
    who = known_people()
    if who.quick or row.decided_at or who.unknown(people, row.requested) <= share("unknown_share"):
        return False
    with transaction.atomic():
        row.state, row.deleted_after = ListState.HELD, now + timedelta(days=limit("held_days"))
        row.save(update_fields=["state", "deleted_after"])
        Trace.objects.filter(checked_list=row).update(reasons=[HoldReason.UNKNOWN])
        write(Entry(f"caller:{row.caller.name}", "list.held", details={"list": str(row.pk)}), now)
    return True


def enqueue(row: CheckedList) -> None:
    """Give it to the worker, once the transaction in which it was written is over."""
    transaction.on_commit(lambda: answer_list.enqueue(str(row.pk)))


def throw_away(now: datetime) -> None:
    """Delete the contents of lists whose time is over; who asked, when and how many stays."""
    CheckedList.objects.filter(deleted_after__lte=now).exclude(people=None, allowed=None).update(
        people=None, allowed=None, state=ListState.EXPIRED
    )
