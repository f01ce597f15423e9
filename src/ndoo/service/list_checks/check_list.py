"""Checks who on a list may stay, as the register stands. The list against the register, and what is written down of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from ndoo.checking.freshness import judge_age
from ndoo.checking.kept_lines import kept_lines
from ndoo.domain.answers import Polarity
from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import LinedPeople, NumberSet
from ndoo.service.audit.entries import Entry, write
from ndoo.service.choices.choice_history import refuse_from_future
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.choices.opted_out import not_empty, standing_among
from ndoo.service.choices.patient.models import AppliedOutcome
from ndoo.service.choices.patient.record_applied import Occasion, record_applied
from ndoo.service.list_checks.limits import limit
from ndoo.service.list_checks.models import CheckedList, ListState

SOURCE = "register"


@dataclass(frozen=True, slots=True, repr=False)
class StayingPeople:
    """Those who may stay, as the lines of a list in ascending order. It does not print."""

    lines: bytes
    counts: dict[str, int]
    """`allowed`, `withheld`, and `not_covered` where there are such."""
    withheld: dict[str, int]
    """The people withheld, each with the place of the choice that withholds them."""
    allowing: dict[str, int]
    """The people who chose to allow it, each with the place of that choice; the others who may stay have made none."""


def ready(now: datetime) -> None:
    """May the register be answered from at all?

    Raises:
        NoUsableList: it holds no choice at all, or choices that are made after now, so the clock or the register is wrong.
    """
    not_empty(ChoiceEvent.objects.order_by())
    _refuse_from_future(now)


def _refuse_from_future(now: datetime) -> None:
    refuse_from_future(now + timedelta(minutes=limit("clock_minutes")), ChoiceEvent.objects.order_by())


def answer(people: LinedPeople, now: datetime) -> StayingPeople:
    """What the register says of these people now.

    Raises:
        NoUsableList: the register is not one that may be answered from.
    """
    _refuse_from_future(now)
    standing = standing_among(people)  # which refuses an empty register
    withheld = standing[Choice.OPT_OUT]
    listed = NumberSet()
    for digits in withheld:
        number = read(digits)
        if isinstance(number, NHSNumber):  # what is no number was not asked about
            listed.add(number)
    age = judge_age(now, now, list_limit_days())
    provenance = age.provenance(Polarity.OPTED_OUT, SOURCE, len(withheld))
    tally: Counter[str] = Counter()
    lines = b"".join(kept_lines(b"".join(people.lines()), CleanedList(provenance, listed), tally))
    counts = {"allowed": tally["kept"], "withheld": tally["removed"]}
    if tally["not_covered"]:
        counts[Undecided.NOT_COVERED.value] = tally["not_covered"]
    return StayingPeople(lines, counts, withheld, standing[Choice.ALLOW])


def note(row: CheckedList, found: StayingPeople, now: datetime, *, keep: bool) -> None:
    """Write down that the list was answered, in one transaction: its counts, the people's histories, the audit.

    Args:
        keep: the answer is to be fetched later, so it is kept until then.
    """
    with transaction.atomic():
        row.state, row.checked_at, row.counts, row.people = ListState.ANSWERED, now, found.counts, None
        if keep:
            allowed = NumberSet()
            allowed.add_lines(bytearray(found.lines), len(found.lines), final=True)
            row.allowed = allowed.packed()
            row.deleted_after = now + timedelta(hours=limit("kept_hours"))
        row.save()
        people = record_applied(
            Occasion(row.caller.organisation, row.caller.asset, now),
            {AppliedOutcome.LEFT_OUT: found.withheld, AppliedOutcome.MAY_BE_USED: found.allowing},
        )
        details = {"list": str(row.pk), "asset": row.caller.asset, "requested": row.requested, "people": people}
        write(Entry(f"caller:{row.caller.name}", "list.answered", details=details), now)
