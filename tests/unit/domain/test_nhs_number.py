"""No cell that is not an NHS number becomes one, and no NHS number becomes somebody else's."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime

import nhs_number
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.nhs_number import (
    LONGEST_CELL,
    NHSNumber,
    Undecided,
    check_digit,
    read,
)
from tests.support.numbers import some
from tests.unit.domain.valid import NINES, TEN_DIGITS, VALID

SEPARATORS = st.sampled_from(["", " ", "-"])


def by_hand(ten: str) -> bool:
    """The Data Dictionary's rule, written out: weights 10 to 2, and the check digit makes the sum divisible by 11."""
    total = sum(int(digit) * weight for digit, weight in zip(ten, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return total % 11 == 0


def parts(number: str) -> tuple[str, str, str]:
    return number[:3], number[3:6], number[6:]


@given(TEN_DIGITS)
def test_a_typing_error_is_not_taken_for_a_person(ten: str) -> None:
    answer = read(ten)
    if len(set(ten)) == 1:
        assert answer is Undecided.PLACEHOLDER
    elif by_hand(ten):
        assert isinstance(answer, NHSNumber)
        assert answer.reveal() == ten
    else:
        assert answer is Undecided.CHECK_DIGIT


@given(NINES)
def test_nine_digits_make_one_number_or_none(nine: str) -> None:
    fitting = [digit for digit in range(10) if by_hand(f"{nine}{digit}")]
    assert fitting == ([] if check_digit(nine) is None else [check_digit(nine)])


@pytest.mark.parametrize(("nine", "digit"), [("999000000", None), ("900000000", 9), ("000000000", 0), ("000000010", 8)])
def test_the_check_digit_of_known_numbers(nine: str, digit: int | None) -> None:
    assert check_digit(nine) == digit


@pytest.mark.parametrize("nine", ["", "12345678", "1234567890"])
def test_other_than_nine_digits_have_no_check_digit(nine: str) -> None:
    with pytest.raises(ValueError, match="zip"):
        check_digit(nine)


@given(VALID, st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_never_names_somebody_else(number: str, place: int, digit: int) -> None:
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert isinstance(read(wrong), NHSNumber) is (wrong == number)


@given(VALID, st.integers(0, 8))
def test_two_digits_exchanged_never_name_somebody_else(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert isinstance(read(wrong), NHSNumber) is (wrong == number)


@given(VALID, SEPARATORS, SEPARATORS, st.sampled_from(["", " ", "   "]), st.sampled_from(["", '"', "'"]))
def test_a_number_written_for_people_is_still_that_person(
    number: str, one: str, two: str, around: str, quote: str
) -> None:
    a, b, c = parts(number)
    answer = read(f"{around}{quote}{around}{a}{one}{b}{two}{c}{around}{quote}{around}")
    assert isinstance(answer, NHSNumber)
    assert answer.reveal() == number


@given(VALID, st.integers(0, 10), st.sampled_from(" -\t\n\r\v\f\xa0  ﻿​.,/+_0"))
def test_a_character_out_of_place_is_refused(number: str, place: int, character: str) -> None:
    cell = number[:place] + character + number[place:]
    fitting = (character == " " and place in (0, 3, 6, 10)) or (character == "-" and place in (3, 6))
    assert isinstance(read(cell), NHSNumber) is fitting
    if not fitting:
        assert read(cell) is Undecided.MALFORMED


@pytest.mark.parametrize(
    "zero",
    [
        "\N{FULLWIDTH DIGIT ZERO}",
        "\N{ARABIC-INDIC DIGIT ZERO}",
        "\N{DEVANAGARI DIGIT ZERO}",
        "\N{MATHEMATICAL BOLD DIGIT ZERO}",
    ],
)
def test_digits_of_other_scripts_are_not_a_number(zero: str) -> None:
    number = some(1)[0]
    foreign = "".join(chr(ord(zero) + int(digit)) for digit in number)
    assert read(foreign) is Undecided.MALFORMED
    assert read(number[:9] + foreign[9]) is Undecided.MALFORMED
    assert nhs_number.is_valid(foreign), "the second opinion takes them: the documented difference"


@pytest.mark.parametrize("cell", [None, "", " ", " " * 1000, '""', "''", '" "', '"' + " " * 62 + '"'])
def test_a_blank_is_missing_and_nothing_else(cell: str | None) -> None:
    assert read(cell) is Undecided.MISSING


@pytest.mark.parametrize(
    "cell", ["NULL", "n/a", "-", '"', "'", "\"'", "\t", "\n", "nan", "0", "9.99e9", "١", '"""', "''''"]
)
def test_a_word_for_nothing_is_not_a_blank(cell: str) -> None:
    assert read(cell) is Undecided.MALFORMED


@pytest.mark.parametrize(
    ("open_", "close"),
    [
        ('"', "'"),
        ("'", '"'),
        ('"', ""),
        ("", "'"),
        ('""', '""'),
        ("x", "x"),
        ("X", "X"),
        ("X", ""),
        ('"X', 'X"'),
        ('"\t', '\t"'),
        ("1", "1"),
    ],
)
def test_quotes_that_are_no_pair_are_not_taken_off(open_: str, close: str) -> None:
    assert read(f"{open_}{some(1)[0]}{close}") is Undecided.MALFORMED


@pytest.mark.parametrize("digit", "0123456789")
def test_a_repeated_digit_is_a_placeholder_not_a_person(digit: str) -> None:
    assert read(digit * 10) is Undecided.PLACEHOLDER
    assert read(f"{digit * 3} {digit * 3}-{digit * 4}") is Undecided.PLACEHOLDER


@given(st.sampled_from(some(50)))
def test_a_number_that_lost_its_leading_digit_is_not_padded(number: str) -> None:
    assert read(number[1:]) is Undecided.MALFORMED
    assert read("0" + number) is Undecided.MALFORMED


@pytest.mark.parametrize("cell", [9_990_000_000, 9.99e9, b"9990000000", True, ["9990000000"]])
def test_what_was_ever_arithmetic_is_refused(cell: object) -> None:
    with pytest.raises(TypeError, match=r"^an NHS number is read from text only$"):
        read(cell)  # type: ignore[arg-type]


def test_a_huge_cell_is_refused_before_it_costs_anything() -> None:
    number = some(1)[0]
    quoted = '"' + number.center(LONGEST_CELL - 2) + '"'
    assert len(quoted) == LONGEST_CELL
    assert isinstance(read(quoted), NHSNumber)
    assert isinstance(read(f"   {quoted}   "), NHSNumber)
    assert read('"' + number.center(LONGEST_CELL - 1) + '"') is Undecided.MALFORMED
    assert read("9" * 10_000_000) is Undecided.MALFORMED


@given(st.text(st.sampled_from("0123456789 -'\"\t\n٣９é"), max_size=16) | st.text(max_size=16) | VALID)
def test_the_second_opinion_agrees_but_for_the_documented_differences(cell: str) -> None:
    ours = isinstance(read(cell), NHSNumber)
    theirs = nhs_number.is_valid(cell)
    plain = cell.strip(" ")
    digits = plain.replace(" ", "").replace("-", "")
    if not plain.isascii() or len(set(digits)) == 1 or plain != plain.strip():
        assert not ours, "other scripts, placeholders, tabs and line ends are theirs alone"
    elif theirs:
        assert ours
    elif ours:
        unquoted = plain.strip("\"' ")
        a, b, c = parts(unquoted.replace(" ", "").replace("-", ""))
        mixed = unquoted not in (f"{a}{b}{c}", f"{a} {b} {c}", f"{a}-{b}-{c}")
        assert plain[0] in "\"'" or mixed or not a_birth_date(a + b), "quotes, mixed spacing, CHI dates"


def a_birth_date(six: str) -> bool:
    if "010" <= six[:3] <= "311" or six[:2] in {f"{day:02}" for day in range(1, 32)}:
        try:
            datetime.strptime(six, "%d%m%y")
        except ValueError:
            return False
    return True


def test_a_number_does_not_print() -> None:
    digits = some(1)[0]
    number = read(digits)
    assert isinstance(number, NHSNumber)
    for text in (
        repr(number),
        str(number),
        f"{number}",
        f"{number!r}",
        "{}".format(number),  # noqa: UP032
        repr([number]),
        repr({"a": number}),
    ):
        assert digits[:4] not in text
        assert "NHSNumber(**********)" in text
    assert repr(number) == "NHSNumber(**********)"


def test_a_number_does_not_leave_in_a_pickle_or_a_copy() -> None:
    number = read(some(1)[0])
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"^an NHS number is not pickled$"):
            leave(number)


def test_a_number_cannot_be_changed_into_another() -> None:
    number = read(some(1)[0])
    with pytest.raises(AttributeError):
        number._digits = some(2)[1]  # type: ignore[union-attr, misc]


@given(VALID, VALID)
def test_two_people_are_never_one(one: str, other: str) -> None:
    a, b = read(one), read(other)
    assert isinstance(a, NHSNumber)
    assert isinstance(b, NHSNumber)
    assert (a == b) is (one == other) is (a.person == b.person)
    assert a.person == int(one[:9])


def test_the_reasons_are_the_contract_s() -> None:
    assert [str(reason) for reason in Undecided] == [
        "missing",
        "malformed",
        "check_digit",
        "placeholder",
        "not_covered",
        "ambiguous",
        "orphan",
        "type1_undecided",
        "unsearchable",
        "mentions",
    ]
