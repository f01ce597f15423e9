"""Who has opted out, now or as at a moment: the whole register, read in one piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from ndoo.domain.errors import Fault, NoUsableList
from ndoo.numbers.number_set import LinedPeople, NumberSet
from ndoo.service.choices.choice_history import before
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.read_snapshot import one_view

_PIECE = 50_000
_ASKED_AT_ONCE = 50_000


def opted_out(as_at: datetime | None = None) -> tuple[NumberSet, int]:
    """The people whose standing choice is to opt out, and how many they are; nobody is an answer too.

    Args:
        as_at: the moment whose choices count: what had been made or recorded by then; None: as the register stands.

    Raises:
        NoUsableList: nobody had chosen anything. That says that the register was never filled, not that nobody opted out.
            Or, with `as_at`, a choice is dated in the future.
        Fault: a number in the register is damaged.
    """
    with one_view():
        events = ChoiceEvent.objects.order_by()
        if as_at is not None:
            events = before(as_at, events)
        not_empty(events)
        later = events.filter(nhs_number=OuterRef("nhs_number"), sequence=OuterRef("sequence") + 1)
        standing = events.filter(~Exists(later), choice=Choice.OPT_OUT).values_list("nhs_number", flat=True)
        return _set_of(standing.iterator(chunk_size=_PIECE))


def standing_among(people: LinedPeople) -> dict[str, dict[str, int]]:
    """Those of these people who have chosen, by the choice that stands, each with that choice's place (`sequence`), as the
    register stands; it costs as much as they are, not as the register holds.

    Raises:
        NoUsableList: nobody has chosen anything at all.
    """
    found: dict[str, dict[str, int]] = {choice.value: {} for choice in Choice}
    with one_view():
        not_empty(ChoiceEvent.objects.order_by())
        later = ChoiceEvent.objects.filter(nhs_number=OuterRef("nhs_number"), sequence=OuterRef("sequence") + 1)
        standing = ChoiceEvent.objects.order_by().filter(~Exists(later))
        for numbers in pieces(people):
            here = standing.filter(nhs_number__in=among(numbers)).values_list("nhs_number", "sequence", "choice")
            for number, sequence, choice in here.iterator(chunk_size=_PIECE):
                found[choice][number] = sequence
    return found


def who_ever_chose(*choices: Choice) -> NumberSet:
    """Everybody who has ever made one of these choices.

    Raises:
        Fault: a number in the register is damaged.
    """
    chosen = ChoiceEvent.objects.order_by().filter(choice__in=choices).values_list("nhs_number", flat=True).distinct()
    return _set_of(chosen.iterator(chunk_size=_PIECE))[0]


def last_such_choice(people: NumberSet, choice: Choice, until: datetime) -> dict[str, int]:
    """The place of the last choice of this kind that each of these people had made by then; who had made none is left out."""
    found: dict[str, int] = {}
    events = ChoiceEvent.objects.order_by().filter(choice=choice, recorded_at__lte=until)
    for numbers in pieces(people):
        theirs = events.filter(nhs_number__in=among(numbers)).values("nhs_number").annotate(last=Max("sequence"))
        found.update(theirs.values_list("nhs_number", "last"))
    return found


def choices_held(most: int) -> int:
    """How many choices of anybody the register holds, counted up to so many."""
    return ChoiceEvent.objects.order_by()[:most].count()


def pieces(people: LinedPeople) -> Iterator[list[str]]:
    """These people's numbers in ascending order, as many at once as a query may ask about."""
    for text in people.lines():
        numbers = text.decode("ascii").split(",\n")[:-1]
        for at in range(0, len(numbers), _ASKED_AT_ONCE):
            yield numbers[at : at + _ASKED_AT_ONCE]


def among(numbers: list[str]) -> RawSQL:
    """What stands behind `__in=` for many numbers: one parameter, where a list would be one for each."""
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(numbers)])
    return RawSQL("SELECT unnest(%s::text[])", [numbers])


def not_empty(events: QuerySet[ChoiceEvent]) -> None:
    """Raises NoUsableList where there is no choice of anybody: that says that the register was never filled."""
    if not events.exists():
        raise NoUsableList(
            "register-empty",
            "The register held no one's choice at that time. It may be a new one, or the wrong one; it never "
            "means that nobody opted out.",
        )


def _set_of(numbers: Iterator[str]) -> tuple[NumberSet, int]:
    people, count = NumberSet(crowded=True), 0
    while piece := list(islice(numbers, _PIECE)):
        lines = "\n".join(piece).encode("ascii", "replace")
        taken = people.add_lines(bytearray(lines), len(lines), final=True)
        if taken.fresh != len(piece):
            raise Fault("register-damaged", "The register holds a number that is none. It may not be used: restore it.")
        count += taken.fresh
    return people, count
