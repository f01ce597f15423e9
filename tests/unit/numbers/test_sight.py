"""Disguises of a number, one cell at a time: what is seen, what is not taken for one, and how often chance looks like one."""

from __future__ import annotations

import random
from ctypes import c_void_p, cast

import pytest

from ndoo.numbers.kernel import FAR_APART, PLACES, Cells, address_of, int64s
from ndoo.numbers.positions import Positions
from ndoo.numbers.sight import Sight, in_text, sampled
from tests.support.disguises import DISGUISES, WHOLE
from tests.support.numbers import some

NUMBER = some(1)[0]


def seen(*texts: str | bytes) -> Sight:
    """What is met in a column of these cells."""
    raws = [text if isinstance(text, bytes) else text.encode() for text in texts]
    buffer = bytearray(b"".join(raws)) or bytearray(1)
    begin, end, at = int64s(len(raws)), int64s(len(raws)), 0
    for place, raw in enumerate(raws):
        begin[place], end[place] = at, at + len(raw)
        at += len(raw)
    sight = Sight()
    sight.look(Cells(address_of(buffer), cast(begin, c_void_p), cast(end, c_void_p), 1, 0), len(raws))
    return sight


@pytest.mark.parametrize("disguise", WHOLE, ids=lambda disguise: disguise.__name__)
def test_a_number_alone_in_its_cell_is_seen_in_every_disguise(disguise: object) -> None:
    sight = seen(*(disguise(number) for number in some(50)))  # type: ignore[operator]
    assert (sight.whole, sight.whole_valid, sight.whole_likely, sight.inside) == (50, 50, 50, 0)


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda disguise: disguise.__name__)
def test_a_number_is_seen_among_other_words_in_every_disguise(disguise: object) -> None:
    sight = seen(*(f"Seen today, {disguise(number)} and well." for number in some(50)))  # type: ignore[operator]
    assert sight.holding == 50
    assert sight.inside_valid == 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        '""',
        "seen on 12/03/2021 at 10:20",
        "2021-03-12 10:20:11.123456",
        "0.9990004935",
        "12.9990004935",
        "1.258810817",
        f"x{NUMBER}y",
        "b" * 30 + NUMBER,
        "07700 900123",
        "99900049350",
        "192.168.100.1:8080",
        f"{NUMBER}.5",
        "3fa8" + NUMBER + "c1d2",
        "51.5074, -0.1278",
        "1,234,567,890,123",
        "+",
        "%zz%2",
        "&#x;",
        "&#;",
        "\\u00zz",
        "<",
        "<b",
        "&nothing;",
        "&#99999999999;",
        "\\u12",
        "&#xG1;12345678",
    ],
)
def test_what_only_looks_a_little_like_a_number_is_none(text: str) -> None:
    sight = seen(text)
    assert (sight.whole_valid, sight.holding, sight.inside_valid) == (0, 0, 0)


def test_one_random_token_in_eleven_is_valid_and_no_more_than_the_arithmetic_says_is_alarming() -> None:
    """The catalogue's bound is 2.7 per cent of random ten-digit tokens: the ranges that are issued, and 999 for tests."""
    dice = random.Random(1)
    sight = seen(*(f"ref {dice.randrange(10**10):010} sent" for _ in range(100_000)))
    assert sight.inside == 100_000
    assert 0.088 < sight.inside_valid / sight.inside < 0.094
    assert sight.holding / sight.inside < 0.0274 + 3 * (0.0274 / 100_000) ** 0.5


def test_a_number_in_brackets_of_either_kind_is_one_number() -> None:
    assert seen(f"(NHS {NUMBER})").named_valid == 1
    assert seen(f"nhs number is {NUMBER}, thank you").named_valid == 1


def test_a_number_of_the_900_range_counts_when_it_is_written_as_people_write_one() -> None:
    assert seen("see 9434765919 there").holding == 0
    assert seen("see 943 476 5919 there").formed_valid == 1
    assert seen("NHS no 9434765919").holding == 1
    assert seen("9434765919").whole_valid == 1


def test_numbers_that_lost_a_zero_or_digits_are_counted_apart() -> None:
    assert seen("9.99E+09", "9.43477e9").powers == 2
    chi = seen("101501234", "123456789")
    assert (chi.nine, chi.nine_chi) == (2, 1)
    assert seen("0101501234").whole_chi == 1
    assert seen("about 0101501234 it says").inside_chi == 1


def test_windows_1252_is_read_too() -> None:
    three = f"{NUMBER[:3]}\xa0{NUMBER[3:6]}\xa0{NUMBER[6:]}".encode("latin-1")
    assert seen(three).whole_valid == 1
    assert seen(three.replace(b"\xa0", b"\x96")).whole_valid == 1
    assert seen(b"\xe2\x80" + NUMBER.encode()).holding == 1


def test_a_number_that_stands_in_every_row_is_one_piece_of_evidence() -> None:
    assert seen(*[NUMBER] * 1000).distinct.shaped == 1
    many = seen(*some(500)).distinct
    assert 480 <= many.shaped <= 520
    assert many.shaped == many.valid


def test_more_numbers_than_places_are_evidence_by_their_share() -> None:
    dice = random.Random(3)
    crowd = seen(*(f"{dice.randrange(10**10):010}" for _ in range(60_000))).distinct
    assert crowd.shaped == PLACES
    assert 0.08 < crowd.valid / crowd.shaped < 0.1
    assert not crowd.convinces("nhs")
    assert seen(*some(60_000)).distinct.valid == PLACES


def test_a_name_is_looked_at_as_a_cell_is() -> None:
    assert in_text(f"letter_{NUMBER}.pdf")
    assert not in_text("admissions_2024.csv")
    assert not in_text("")


def test_a_column_says_only_what_it_counts() -> None:
    with pytest.raises(AttributeError):
        seen("1").names  # noqa: B018


def test_a_sample_is_random_and_thinned_by_rank() -> None:
    every = sampled(0, 10_000, 2**64 - 1, 7)
    assert len(every) == 10_000
    share = 2**62
    some_rows = sampled(0, 10_000, share, 7)
    assert 2300 < len(some_rows) < 2700
    assert some_rows == [entry for entry in every if entry[1] <= share]
    assert [at + 100 for at, _ in sampled(100, 50, share, 7)] == [at for at, _ in some_rows if 100 <= at < 150]


@pytest.mark.parametrize(
    "around", ["{}", "<p>{}</p>", "{}&nbsp;", "{}\\n", "{}%20", "{}=20", "<p>{}&nbsp;\\n%20=20</p>"]
)
def test_groups_that_lie_apart_are_counted_once_however_the_cell_is_read(around: str) -> None:
    """Each reading of a cell gave them again, and what chance explains is reckoned from windows that are not the same."""
    positions = Positions(64)
    raw = bytearray(around.format("Platelets 412 then ALP 655 in clinic 7019").encode())
    begin, end = int64s(1), int64s(1)
    end[0] = len(raw)
    cells = Cells(address_of(raw), cast(begin, c_void_p), cast(end, c_void_p), 1, 0)
    sight = Sight(positions)
    for looked in (1, 2):
        sight.look(cells, 1)
        assert [position.windows for position in sight.positions if position.key >> 28 == FAR_APART] == [looked]
