"""Who changed since the last list: counts, rounded, and callers who ask outside their plan:
what the same list, sent again and again, would tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.numbers.number_set import LinedPeople, NumberSet
from ndoo.service.api_clients.models import Caller
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.choices.opted_out import among, pieces
from ndoo.service.list_checks.limits import limit, share
from ndoo.service.list_checks.models import Trace


def changed_since(before: Trace | None, people: NumberSet, lined: LinedPeople, newest: int) -> int:
    """How many of these people are answered otherwise than when the caller's list before came; rounded. 0 also stands
    for 1 to 7, and for a first list. `lined` are the same people."""
    if before is None or before.last_event == newest:
        return 0
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for digits, previous, choice in _events(before.last_event, newest, lined, before.requested):
        first.setdefault(digits, previous)
        last[digits] = choice
    changed = 0
    for digits, choice in last.items():
        number = read(digits)
        if isinstance(number, NHSNumber) and number in people:
            changed += (first[digits] == Choice.OPT_OUT) != (choice == Choice.OPT_OUT)
    return rounded(changed)


def _events(after: int, newest: int, people: LinedPeople, about: int) -> Iterator[tuple[str, str, str]]:
    """What was chosen in between, by whichever is less: all of it, or these people's."""
    between = ChoiceEvent.objects.filter(pk__gt=after, pk__lte=newest).order_by("nhs_number", "sequence")
    rows = between.values_list("nhs_number", "previous", "choice")
    if newest - after <= about:
        yield from rows.iterator(chunk_size=5_000)
        return
    for numbers in pieces(people):
        yield from rows.filter(nhs_number__in=among(numbers))


def rounded(count: int) -> int:
    """To 5; 1 to 7 become 0."""
    step = limit("changed_step")
    return 0 if count < limit("changed_smallest") else step * round(count / step)


def is_early(caller: Caller, before: Trace | None, now: datetime) -> bool:
    """Does it ask before half of its interval is over?"""
    if before is None or caller.every_days is None:
        return False
    return now - before.at < share("early_share") * timedelta(days=caller.every_days)


def alarms(now: datetime) -> list[Trace]:
    """The lists of the window that came outside their caller's plan, the newest first: there at once, for whoever looks."""
    since = now - timedelta(days=limit("window_days"))
    return list(Trace.objects.filter(early=True, at__gt=since).select_related("caller").order_by("-at"))
