"""Judges whether a list may be answered at once, or looks like guessing. Then it is held for a second person.

| reason | the list |
| --- | --- |
| `unknown` | more than 5 per cent of it are people whom nobody knows: generated numbers |
| `near` | it differs from an earlier list of that organisation by 1 to 9 people: it asks about those |
| `few` | it has 9 people or fewer, so it asks about each of them |
| `allowance` | with it the caller has asked about more than 1.1 times as many people as its asset is about |

Lists are compared within the window of 21 days. A list that is held or refused counts like any other: whoever tries
again and again uses up the allowance. The caller is told that its list is held, and not why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import BinaryField
from django.db.models.functions import Substr

from ndoo.domain.london import LONDON, london_date
from ndoo.domain.nhs_number import NHSNumber
from ndoo.numbers.number_set import LinedPeople, NumberSet
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.rate_limit import RateLimit
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.choices.opted_out import pieces
from ndoo.service.list_checks import sketches
from ndoo.service.list_checks.drift import changed_since, is_early
from ndoo.service.list_checks.limits import limit, share
from ndoo.service.list_checks.models import AskedAbout, CheckedList, Trace


class HoldReason(StrEnum):
    """Why a list is held."""

    UNKNOWN = "unknown"
    NEAR = "near"
    FEW = "few"
    ALLOWANCE = "allowance"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of how many different people a caller may speak within the window, and of about how many it did."""

    asked: float
    most: float
    more_on: date
    """The day on which some of the people asked about leave the window; if it is spent, enough of them."""

    @property
    def spent(self) -> bool:
        """Is it more than it may be?"""
        return self.asked > self.most

    def rate_limit(self, now: datetime) -> RateLimit:
        """As the caller is told of it."""
        then = datetime.combine(self.more_on, time(), LONDON)
        window = timedelta(days=limit("window_days"))
        left = max(0, math.floor(self.most - self.asked))
        seconds = math.ceil((then - now).total_seconds())
        return RateLimit(math.floor(self.most), int(window.total_seconds()), left, seconds)


@dataclass(frozen=True, slots=True)
class ListVerdict:
    """Why a list is to be held, nothing where it may be answered; and what is left of the caller's allowance with it."""

    reasons: list[HoldReason]
    allowance: Allowance


@dataclass(frozen=True, slots=True, repr=False)
class AskedList:
    """The people of a list, as judging needs them. It does not print."""

    people: NumberSet
    lined: LinedPeople
    """The same people."""
    sketch: sketches.Sketch
    unknown: float
    """Which share of it the register of people does not know."""


def asked_list(people: NumberSet, lined: LinedPeople, ods: str, unknown: float) -> AskedList:
    """With its sketch, which takes a while: it is made before the transaction, while others write."""
    return AskedList(people, lined, sketches.sketch(sketches.key_of(ods), pieces(lined)), unknown)


def judge(row: CheckedList, asked: AskedList, now: datetime) -> ListVerdict:
    """Whether the list is to be held. What is kept of it is written in the caller's
    transaction, so that of two lists at once the later one is compared with the earlier.

    Args:
        row: the list, saved already.
    """
    caller, made = Caller.objects.select_for_update().get(pk=row.caller_id), asked.sketch
    found = set()
    if asked.unknown > share("unknown_share"):
        found.add(HoldReason.UNKNOWN)
    if row.requested <= limit("near_most"):
        found.add(HoldReason.FEW)
    if _near_another(made.parts, row.requested, caller, now):
        found.add(HoldReason.NEAR)
    allowance = counted(caller, made.registers, now)
    if allowance.spent:
        found.add(HoldReason.ALLOWANCE)
    reasons = [reason for reason in HoldReason if reason in found]
    before = Trace.objects.filter(caller=caller).order_by("-pk").defer("parts").first()
    newest = ChoiceEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    Trace.objects.create(
        checked_list=row,
        caller=caller,
        ods=caller.ods,
        at=now,
        requested=row.requested,
        parts=made.parts,
        reasons=reasons,
        last_event=newest,
        changed=changed_since(before, asked.people, asked.lined, newest),
        early=is_early(caller, before, now),
    )
    return ListVerdict(reasons, allowance)


def counted(caller: Caller, registers: bytes, now: datetime) -> Allowance:
    """Take these people into the caller's count of today, in a transaction that holds the caller's row; what it comes to over
    the window."""
    today = london_date(now)
    days = dict(
        AskedAbout.objects.filter(caller=caller, day__gt=today - timedelta(days=limit("window_days"))).values_list(
            "day", "registers"
        )
    )
    before = bytes(days.get(today, b""))
    days[today] = sketches.joined([before, registers] if before else [registers])
    if not before:
        AskedAbout.objects.create(caller=caller, day=today, registers=days[today])
    elif days[today] != before:
        AskedAbout.objects.filter(caller=caller, day=today).update(registers=days[today])
    asked, most = sketches.people(sketches.joined(days.values())), share("allowance_factor") * caller.population
    leaving = sorted(days)
    if asked > most:
        while len(leaving) > 1 and sketches.people(sketches.joined(days[day] for day in leaving[1:])) > most:
            leaving.pop(0)
    return Allowance(asked, most, leaving[0] + timedelta(days=limit("window_days")))


def a_few_more(caller: Caller, numbers: Sequence[NHSNumber], now: datetime) -> Allowance:
    """The allowance with these people in it, of whom all may be asked about, or none where it is spent. Counted either way, in
    the caller's transaction."""
    caller = Caller.objects.select_for_update().get(pk=caller.pk)
    made = sketches.sketch(sketches.key_of(caller.ods), [[number.reveal() for number in numbers]])
    return counted(caller, made.registers, now)


def throw_away(now: datetime) -> None:
    """What is kept of lists goes with the window; one that waits for the second person stands in `CheckedList`."""
    before = now - timedelta(days=limit("window_days"))
    Trace.objects.filter(at__lt=before).delete()
    AskedAbout.objects.filter(day__lte=london_date(before)).delete()


def _near_another(parts: bytes, requested: int, caller: Caller, now: datetime) -> bool:
    """Is there a list of that organisation, in the window, from which this one differs by 1 to 9 people? Not if it is
    the same as one that was answered: what that one told, it tells again.

    Whoever differs in more than 9 of the first parts already differs in more than 9 of all, so of nearly every earlier list only those
    first parts are read."""
    most = limit("near_most")
    earlier = Trace.objects.filter(
        ods=caller.ods,
        at__gt=now - timedelta(days=limit("window_days")),
        requested__gte=requested - most,
        requested__lte=requested + most,
    )
    beginnings = earlier.annotate(beginning=Substr("parts", 1, _BEGINNING, output_field=BinaryField()))
    maybe = [
        pk
        for pk, beginning in beginnings.values_list("pk", "beginning").iterator(chunk_size=2_000)
        if sketches.distance(parts[:_BEGINNING], bytes(beginning), most) <= most
    ]
    near = False
    for at in range(0, len(maybe), _AT_ONCE):
        here = earlier.filter(pk__in=maybe[at : at + _AT_ONCE]).values_list("parts", "checked_list__checked_at")
        for theirs, answered in here.iterator(chunk_size=_AT_ONCE):
            apart = sketches.distance(parts, bytes(theirs), most)
            if apart == 0 and answered:
                return False
            near = near or 0 < apart <= most
    return near


_BEGINNING = 32 * 8
"""Bytes: the first 32 of the 1,024 parts. Lists of nobody in common differ in nearly all of them where each is of hundreds of people."""
_AT_ONCE = 200
