"""Counts how many people get how far with choosing, how long it takes them, and how they felt: by month, and of nobody who it was.

A session is counted once at each step. That it was is in the server's memory of the session alone, and goes with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import DatabaseError, models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from ndoo.domain.london import london_date
from ndoo.service.choices.patient.models import JourneyCount


class Step(models.TextChoices):
    """How far somebody got, in the order in which people get there."""

    STARTED = "started", _("Gave their name")
    SEARCHED = "searched", _("Gave all their details")
    PROVED = "proved", _("Proved who they are")
    CHOSE = "chose", _("Answered the question")
    SAVED = "saved", _("Saved or confirmed their choice")


class Feeling(models.TextChoices):
    """What somebody says of the service when they are done."""

    VERY_SATISFIED = "very_satisfied", _("Very satisfied")
    SATISFIED = "satisfied", _("Satisfied")
    NEITHER = "neither", _("Neither satisfied nor dissatisfied")
    DISSATISFIED = "dissatisfied", _("Dissatisfied")
    VERY_DISSATISFIED = "very_dissatisfied", _("Very dissatisfied")


MINUTES = (2, 5, 10, 20)
"""The upper ends of the lengths of time that are told apart; the last has none."""
FEWEST = 5
"""Fewer answers of a month are not told: whoever knows somebody that chose then would know what they said. Nor are those of a month that
has not ended: who looks before and after somebody's answer would know which it was."""
_REACHED, _BEGAN, _TIME, _FELT = "reached", "began", "minutes:", "felt:"


def begin(kept: MutableMapping[str, Any], now: datetime) -> None:
    """Somebody gave their name. `kept` is the server's memory of their session."""
    kept.setdefault(_BEGAN, now.isoformat())
    reach(kept, now, Step.STARTED)


def began(kept: MutableMapping[str, Any]) -> str | None:
    """When they began, to be carried into the new session that the proof makes."""
    found: str | None = kept.get(_BEGAN)
    return found


def go_on(kept: MutableMapping[str, Any], when: str | None) -> None:
    """The new session of somebody who began then."""
    if when:
        kept[_BEGAN] = when


def reach(kept: MutableMapping[str, Any], now: datetime, *steps: Step) -> None:
    """Count each of these steps that this session has not reached before."""
    before = kept.setdefault(_REACHED, [])
    new = [step.value for step in steps if step.value not in before]
    before += new
    if new:  # to count takes the database's lock
        _add(now, *new)


def finish(kept: MutableMapping[str, Any], now: datetime) -> None:
    """Somebody saved or confirmed their choice; the first time in a session, how long it took them."""
    if Step.SAVED in kept.get(_REACHED, ()):
        return
    reach(kept, now, Step.SAVED)
    if when := began(kept):
        minutes = (now - datetime.fromisoformat(when)).total_seconds() / 60
        _add(now, f"{_TIME}{bisect_left(MINUTES, minutes)}")


def rate(feeling: Feeling, now: datetime) -> None:
    """Somebody said how they felt."""
    _add(now, f"{_FELT}{feeling.value}")


def _add(now: datetime, *names: str) -> None:
    """Nobody's page fails where nothing can be counted."""
    month = london_date(now).replace(day=1)
    with suppress(DatabaseError), transaction.atomic():
        for name in names:
            row, _made = JourneyCount.objects.get_or_create(month=month, what=name)
            JourneyCount.objects.filter(pk=row.pk).update(count=F("count") + 1)


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """What was counted in one month.

    Attributes:
        steps: how many reached each.
        times: how many took how long: up to each of `MINUTES`, and longer; None where the month goes on, or of fewer than `FEWEST`.
        feelings: how many felt so; None for the same reasons.
        has_ended: nothing more will be counted in it.
    """

    month: date
    steps: dict[Step, int]
    times: list[int] | None
    feelings: dict[Feeling, int] | None
    has_ended: bool

    def lost_after(self, step: Step) -> int:
        """How many got to this step and not to the next. Who began in one month and went on in another is in both."""
        at = list(Step).index(step)
        return max(0, self.steps[step] - self.steps[list(Step)[at + 1]]) if step is not Step.SAVED else 0

    def share(self) -> int | None:
        """Of those who began, how many in a hundred finished; None where nobody began."""
        started = self.steps[Step.STARTED]
        return min(100, round(100 * self.steps[Step.SAVED] / started)) if started else None

    def satisfied(self) -> int | None:
        """Of those who said how they felt, how many in a hundred were satisfied or very satisfied; None where it is not told."""
        if self.feelings is None:
            return None
        good = self.feelings[Feeling.VERY_SATISFIED] + self.feelings[Feeling.SATISFIED]
        return round(100 * good / sum(self.feelings.values()))


def months() -> list[date]:
    """The months of which anything was counted, the newest first."""
    return list(JourneyCount.objects.order_by("-month").values_list("month", flat=True).distinct())


def of_month(month: date, now: datetime) -> MonthCounts:
    """What was counted in it, as far as it may be told now."""
    has_ended = month < london_date(now).replace(day=1)
    found = dict(JourneyCount.objects.filter(month=month).values_list("what", "count"))
    times = [found.get(f"{_TIME}{at}", 0) for at in range(len(MINUTES) + 1)]
    feelings = {feeling: found.get(f"{_FELT}{feeling.value}", 0) for feeling in Feeling}
    return MonthCounts(
        month,
        {step: found.get(step.value, 0) for step in Step},
        times if has_ended and sum(times) >= FEWEST else None,
        feelings if has_ended and sum(feelings.values()) >= FEWEST else None,
        has_ended,
    )
