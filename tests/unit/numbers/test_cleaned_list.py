"""A list gives three answers, and a doubt is never "allowed"."""

from __future__ import annotations

from datetime import date

import pytest

from ndoo.domain.answers import Answer, Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber, check_digit, range_of, read
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from tests.numbers import some

ON, OFF, NEW = (read(n) for n in some(3))


def people(*numbers: NHSNumber) -> NumberSet:
    held = NumberSet()
    for number in numbers:
        held.add(number)
    return held


def made(polarity: Polarity, listed: NumberSet, asked: NumberSet | None = None) -> CleanedList:
    return CleanedList(Provenance(polarity, "file", None, date(2026, 11, 20), 2, 21, 1), listed, asked)


def first_valid(start: int) -> NHSNumber:
    """The first valid number from these nine digits on."""
    return next(n for k in range(start, start + 100)
                if isinstance(n := read(f"{k:09}{check_digit(f'{k:09}')}"), NHSNumber))  # fmt: skip


def test_whoever_is_not_on_a_bare_cleaned_list_is_withheld() -> None:
    cleaned = made(Polarity.ALLOWED, people(ON))
    assert cleaned.names_allowed
    assert cleaned.answer(ON) is Answer.ALLOWED
    assert cleaned.answer(OFF) is Answer.WITHHELD


def test_whoever_was_not_asked_about_is_unknown() -> None:
    cleaned = made(Polarity.ALLOWED, people(ON), people(ON, OFF))
    assert [cleaned.answer(n) for n in (ON, OFF, NEW)] == [Answer.ALLOWED, Answer.WITHHELD, Answer.UNKNOWN]


def test_a_question_that_named_nobody_allows_nobody() -> None:
    cleaned = made(Polarity.ALLOWED, people(ON), people())
    assert cleaned.answer(ON) is Answer.UNKNOWN


def test_whoever_opted_out_is_withheld_and_the_others_stay() -> None:
    cleaned = made(Polarity.OPTED_OUT, people(OFF))
    assert not cleaned.names_allowed
    assert cleaned.answer(OFF) is Answer.WITHHELD
    assert cleaned.answer(ON) is Answer.ALLOWED


@pytest.mark.parametrize(
    "start", [0, 10_000_000, 311_299_900, 311_300_000, 320_000_000, 500_000_000, 800_000_000, 860_000_000]
)
def test_a_list_of_those_who_opted_out_says_nothing_of_people_it_cannot_know(start: int) -> None:
    abroad = first_valid(start)
    found = range_of(abroad)
    assert found is None or not found.in_national_register
    assert made(Polarity.OPTED_OUT, people()).answer(abroad) is Answer.UNKNOWN
    assert made(Polarity.OPTED_OUT, people(abroad)).answer(abroad) is Answer.WITHHELD
    assert made(Polarity.ALLOWED, people()).answer(abroad) is Answer.WITHHELD


@pytest.mark.parametrize("start", [400_000_000, 499_999_900, 600_000_000, 799_999_900, 900_000_000])
def test_a_list_of_those_who_opted_out_knows_the_national_register(start: int) -> None:
    assert made(Polarity.OPTED_OUT, people()).answer(first_valid(start)) is Answer.ALLOWED
