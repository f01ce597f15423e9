"""Ten digits inside others are weighed against what chance gives: it stops nobody, and it excuses nobody."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.numbers.chance import poisson_tail
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import Watch
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from tests.support.numbers import some

MANY = some(60_000, seed=3)
OUT, OTHERS = MANY[:6_000], MANY[6_000:]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> CleanedList:
    """A list as dense as the national one: of the valid numbers of the 999 range, one in 150 is withheld."""
    return listed(tmp_path_factory.mktemp("lists"), Polarity.OPTED_OUT, OUT)


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> CleanedList:
    return listed(tmp_path_factory.mktemp("lists"), Polarity.OPTED_OUT, OUT[:3])


def listed(folder: Path, polarity: Polarity, numbers: list[str]) -> CleanedList:
    (folder / "list.dat").write_text("".join(f"{number},\n" for number in numbers))
    now = datetime.now(UTC)
    return read_list(folder / "list.dat", polarity, checked_at=now, now=now)


def looked_at(cells: list[str], cleaned: CleanedList) -> MentionSearch:
    mentions = MentionSearch(["note"], [], OptOuts(cleaned))
    mentions.look("note", pa.array(cells))
    return mentions


def identifiers(count: int, seed: int) -> list[str]:
    """Twelve digits, as a hospital gives its spells, in the range that the list is in."""
    dice = random.Random(seed)
    return [f"999{dice.randrange(10**9):09}" for _ in range(count)]


@pytest.mark.parametrize("seed", range(5))
def test_identifiers_meet_people_by_chance_and_the_manifest_counts_them(seed: int, crowded: CleanedList) -> None:
    met = looked_at(identifiers(4_000, seed), crowded)
    assert met.found == []
    assert met.columns_of_numbers == ()
    for explained in met.by_chance:
        assert explained.column == "note"
        assert explained.met <= 12
        assert 1 < explained.expected < 4


def naive(cells: list[str], numbers: list[str]) -> bool:
    """Any ten digits that are somebody's, wherever they stand: identifiers stop every run."""
    return any(cell[at : at + 10] in set(numbers) for cell in cells for at in range(len(cell) - 9))


def test_whoever_stops_at_every_hit_stops_at_identifiers() -> None:
    assert any(naive(identifiers(4_000, seed), OUT) for seed in range(5))


def test_one_number_in_a_column_of_few_long_numbers_is_no_accident(thin: CleanedList, crowded: CleanedList) -> None:
    cells = [f"{n}{day}" for n, day in zip(OTHERS[:30], identifiers(30, 9), strict=True)]
    assert looked_at([*identifiers(500, 1), f"{OUT[0]}19640212"], thin).found == ["note"]
    assert looked_at([f"RX9{OUT[0]}"], crowded).found == ["note"]
    assert looked_at([*cells, f"00{OUT[0]}"], thin).found == ["note"]


def test_more_hits_than_chance_gives_are_no_accident_among_any_number_of_identifiers(crowded: CleanedList) -> None:
    cells = identifiers(4_000, 2)
    for at, number in enumerate(OUT[:40]):
        cells[100 * at] = f"{number}{at:02}"
    assert looked_at(cells, crowded).found == ["note"]


def test_a_rare_position_is_judged_by_itself(crowded: CleanedList) -> None:
    """Chance explains a few hits among four thousand identifiers, but not one in the only cell of another length."""
    assert looked_at([*identifiers(4_000, 3), f"1{OUT[1]}26"], crowded).found == ["note"]


@pytest.mark.parametrize("shape", ["{}19640212", "RX{}F01", "{}Z12", "1{}", "{}.25"])
def test_a_column_of_numbers_inside_longer_ones_is_a_column_of_numbers(shape: str, thin: CleanedList) -> None:
    met = looked_at([shape.format(number) for number in OTHERS[:60]], thin)
    assert met.columns_of_numbers == ("note",)
    assert Watch(["note"], met).convincing() == ["note"]
    dice = random.Random(5)
    assert (
        looked_at([shape.format(f"{dice.randrange(10**10):010}") for _ in range(5_000)], thin).columns_of_numbers == ()
    )


def test_a_record_of_fixed_width_is_known_by_its_place_whatever_stands_before(thin: CleanedList) -> None:
    dice = random.Random(6)
    cells = [f"{''.join(dice.choices('ABC123', k=9))}{number}{dice.randrange(10**6):06}" for number in OTHERS[:60]]
    assert looked_at(cells, thin).columns_of_numbers == ("note",)


def test_one_number_in_every_row_is_one_piece_of_evidence(thin: CleanedList) -> None:
    assert looked_at([f"{OTHERS[0]}77"] * 5_000, thin).columns_of_numbers == ()


def test_dates_and_times_are_no_numbers(crowded: CleanedList) -> None:
    dice = random.Random(7)
    stamps = [
        f"20{dice.randrange(10, 27)}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}{dice.randrange(24):02}{dice.randrange(60):02}"
        f"{dice.randrange(60):02}"
        for _ in range(5_000)
    ]
    spoken = [f"{s[:4]}-{s[4:6]}-{s[6:8]} {s[8:10]}:{s[10:12]}:{s[12:]}" for s in stamps]
    for cells in (stamps, spoken):
        met = looked_at(cells, crowded)
        assert (met.found, met.columns_of_numbers) == ([], ())


def test_filled_with_noughts_it_is_a_number_for_a_list_of_the_allowed_too(tmp_path: Path) -> None:
    allowed = listed(tmp_path, Polarity.ALLOWED, OTHERS)
    assert looked_at([f"00{OUT[0]}"], allowed).found == ["note"]
    dice = random.Random(8)
    assert looked_at([f"00{dice.randrange(10**10):010}" for _ in range(2_000)], allowed).found == []


def test_three_three_and_four_side_by_side_are_a_number_for_a_list_of_the_allowed_too(tmp_path: Path) -> None:
    allowed = listed(tmp_path, Polarity.ALLOWED, OTHERS)
    names = ["a", "b", "c"]

    def met(*numbers: str) -> Any:
        mentions = MentionSearch(names, [], OptOuts(allowed))
        mentions.batch(
            pa.record_batch(
                [pa.array(c) for c in ([n[:3] for n in numbers], [n[3:6] for n in numbers], [n[6:] for n in numbers])],
                names=names,
            )
        )
        return mentions

    assert met(OUT[0]).found == names
    assert met(OTHERS[0]).found == []
    assert met(*OTHERS[:50]).columns_of_numbers == tuple(names)


def test_where_there_is_no_room_for_another_position_the_column_still_counts(thin: CleanedList) -> None:
    dice = random.Random(9)
    cells = ["".join(dice.choices("123456789", k=dice.randrange(11, 60))) for _ in range(4_000)]
    assert looked_at([*cells, f"8{OUT[0]}8888888888888"], thin).found == ["note"]


@pytest.mark.parametrize(
    ("count", "expected", "tail"),
    [(0, 0.0, 1.0), (1, 0.01, 0.00995), (3, 1.0, 0.0803), (30, 2.5, 6.3e-22), (2, 5.0, 1.0)],
)
def test_the_tail_of_what_chance_gives_is_right(count: int, expected: float, tail: float) -> None:
    assert poisson_tail(count, expected) == pytest.approx(tail, rel=0.01)
