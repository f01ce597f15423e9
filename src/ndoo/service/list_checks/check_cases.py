"""Says of a few people, one by one, if their information may be used: what an audit clerk asks who types records case by case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber
from ndoo.numbers.number_set import NumberSet
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.entries import Entry, write_all
from ndoo.service.audit.search_audit import CASE_ASKED
from ndoo.service.choices.patient.models import AppliedOutcome
from ndoo.service.choices.patient.record_applied import Occasion, record_applied
from ndoo.service.list_checks.check_list import answer
from ndoo.service.list_checks.known_people import known_people
from ndoo.service.list_checks.list_guessing import a_few_more

EntryMaker = Callable[..., Entry]
"""`staff.actor.entry`, bound to the request."""


class CaseAnswer(StrEnum):
    """May this person's information be used? Only the first says yes."""

    MAY_BE_USED = "may_be_used"
    NO_OPT_OUT = "no_opt_out"
    """No opt-out stands under the number; whether it is anybody's was not looked up, for there is no register of people here."""
    OPTED_OUT = "opted_out"
    NOBODY = "nobody"
    """Unknown: no one in the register of people has the number."""
    NOT_COVERED = "not_covered"
    """Unknown: no opt-out can be held under such a number."""
    NO_NUMBER = "no_number"
    """Unknown: what was typed is no NHS number."""


class AllowanceSpentError(Exception):
    """The collection has asked about as many people as it may within the window."""


@dataclass(frozen=True, slots=True)
class CaseQuestion:
    """Which collection asks, and why. Who asks stands in the audit entries."""

    collection: Caller
    reason: str


def collections() -> list[Caller]:
    """Those for which clerks may ask."""
    return [caller for caller in Caller.objects.filter(revoked_at=None) if Scope.CASES in caller.scopes]


def check_cases(
    numbers: Sequence[NHSNumber], question: CaseQuestion, entry: EntryMaker, now: datetime
) -> list[CaseAnswer]:
    """The answer for each number, as the register stands. The audit keeps who was asked about and why, and not the answer;
    the histories of these people say that they were looked up.

    Raises:
        AllowanceSpentError: nobody is answered about. NoUsableList: the register, or that of people, cannot be asked now, and nobody is
            answered about either, which the audit says.
    """
    with transaction.atomic():
        may = not a_few_more(question.collection, numbers, now).spent
        if not may:
            _write("case.refused", numbers, question, entry, now)
    if not may:
        raise AllowanceSpentError
    register = known_people()
    unless_nobody = CaseAnswer.MAY_BE_USED if register.knows else CaseAnswer.NO_OPT_OUT
    try:
        nobody = {number for number in numbers if register.unknown(_set_of([number]), 1)}
        found = answer(_set_of(numbers), now)
    except NoUsableList:
        with transaction.atomic():
            _write("case.unanswered", numbers, question, entry, now)
        raise
    chose = {**found.withheld, **found.allowing}
    with transaction.atomic():
        _write(CASE_ASKED, numbers, question, entry, now)
        record_applied(
            Occasion(question.collection.organisation, question.collection.asset, now), {AppliedOutcome.TOLD: chose}
        )
    allowed = {line.decode("ascii").rstrip(",") for line in found.lines.split()}
    return [
        _answer(number, found.withheld, allowed) or (CaseAnswer.NOBODY if number in nobody else unless_nobody)
        for number in numbers
    ]


def _answer(number: NHSNumber, withheld: dict[str, int], allowed: set[str]) -> CaseAnswer | None:
    """What the register of choices says by itself; None where no opt-out stands there. Whoever opted out is told as that, though the
    register of people has lost them."""
    digits = number.reveal()
    if digits in withheld:
        return CaseAnswer.OPTED_OUT
    return None if digits in allowed else CaseAnswer.NOT_COVERED


def _set_of(numbers: Sequence[NHSNumber]) -> NumberSet:
    people = NumberSet()
    for number in numbers:
        people.add(number)
    return people


def _write(action: str, numbers: Sequence[NHSNumber], question: CaseQuestion, entry: EntryMaker, now: datetime) -> None:
    told = {"reason": question.reason, "collection": question.collection.name}
    write_all([entry(action, subject=number, **told) for number in numbers], now)
