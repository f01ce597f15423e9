"""A reference number finds one choice and tells nothing about it: not whose it is, nor how many there are."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.service.choices.choice_reference import (
    choice_with,
    new_reference,
    reference_in,
    reference_of,
    references_of,
)
from ndoo.service.choices.models import ChoiceEvent, ChoiceReference
from tests.support.staff_accounts import chose, known


@given(st.randoms(use_true_random=False), st.sampled_from([" ", "", "-", " - "]), st.booleans())
@settings(max_examples=30)
def test_a_reference_is_read_however_it_was_typed(chance: object, between: str, small: bool) -> None:
    reference = new_reference()
    typed = between.join(reference.split("-"))
    assert reference_in(typed.lower() if small else typed) == reference
    assert not set(reference) & set("AEIOULSZ015"), "no word comes up, and nothing is misheard"


@pytest.mark.parametrize("typed", ["", "7KQ2-XW4D", "7KQ2-XW4D-93HO", "7KQ2-XW4D-93HM-2", "999 123 4567"])
def test_what_is_no_reference_is_not_taken_for_one(typed: str) -> None:
    assert reference_in(typed) == ""


def test_two_references_tell_nothing_of_what_lies_between() -> None:
    made = [new_reference() for _ in range(500)]
    assert len(set(made)) == 500
    assert len({one[:2] for one in made}) > 200, "they do not follow one another"


@pytest.mark.django_db
def test_every_choice_has_one_of_its_own_which_nobody_changes() -> None:
    first, second = chose(known()), chose(known(2))
    assert reference_of(first) and reference_of(first) != reference_of(second)
    assert choice_with(reference_of(second)) == second
    assert choice_with("7KQ2-XW4D-93HM") is None
    assert references_of([first, second]) == {one.pk: reference_of(one) for one in (first, second)}
    statements = (
        "UPDATE choices_choicereference SET reference = '7KQ2-XW4D-93HM'",
        "DELETE FROM choices_choicereference",
    )
    for statement in statements:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ChoiceReference.objects.count() == ChoiceEvent.objects.count()
