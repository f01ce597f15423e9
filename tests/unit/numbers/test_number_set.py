"""A set of people holds those who were put in, nobody else, and never lists them."""

from __future__ import annotations

import mmap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.numbers import number_set
from ndoo.numbers.number_set import PEOPLE, AddedLines, NumberSet, SettledPeople
from tests.support.numbers import some

PERSONS = (
    st.integers(0, PEOPLE - 1)
    | st.sampled_from([10, 11, 17, 18, 32_767, 32_768, 65_535, PEOPLE - 1, PEOPLE - 8])
    | st.integers(999_000_000, 999_000_100)
)


def number(person: int) -> NHSNumber:
    """A number for these nine digits; where no check digit fits, one that no reader would have made."""
    return NHSNumber(f"{person:09}{check_digit(f'{person:09}') or 0}")


@settings(max_examples=25)
@given(*[st.sets(PERSONS, max_size=30) for _ in range(3)], st.booleans())
def test_a_set_of_people_is_a_set(a: set[int], b: set[int], c: set[int], crowded: bool) -> None:
    sets = []
    for people in (a, b, c):
        made = NumberSet(crowded=crowded)
        for person in people:
            made.add(number(person))
            made.add(number(person))
        sets.append(made)
    first, second, third = sets
    for person in a | b | c:
        assert [number(person) in made for made in sets] == [person in a, person in b, person in c]
        for neighbour in {at % PEOPLE for at in (person - 1, person + 1, person ^ 8, person + PEOPLE // 2)}:
            assert (number(neighbour) in first) is (neighbour in a)
    assert first.count() == len(a)
    assert first.count(but_not_in=(second,)) == len(a - b)
    assert first.count(but_not_in=(second, third)) == len(a - b - c)
    assert first.contains_all_of(second) is (b <= a)


@settings(max_examples=25)
@given(st.sets(PERSONS, max_size=30), st.sets(PERSONS, max_size=30), st.sampled_from([8, 4096, 1 << 20]))
def test_sets_are_combined_and_the_other_one_stays_as_it_is(a: set[int], b: set[int], piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_set, "_COMBINED", piece)
        for change, expected in (("add_all", a | b), ("discard_all", a - b), ("retain_all", a & b)):
            mine, theirs = NumberSet(), NumberSet()
            for people, made in ((a, mine), (b, theirs)):
                for person in people:
                    made.add(number(person))
            getattr(mine, change)(theirs)
            assert mine.count() == len(expected)
            assert all(number(person) in mine for person in expected)
            assert theirs.count() == len(b)
            assert all(number(person) in theirs for person in b)


def test_a_third_set_is_refused_and_not_forgotten() -> None:
    one = NumberSet()
    with pytest.raises(ValueError, match=r"^at most two other sets$"):
        one.count(but_not_in=(one, one, one))


@given(
    st.lists(st.sampled_from(some(40)), min_size=1, max_size=600),
    st.sampled_from(["\n", "\r\n", ",\n", ",\r\n"]),
    st.booleans(),
)
@settings(max_examples=40)
def test_lines_add_each_person_once(numbers: list[str], end: str, closed: bool) -> None:
    block = bytearray((end.join(numbers) + (end if closed else "")).encode())
    held = NumberSet()
    lines = held.add_lines(block, len(block), final=True)
    assert lines == AddedLines(len(numbers), len(block), len(set(numbers)), stopped=False)
    assert all((read(n) in held) is (n in numbers) for n in some(40))
    again = held.add_lines(block, len(block), final=True)
    assert again.fresh == 0


def test_a_line_without_its_end_waits_for_more() -> None:
    one, two = some(2)
    block = bytearray(f"{one}\n{two}".encode())
    held = NumberSet()
    assert held.add_lines(block, len(block), final=False) == AddedLines(1, 11, 1, stopped=False)
    assert read(two) not in held
    assert held.add_lines(block, 11 + 9, final=True) == AddedLines(1, 11, 0, stopped=True)


@pytest.mark.parametrize("before", [0, 1, 255, 256, 257])
def test_a_bad_line_stops_the_reading_where_it_stands(before: int) -> None:
    numbers = some(before)
    block = bytearray("".join(f"{n}\n" for n in numbers).encode() + b"abc\n" + some(1, seed=9)[0].encode() + b"\n")
    held = NumberSet()
    assert held.add_lines(block, len(block), final=True) == AddedLines(before, 11 * before, before, stopped=True)


def test_a_set_never_lists_whom_it_holds() -> None:
    held = NumberSet()
    only = read(some(1)[0])
    assert isinstance(only, NHSNumber)
    held.add(only)
    assert repr(held) == "NumberSet(…)"
    with pytest.raises(TypeError):
        iter(held)  # type: ignore[call-overload]


def test_a_system_without_large_pages_is_served_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    held = NumberSet(crowded=True)
    held.add(number(PEOPLE - 1))
    assert number(PEOPLE - 1) in held


def test_a_set_writes_everybody_in_it_once_and_nobody_else() -> None:
    numbers = sorted(some(3_000, seed=61))
    people = NumberSet()
    for number in numbers:
        people.add(NHSNumber(number))
    text = "".join(f"{number},\n" for number in numbers).encode()
    assert b"".join(people.lines()) == text
    start = NHSNumber(numbers[1_000]).person
    assert b"".join(people.lines(start)) == text[12_000:] + text[:12_000]
    assert b"".join(people.lines(start + 1)) == text[12_012:] + text[:12_012]
    assert list(NumberSet().lines()) == []


def test_a_set_that_is_larger_than_a_piece_comes_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = sorted(some(100, seed=62))
    people = NumberSet()
    for number in numbers:
        people.add(NHSNumber(number))
    monkeypatch.setattr(number_set, "_PIECE", 12 * 7 + 5)
    pieces = list(people.lines())
    assert len(pieces) == 15
    assert b"".join(pieces) == "".join(f"{number},\n" for number in numbers).encode()


def test_whoever_was_asked_about_leaves_and_the_allowed_are_kept_apart() -> None:
    a, b, c, d = (NHSNumber(number) for number in some(4, seed=63))

    def of(*people: NHSNumber) -> NumberSet:
        made = NumberSet()
        for person in people:
            made.add(person)
        return made

    wanted, into = of(a, b, c), NumberSet()
    assert wanted.take_known(of(b, c, d), of(c, d), into) == 2
    assert [person in wanted for person in (a, b, c, d)] == [True, False, False, False]
    assert [person in into for person in (a, b, c, d)] == [False, False, True, False]
    assert wanted.take_known(NumberSet(), NumberSet(), into) == 0


def test_settled_people_come_out_again_and_again_and_do_not_print() -> None:
    people = NumberSet()
    people.add_lines(bytearray(b"9990004935\n9990000006\n"), 22, final=True)
    settled = SettledPeople(people)
    assert b"".join(settled.lines()) == b"".join(settled.lines()) == b"".join(people.lines())
    assert repr(settled) == "SettledPeople(…)"
