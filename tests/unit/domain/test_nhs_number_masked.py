"""What is said to anybody holds nobody's number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.nhs_number import NHSNumber, masked, names_somebody, read
from tests.support.numbers import some
from tests.unit.domain.valid import TEN_DIGITS, VALID

WORDS = st.text(st.sampled_from("abcXYZ ,.:;/=\"'()\n\té٣９"), max_size=8)


@given(WORDS, VALID, st.sampled_from(["", " ", "_", "-"]), st.sampled_from(["", " ", "_", "-"]), WORDS)
def test_no_sentence_repeats_a_number(before: str, number: str, one: str, two: str, after: str) -> None:
    a, b, c = number[:3], number[3:6], number[6:]
    written = f"{a}{one}{b}{two}{c}"
    text = f"{before}{written}{after}"
    assert masked(text) == f"{before}**********{after}"
    assert masked(f"{text} {text}") == f"{masked(text)} {masked(text)}"
    assert names_somebody(text)


@given(TEN_DIGITS, WORDS)
def test_what_is_no_number_is_repeated_as_it_was(ten: str, around: str) -> None:
    text = f"{around}{ten}{around}"
    assert names_somebody(text) is isinstance(read(ten), NHSNumber)
    assert (masked(text) == text) is not names_somebody(text)


@given(VALID, st.sampled_from("0123456789"))
def test_ten_digits_of_a_longer_number_are_nobody_s(number: str, digit: str) -> None:
    for text in (
        digit + number,
        number + digit,
        f"{number[:3]}  {number[3:]}",
        f"{number[:4]} {number[4:]}",
        f"{number[:6]}--{number[6:]}",
    ):
        assert masked(text) == text
        assert not names_somebody(text)


def test_digits_of_another_script_are_not_masked_as_a_number() -> None:
    number = some(1)[0]
    foreign = number[:9] + "\N{ARABIC-INDIC DIGIT ZERO}"
    assert masked(foreign) == foreign
    assert masked("\N{ARABIC-INDIC DIGIT ZERO}" + number) == "\N{ARABIC-INDIC DIGIT ZERO}**********"
