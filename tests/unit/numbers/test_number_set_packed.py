"""What a snapshot holds comes back as it was, and bytes that nobody packed are noticed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.numbers.number_set import PEOPLE, NumberSet
from tests.support.numbers import some


def packed_slowly(people: list[int]) -> bytes:
    """The same in so few lines that they can be read."""
    out, before = bytearray(), -1
    for person in sorted(people):
        distance, before = person - before, person
        while distance > 127:
            out.append(distance % 128 + 128)
            distance //= 128
        out.append(distance)
    return bytes(out)


def numbers(texts: list[str]) -> list[NHSNumber]:
    return [number for text in texts if isinstance(number := read(text), NHSNumber)]


def taken(packed: bytes) -> int | None:
    return NumberSet().add_packed(packed)


@settings(max_examples=20)  # each reads the whole set, 125 MB, several times
@given(st.sets(st.sampled_from(numbers(some(500))), max_size=40))
def test_a_set_comes_back_as_it_was(people: set[NHSNumber]) -> None:
    whole = NumberSet()
    for number in people:
        whole.add(number)
    packed = whole.packed()
    assert packed == packed_slowly([number.person for number in people])
    again = NumberSet()
    assert again.add_packed(packed) == len(people)
    assert again.packed() == packed


@pytest.mark.parametrize("people", [[], [0], [PEOPLE - 1], [0, PEOPLE - 1], [126, 127, 128], [127, 255, 16_511]])
def test_the_ends_are_people_too(people: list[int]) -> None:
    packed = packed_slowly(people)
    again = NumberSet()
    assert again.add_packed(packed) == len(people)
    assert again.packed() == packed


@pytest.mark.parametrize(
    "packed",
    [
        b"\x00",
        b"\x01\x00",
        b"\x80",
        b"\x81\x00",
        b"\x80\x80\x80\x80\x00",
        b"\xff" * 9,
        b"\x81\x80\x80\x80\x80\x01",
        packed_slowly([PEOPLE]),
        packed_slowly([5, PEOPLE + 7]),
        packed_slowly([PEOPLE - 1]) + b"\x01",
        packed_slowly([9, 1_000_000])[:-1],
    ],
)
def test_bytes_that_nobody_packed_are_noticed(packed: bytes) -> None:
    assert taken(packed) is None


@given(st.binary(max_size=12))
def test_of_any_bytes_either_all_or_nothing_is_understood(packed: bytes) -> None:
    people = NumberSet()
    count = people.add_packed(packed)
    assert count is None or (people.packed() == packed and people.count() == count)


def test_a_crowd_takes_about_a_byte_each() -> None:
    people = random.Random(4).sample(range(400_000_000, 403_600_000), 180_000)
    packed = packed_slowly(people)
    assert len(packed) < 1.1 * len(people)
    crowd = NumberSet(crowded=True)
    assert crowd.add_packed(packed) == 180_000
    assert crowd.packed() == packed
