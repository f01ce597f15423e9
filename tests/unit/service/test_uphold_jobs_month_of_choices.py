"""A month is played: what a person reads of where their choice was applied is what happened, and what the ledger speaks for."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.numbers.number_set import NumberSet
from ndoo.service.api_clients.models import Caller
from ndoo.service.asset_register import overview, record_versions
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.models import Channel, Choice
from ndoo.service.choices.patient import history
from ndoo.service.choices.patient.models import Applied, AppliedOutcome
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import seal
from ndoo.service.list_checks import check_list
from ndoo.service.list_checks.fhir import record_consent
from ndoo.service.list_checks.list_guessing import Allowance, a_few_more
from ndoo.service.list_checks.models import CheckedList
from ndoo.service.uphold_jobs import apart, places, run_job
from ndoo.service.uphold_jobs.models import JobState
from ndoo.service.uphold_jobs.people_told import by_the_register
from tests.support.jobs_here import run_a_job, uphold_here
from tests.support.numbers import some
from tests.support.registers_of_assets import document, facts, flow, read_register
from tests.support.staff_accounts import audited

pytestmark = pytest.mark.django_db

PEOPLE = some(14, 31)
NEVER, FIRST_TO_CHOOSE = PEOPLE[0], PEOPLE[1]
CALLERS = {"Example Trust": "clinics in the county", "Institute of Examples": "a study of asthma"}
OWN = "A trust"
"""The organisation in the register of assets and flows."""
LEFT_OUT = {Choice.OPT_OUT: AppliedOutcome.LEFT_OUT, Choice.ALLOW: AppliedOutcome.MAY_BE_USED}
Line = tuple[str, str, AppliedOutcome]
"""Organisation, use and what came of it."""


def person(digits: str) -> NHSNumber:
    found = read(digits)
    assert isinstance(found, NHSNumber)
    return found


@dataclass
class Month:
    """What happened, written down by the test itself."""

    chance: random.Random
    day: datetime
    standing: dict[str, tuple[Choice, int]] = field(default_factory=dict)
    happened: dict[str, set[tuple[Line, int, object]]] = field(default_factory=dict)
    counted: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    def chooses(self, digits: str, choice: Choice) -> None:
        change = NewChoice(person(digits), choice, self.day, Channel.PHONE)
        event = record(change, Entry("staff:sam", "choice.set", person(digits)))
        self.standing[digits] = choice, event.sequence

    def note(self, digits: str, line: Line, sequence: int) -> None:
        self.happened.setdefault(digits, set()).add((line, sequence, london_date(self.day)))

    def applied(self, numbers: list[str], organisation: str, use: str) -> None:
        for digits in numbers:
            if digits in self.standing:
                choice, sequence = self.standing[digits]
                self.note(digits, (organisation, use, LEFT_OUT[choice]), sequence)
                self.counted[LEFT_OUT[choice]] += 1

    def asks(self, organisation: str, numbers: list[str]) -> None:
        caller = Caller.objects.get(organisation=organisation)
        people = NumberSet()
        for digits in numbers:
            people.add(person(digits))
        row = CheckedList(
            caller=caller,
            received_at=self.day,
            read=len(numbers),
            requested=len(numbers),
            deleted_after=self.day + timedelta(days=1),
        )
        check_list.note(row, check_list.answer(people, self.day), self.day, keep=False)
        self.applied(numbers, organisation, caller.asset)

    def looks_up(self, organisation: str, digits: str) -> None:
        caller = Caller.objects.get(organisation=organisation)

        def entry(action: str, number: NHSNumber) -> Entry:
            return Entry(f"caller:{caller.name}", action, number)

        def count(number: NHSNumber) -> Allowance:
            return a_few_more(caller, [number], self.day)

        record_consent.searched(person(digits), caller, entry, count, self.day)
        if digits in self.standing:
            self.note(digits, (organisation, caller.asset, AppliedOutcome.TOLD), self.standing[digits][1])

    def releases(self, numbers: list[str], flow: str | None, use: str, allowed: list[str] | None = None) -> None:
        job = run_a_job(numbers, self.day, flow=flow, allowed=allowed)
        if job.state == JobState.FAILED:  # too many would go: nothing was released, so nobody is told anything
            assert job.fault == "list-wrong-way-round", job.sentence
            self.refused += 1
            return
        assert not list(places.folder(job.pk, places.PEOPLE).iterdir()), "nobody's numbers stay behind"
        if allowed is None:
            self.applied(numbers, OWN, use)
            return
        for digits in filter(self.standing.__contains__, numbers):
            outcome = AppliedOutcome.ON_LIST if digits in allowed else AppliedOutcome.NOT_ON_LIST
            self.note(digits, (OWN, use, outcome), 0)
            self.counted[outcome] += 1


@pytest.fixture
def month(monkeypatch: pytest.MonkeyPatch) -> Iterator[Month]:
    """A month that is over. Extracts are upheld in this process: what another one does to them is shown elsewhere."""
    played = Month(random.Random(21), timezone.now() - timedelta(days=32))

    monkeypatch.setattr(run_job, "uphold", uphold_here)
    monkeypatch.setattr(run_job, "timezone", SimpleNamespace(now=lambda: played.day))
    for at, (organisation, asset) in enumerate(CALLERS.items()):
        Caller.objects.create(
            name=f"caller-{at}", organisation=organisation, ods="X26", asset=asset, population=100, added_at=played.day
        )
    record_versions.take_in(
        read_register(document(flow=[flow(last_run=timezone.localdate(), facts=facts())])),
        lambda action, **details: Entry("staff:grace", action, details=details),
        played.day,
    )
    return played


def test_a_month_of_lists_and_releases_is_in_each_history_and_in_the_ledger(month: Month) -> None:
    """Two jobs of this very service removed a person, and she read that one organisation had asked."""
    flow_id, use = overview_flow()
    month.chooses(FIRST_TO_CHOOSE, Choice.OPT_OUT)
    for _ in range(30):
        month.day += timedelta(days=1)
        for digits in month.chance.sample(PEOPLE[1:], month.chance.randint(0, 2)):
            month.chooses(digits, month.chance.choice(list(Choice)))
        some_of_them = month.chance.sample(PEOPLE, 9)
        match month.chance.randrange(5):
            case 0:
                month.asks(month.chance.choice(list(CALLERS)), some_of_them)
                month.asks("Example Trust", some_of_them)
            case 1:
                month.releases(some_of_them, flow_id, use)
            case 2:
                month.releases(some_of_them, None, "a trial, for no use that is registered")
            case 3:
                month.releases(some_of_them, flow_id, use, month.chance.sample(PEOPLE, 12))
            case _:
                month.looks_up("Institute of Examples", month.chance.choice(PEOPLE))
    assert {line[2] for lines in month.happened.values() for line, _, _ in lines} == set(AppliedOutcome), (
        "all of it happened"
    )
    assert month.refused

    for digits in PEOPLE:
        rows = Applied.objects.filter(nhs_number=digits)
        kept = {((row.organisation, row.use, row.outcome), row.sequence, london_date(row.at)) for row in rows}
        assert kept == month.happened.get(digits, set())
        assert len(kept) == len(rows), "nothing is said twice"
        newest = month.standing[digits][1] if digits in month.standing else 0
        said = Counter((line.organisation, line.use, line.outcome) for line in history.applied(person(digits), newest))
        told = Counter(
            (organisation, what_for, history.what_came_of(outcome))
            for (organisation, what_for, outcome), _, _ in month.happened.get(digits, set())
        )
        assert said == told
    assert not Applied.objects.filter(nhs_number=NEVER), "nobody is listed who never chose"

    entered: Counter[str] = Counter()
    for entry in [*audited("list.answered"), *audited("job.done")]:
        entered.update(entry.details["people"])
    assert entered == Counter({outcome.value: count for outcome, count in month.counted.items()})
    report = check(heads_folder().every(seal(timezone.now()).log))
    assert not report.wrong, "the ledger speaks for every one of these entries"


def overview_flow() -> tuple[str, str]:
    [found] = record_versions.register().flows.values()
    overview.decide_open(lambda action, **details: Entry("staff:grace", action, details=details), timezone.now())
    return found.id, f"{found.text('name')}, research"


def test_whoever_shares_a_row_with_somebody_who_opted_out_is_not_told_of_it(month: Month) -> None:
    """That would tell a mother what her grown-up child chose."""
    mother, child = PEOPLE[2], PEOPLE[3]
    month.chooses(mother, Choice.OPT_OUT)
    month.chooses(mother, Choice.ALLOW)
    month.chooses(child, Choice.OPT_OUT)
    upheld = apart.ReleasedExtract({}, kept=NumberSet(), others=NumberSet())
    opted_out = NumberSet()
    for digits in (mother, child):
        upheld.others.add(person(digits))
    opted_out.add(person(child))
    told = by_the_register(upheld, opted_out, timezone.now())
    assert told == {AppliedOutcome.LEFT_OUT: {child: 1}, AppliedOutcome.MAY_BE_USED: {}}


def test_a_choice_that_came_while_a_release_was_made_is_not_said_to_be_applied(month: Month) -> None:
    upheld = apart.ReleasedExtract({}, kept=NumberSet(), others=NumberSet())
    upheld.kept.add(person(PEOPLE[2]))
    asked_at = month.day
    month.day += timedelta(minutes=1)
    month.chooses(PEOPLE[2], Choice.ALLOW)
    assert not by_the_register(upheld, NumberSet(), asked_at)[AppliedOutcome.MAY_BE_USED]


def test_a_line_from_before_says_what_it_said(month: Month) -> None:
    month.chooses(PEOPLE[1], Choice.OPT_OUT)
    Applied.objects.create(nhs_number=PEOPLE[1], organisation="An Institute", at=month.day, sequence=1)
    [line] = history.applied(person(PEOPLE[1]), 1)
    assert (line.use, line.outcome, line.newest) == ("", "Left out: you opted out.", True)
