"""Records whose choices an organisation has applied, written once a London day for each person and choice."""

from __future__ import annotations

from datetime import datetime, time

from ndoo.domain.london import LONDON, london_date
from ndoo.service.choices.journey.models import Applied
from ndoo.service.choices.opted_out import among

_AT_ONCE = 5_000


def applied(withheld: dict[str, int], organisation: str, now: datetime) -> None:
    """Add it to the histories of these people, each given with the place of the choice that was applied."""
    today = datetime.combine(london_date(now), time(), LONDON)
    numbers = list(withheld)
    for at in range(0, len(numbers), _AT_ONCE):
        piece = numbers[at : at + _AT_ONCE]
        there = set(
            Applied.objects.filter(organisation=organisation, at__gte=today, nhs_number__in=among(piece)).values_list(
                "nhs_number", "sequence"
            )
        )
        Applied.objects.bulk_create(
            Applied(nhs_number=number, organisation=organisation, at=now, sequence=withheld[number])
            for number in piece
            if (number, withheld[number]) not in there
        )
