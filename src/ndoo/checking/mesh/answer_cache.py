"""People who need not be asked about again: the journal's answers, each as old as its own request, until they expire.

They stand in the journal and nowhere else: never on a record, and gone once they are older than a list may be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.requests import MeshRequest, RequestState, answer, question, requests
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.plurals import counted
from ndoo.numbers.number_set import NumberSet


@dataclass(slots=True)
class CachedAnswers:
    """What is known of some people already, and who is left to be asked about."""

    allowed: NumberSet
    unknown: NumberSet
    known: int
    left: int
    oldest: datetime | None
    """When the oldest answer used was taken: the age of the whole."""

    def joined(self, journal: Journal, asked: MeshRequest) -> NumberSet:
        """All who may stay, with the answer about those who were left.

        Raises:
            NoUsableList: it has expired.
        """
        about = question(journal, asked)
        if about is None:
            raise NoUsableList("mesh-answer-expired", "The answer to that request has expired. Ask again.")
        self._take(about.people, answer(journal, asked), asked.checked_at)
        return self.allowed

    def _take(self, asked: NumberSet, allowed: NumberSet, checked_at: datetime | None) -> None:
        settled = self.unknown.take_known(asked, allowed, self.allowed)
        self.known, self.left = self.known + settled, self.left - settled
        if settled and checked_at:
            self.oldest = min(self.oldest or checked_at, checked_at)


def kept_answers(journal: Journal, profile: Profile, people: NumberSet, since: datetime) -> CachedAnswers:
    """The newest answer about each of these people, where there is one that was taken since then."""
    unknown = NumberSet()
    for piece in people.lines():
        unknown.add_lines(bytearray(piece), len(piece), final=True)
    kept = CachedAnswers(NumberSet(), unknown, 0, people.count(), None)
    for asked in reversed(requests(journal, profile.mailbox, RequestState.ANSWERED)):
        if (asked.national, asked.workflow) != (profile.national, profile.workflow):
            continue
        if asked.checked_at is None or asked.checked_at < since or not kept.left:
            continue
        about = question(journal, asked)
        if about is not None:
            kept._take(about.people, answer(journal, asked), asked.checked_at)
    return kept


@dataclass(frozen=True, slots=True)
class RefreshPlan:
    """How to keep a population's answers fresh: so many requests a day, of so many people each."""

    requests_a_day: int
    people_each: int
    people_a_day: int
    refresh_days: int
    limit_days: int

    @property
    def margin_days(self) -> int:
        """Days for an answer to take, and for a weekend."""
        return self.limit_days - self.refresh_days


def plan(people: int, refresh_days: int, limit_days: int, most: int) -> RefreshPlan:
    """The batches that ask about everybody once in `refresh_days`, at most `most` people in a request.

    Raises:
        UsageFault: an answer would be over its limit before the next one is there.
    """
    if refresh_days >= limit_days:
        raise UsageFault(
            "plan-too-slow",
            f"An answer may be {counted(limit_days, 'day')} old, and takes a day now and then: ask more often than every "
            f"{counted(refresh_days, 'day')}.",
        )
    a_day = math.ceil(people / refresh_days)
    requests_a_day = math.ceil(a_day / most)
    return RefreshPlan(requests_a_day, math.ceil(a_day / requests_a_day), a_day, refresh_days, limit_days)
