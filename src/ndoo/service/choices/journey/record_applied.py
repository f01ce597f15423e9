"""Records whose choices were applied, by whom and for what, once a London day for each person, use and choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from ndoo.domain.london import LONDON, london_date
from ndoo.service.choices.journey.models import Applied, AppliedOutcome
from ndoo.service.choices.opted_out import among

_AT_ONCE = 5_000

People = Mapping[str, int]
"""NHS numbers, each with the place (`ChoiceEvent.sequence`) of the choice that was applied; 0 where another list was asked."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who applied choices, what for, and when."""

    organisation: str
    use: str
    """In plain words."""
    at: datetime


def record_applied(occasion: Occasion, done: Mapping[AppliedOutcome, People]) -> dict[str, int]:
    """Add it to the histories of these people; how many people each outcome had, for the audit."""
    for outcome, people in done.items():
        _record(occasion, outcome, people)
    return {outcome.value: len(people) for outcome, people in done.items() if people}


def _record(occasion: Occasion, outcome: AppliedOutcome, people: People) -> None:
    today = datetime.combine(london_date(occasion.at), time(), LONDON)
    numbers, use = list(people), occasion.use[:200]
    same = Applied.objects.filter(organisation=occasion.organisation, use=use, outcome=outcome, at__gte=today)
    for at in range(0, len(numbers), _AT_ONCE):
        piece = numbers[at : at + _AT_ONCE]
        there = set(same.filter(nhs_number__in=among(piece)).values_list("nhs_number", "sequence"))
        Applied.objects.bulk_create(
            Applied(
                nhs_number=number,
                organisation=occasion.organisation,
                at=occasion.at,
                sequence=people[number],
                use=use,
                outcome=outcome,
            )
            for number in piece
            if (number, people[number]) not in there
        )
