"""Who is counted twice, or not at all, when a column is asked about people?"""

from __future__ import annotations

import pyarrow as pa
import pytest

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.set_lookup import among, fresh
from tests.support.numbers import some


def number(text: str) -> NHSNumber:
    found = read(text)
    assert isinstance(found, NHSNumber)
    return found


def test_each_person_is_fresh_once_and_nobody_is_nobody() -> None:
    a, b, c = some(3)
    people, met = NumberSet(), NumberSet()
    people.add(number(b))
    column = pa.array([a, b, f" {a}", None, "x", c, b])
    assert fresh(column, met).to_pylist() == [True, True, False, False, False, True, False]
    assert among(column, people).to_pylist() == [False, True, False, False, False, False, True]


def test_numbers_that_were_ever_arithmetic_are_refused() -> None:
    with pytest.raises(UnfitData, match="digits may be lost"):
        fresh(pa.array([1.0]), NumberSet())


def test_a_range_of_people_leaves_and_is_counted() -> None:
    people = NumberSet()
    first, *_ = some(1)
    other = f"400000000{check_digit('400000000')}"
    people.add(number(first))
    people.add(number(other))
    assert people.discard_range(900_000_000, 1_000_000_000) == 1
    assert (number(first) in people, number(other) in people) == (False, True)
    with pytest.raises(ValueError, match="whole bytes"):
        people.discard_range(1, 8)
