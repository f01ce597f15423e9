"""Nobody chooses for a person for whom they may not: ages, evidence, death, and how long a copy is kept."""

from __future__ import annotations

from datetime import date

import pytest

from ndoo.service.choices.identity.people import Person
from ndoo.service.choices.operator.models import Who
from ndoo.service.choices.operator.nearness import Nearness, nearness
from ndoo.service.choices.operator.who_may_choose import (
    BARS,
    EVIDENCE,
    WHO,
    Bar,
    age,
    bar,
    destroy_after,
    passes,
    rules,
)
from tests.support.staff_accounts import account, number

TODAY = date(2026, 11, 22)


def person(born: date, *, deceased: bool = False) -> Person:
    return Person(number(), "Zoë", "O’Neill", born, deceased=deceased)


@pytest.mark.parametrize(
    ("who", "born", "expected"),
    [
        (Who.PARENT, date(2013, 11, 23), None),
        (Who.PARENT, date(2013, 11, 22), Bar.TOO_OLD),
        (Who.SELF, date(2013, 11, 22), None),
        (Who.SELF, date(2013, 11, 23), Bar.TOO_YOUNG),
        (Who.SECURE_SETTING, date(2013, 11, 22), None),
        (Who.SECURE_SETTING, date(2013, 11, 23), Bar.TOO_YOUNG),
        (Who.ATTORNEY, date(2008, 11, 22), None),
        (Who.ATTORNEY, date(2008, 11, 23), Bar.TOO_YOUNG),
        (Who.DEPUTY, date(2010, 11, 22), None),
        (Who.DEPUTY, date(2010, 11, 23), Bar.TOO_YOUNG),
    ],
)
def test_the_day_of_a_birthday_decides(who: Who, born: date, expected: Bar | None) -> None:
    assert bar(who, person(born), TODAY) is expected


@pytest.mark.parametrize("who", list(Who))
def test_for_a_person_who_died_nobody_sets_a_new_choice(who: Who) -> None:
    assert (
        bar(who, person(date(2015, 1, 1) if who is Who.PARENT else date(1950, 1, 1), deceased=True), TODAY)
        is Bar.DECEASED
    )


def test_whoever_was_born_on_a_leap_day_is_older_on_the_first_of_march() -> None:
    assert age(date(2012, 2, 29), date(2025, 2, 28)) == 12
    assert age(date(2012, 2, 29), date(2025, 3, 1)) == 13


@pytest.mark.parametrize(
    ("received", "until"),
    [
        (date(2026, 11, 20), date(2027, 2, 20)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2023, 11, 30), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2027, 3, 31)),
        (date(2026, 9, 1), date(2026, 12, 1)),
    ],
)
def test_a_copy_is_kept_three_months_and_no_day_longer(received: date, until: date) -> None:
    assert destroy_after(received) == until


def test_every_rule_is_dated_cited_and_has_its_words() -> None:
    assert set(rules()) == set(Who) == set(WHO)
    for rule in rules().values():
        assert rule.source and rule.read_on <= TODAY and set(rule.evidence) <= set(EVIDENCE)
    assert {kind for rule in rules().values() for kind in rule.evidence} == set(EVIDENCE)
    assert set(BARS) == set(Bar) and passes() >= 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "family", "expected"),
    [
        ("Olive", "Okonkwo", Nearness.OWN),
        ("OLIVE", "ok-onkwo", Nearness.OWN),
        ("Obi", "Okonkwo", Nearness.FAMILY),
        ("Amir", "Aslam", Nearness.COLLEAGUE),
        ("Amir", "Aslan", Nearness.NONE),
        ("Olive", "Aslam", Nearness.NONE),
    ],
)
def test_ones_own_family_and_colleagues_are_told_by_name(given: str, family: str, expected: Nearness) -> None:
    viewer, colleague = account(), account(given="Amir", family="Aslam")
    assert nearness(viewer, given, family, [viewer, colleague]) is expected


@pytest.mark.django_db
def test_somebody_without_a_family_name_is_not_of_everybodys_family() -> None:
    viewer = account(given="Olive", family="")
    assert nearness(viewer, "Zoë", "", [viewer]) is Nearness.NONE
