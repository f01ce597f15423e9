"""A list gives three answers, and a doubt is never "allowed"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Answer, Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber, Undecided, check_digit, range_of, read
from ndoo.numbers.cleaned_list import CleanedList, joined
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some

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
    return next(
        n for k in range(start, start + 100) if isinstance(n := read(f"{k:09}{check_digit(f'{k:09}')}"), NHSNumber)
    )


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


FEW = [number for text in some(6, seed=3) if isinstance(number := read(text), NHSNumber)]
SOME = st.sets(st.sampled_from(FEW))


@settings(max_examples=60)
@given(st.lists(st.tuples(SOME, st.none() | SOME), min_size=1, max_size=3))
def test_lists_of_the_allowed_are_their_union_and_where_they_differ_nobody_can_say(
    lists: list[tuple[set[NHSNumber], set[NHSNumber] | None]],
) -> None:
    lists = [(listed, asked if asked is None else listed | asked) for listed, asked in lists]
    whole = joined(
        [made(Polarity.ALLOWED, people(*listed), None if asked is None else people(*asked)) for listed, asked in lists]
    )
    known = [(listed, asked) for listed, asked in lists if asked is not None]
    for who in FEW:
        allows = any(who in listed for listed, _ in lists)
        leaves_out = any(who in asked and who not in listed for listed, asked in known)
        covered = len(known) < len(lists) or any(who in asked for _, asked in known)
        expected = (
            Answer.UNKNOWN
            if not covered
            else Undecided.AMBIGUOUS
            if allows and leaves_out
            else Answer.ALLOWED
            if allows
            else Answer.WITHHELD
        )
        assert whole.answer(who) is expected


@settings(max_examples=30)
@given(st.lists(SOME, min_size=1, max_size=4))
def test_whoever_opted_out_on_any_list_must_go(lists: list[set[NHSNumber]]) -> None:
    """Of a repeated option the last list alone was read: whoever opted out on another one stayed."""
    whole = joined([made(Polarity.OPTED_OUT, people(*listed)) for listed in lists])
    for who in FEW:
        assert (whole.answer(who) is Answer.WITHHELD) is any(who in listed for listed in lists)
    last = made(Polarity.OPTED_OUT, people(*lists[-1]))
    assert all(last.answer(who) is Answer.ALLOWED for who in set().union(*lists) - lists[-1]), "the naive way"


def test_several_lists_are_as_old_as_the_oldest_and_each_is_named() -> None:
    first, second = made(Polarity.OPTED_OUT, people(ON)), made(Polarity.OPTED_OUT, people(OFF, ON))
    old = replace(first.provenance, checked_at=date(2026, 11, 1), age_days=21, sha256="a" * 64, record_sealed_by="key")
    young = replace(second.provenance, checked_at=date(2026, 11, 1) + timedelta(days=3), age_days=18, numbers=2)
    for lists in ((replace(first, provenance=old), second), (second, replace(first, provenance=old))):
        whole = joined([replace(one, provenance=young) if one is second else one for one in lists]).provenance
        assert (whole.checked_at, whole.age_days, whole.numbers) == (date(2026, 11, 1), 21, 2)
        assert (whole.sha256, whole.record_sealed_by) == (None, None), "a part has them"
        assert set(whole.parts) == {old, young}


def test_one_list_is_itself_and_two_polarities_are_never_one() -> None:
    one = made(Polarity.ALLOWED, people(ON))
    assert joined([one]) is one
    with pytest.raises(ValueError, match="never one"):
        joined([one, made(Polarity.OPTED_OUT, people(OFF))])
    with pytest.raises(ValueError, match="expected at least 1"):
        joined([])
