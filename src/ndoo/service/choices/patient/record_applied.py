"""Records whose choices were applied, by whom and for what, once a London day for each person, use and choice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db import connection

from ndoo.domain.london import LONDON, london_date
from ndoo.service.choices.patient.models import Applied, AppliedOutcome

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
    at, since = (connection.ops.adapt_datetimefield_value(moment) for moment in (occasion.at, today))
    said, numbers = (occasion.organisation, occasion.use[:200], outcome.value), list(people)
    with connection.cursor() as cursor:
        for start in range(0, len(numbers), _AT_ONCE):
            piece = json.dumps({number: people[number] for number in numbers[start : start + _AT_ONCE]})
            cursor.execute(_adding(), [at, *said, piece, *said, since])


def _adding() -> str:
    """SQL that adds a line for each person, who come as one JSON object, unless the same is there of today. One statement for
    thousands of people: a list has as many, and the database says nothing in between."""
    lines = connection.ops.quote_name(Applied._meta.db_table)
    asked = "json_each(%s)" if connection.vendor == "sqlite" else "json_each_text(%s::json)"
    return f"""
        INSERT INTO {lines} (nhs_number, sequence, at, organisation, use, outcome)
        SELECT asked.key, CAST(asked.value AS integer), %s, %s, %s, %s FROM {asked} AS asked
        WHERE NOT EXISTS (
            SELECT 1 FROM {lines} AS same
            WHERE same.nhs_number = asked.key AND same.sequence = CAST(asked.value AS integer)
            AND same.organisation = %s AND same.use = %s AND same.outcome = %s AND same.at >= %s
        )"""  # noqa: S608  our own names
