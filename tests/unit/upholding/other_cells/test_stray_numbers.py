"""What is looked into for a withheld person's number, at any depth, and nothing that rows which went have left behind."""

from __future__ import annotations

import ctypes
import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.other_cells import cells_beside, stray_numbers
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.text.dialect import TextDialect
from tests.support.numbers import some

GO, STAY, OTHER = some(3, seed=77)
[STRANGER] = some(1, seed=78)
PAIR = pa.map_(pa.string(), pa.string())


@pytest.fixture
def cleaned(tmp_path: Path) -> CleanedList:
    (tmp_path / "go.dat").write_text(f"{GO},\n")
    now = datetime.now(UTC)
    return read_list(tmp_path / "go.dat", Polarity.OPTED_OUT, checked_at=now, now=now)


def found(column: Any, cleaned: CleanedList | None, type1: Objections | None = None) -> bool:
    mentions = MentionSearch(["other"], [], OptOuts(cleaned, type1))
    mentions.look("other", column)
    return mentions.found == ["other"]


def person(number: str) -> NHSNumber:
    found = read(number)
    assert isinstance(found, NHSNumber)
    return found


def holding(*numbers: str) -> NumberSet:
    found = NumberSet()
    for number in numbers:
        found.add(person(number))
    return found


HOLDS: dict[str, Any] = {
    "text in a view": pa.array([STAY, GO], pa.string_view()),
    "bytes in a view": pa.array([GO.encode()], pa.binary_view()),
    "wide bytes": pa.array([GO.encode()], pa.large_binary()),
    "wide bytes that are no text": pa.array([b"\xff\x00", b"\xff" + GO.encode()], pa.large_binary()),
    "of one size": pa.array([GO.encode()], pa.binary(10)),
    "fraction": pa.array([None, float(GO)]),
    "decimal": pa.array([Decimal(GO)], pa.decimal128(20, 2)),
    "dictionary": pa.array([GO, GO]).dictionary_encode(),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([STAY, GO])),
    "extension": pa.array([f'{{"mother": "{GO}"}}'], pa.json_(pa.string())),
    "list of fixed size": pa.array([[STAY, GO]], pa.list_(pa.string(), 2)),
    "list in a view": pa.array([[STAY], [GO]], pa.list_view(pa.string())),
    "key of a map": pa.array([[(GO, "mother")]], PAIR),
    "item of a map": pa.array([[("mother", GO)]], PAIR),
    "struct": pa.array([{"a": {"b": GO}}]),
    "fields of a struct": pa.array([{"a": "x", "b": None}, {"a": GO[:3], "b": GO[3:6], "c": GO[6:]}]),
    "whole numbers in fields": pa.array([{"a": 1.5, "b": int(GO[:5]), "c": int(GO[5:])}, None]),
    "fields of the only row": pa.array([{"a": int(GO[:3]), "b": int(GO[3:6]), "c": int(GO[6:])}]),
    "fields of a struct in a list": pa.array([[], [{"a": 1, "b": "x"}, {"a": int(GO[:5]), "b": GO[5:]}]]),
    "sparse union": pa.UnionArray.from_sparse(
        pa.array([0, 1], pa.int8()), [pa.array(["", ""]), pa.array([0, int(GO)])]
    ),
    "eleven digits": pa.array([f"{GO}1"]),
    "behind a digit": pa.array([f"1{GO}"]),
    "dense union": pa.UnionArray.from_dense(pa.array([0], pa.int8()), pa.array([0], pa.int32()), [pa.array([GO])]),
}
DOES_NOT: dict[str, Any] = {
    "somebody who may stay": pa.array([STAY, None, f"with {STAY}"]),
    "small whole numbers": pa.array([123, None], pa.int32()),
    "instants": pa.array([int(GO)], pa.timestamp("s")),
    "truth": pa.array([True, None]),
    "nothing": pa.nulls(3),
    "not a number": pa.array([float("nan"), float("inf"), 1e300]),
    "no rows": pa.array([], pa.string()),
    "a row before": pa.array([GO, STAY])[1:],
    "a map before": pa.array([[("mother", GO)], [("mother", STAY)]], PAIR)[1:],
    "a list behind": pa.array([[STAY], [GO]])[:1],
    "a word that nobody uses": pa.DictionaryArray.from_arrays([0], [STAY, GO]),
}


@pytest.mark.parametrize("column", HOLDS.values(), ids=HOLDS)
def test_it_is_found(column: Any, cleaned: CleanedList) -> None:
    assert found(column, cleaned)


@pytest.mark.parametrize("column", DOES_NOT.values(), ids=DOES_NOT)
def test_nothing_else_is(column: Any, cleaned: CleanedList) -> None:
    assert not found(column, cleaned)


@pytest.mark.parametrize("column", ["fields of a struct", "fields of a struct in a list"])
def test_the_kernel_reads_no_memory_that_was_given_back(
    column: str, cleaned: CleanedList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It mostly still holds what it held; here it never does."""

    class Wiped(cells_beside._Part):
        def __del__(self) -> None:
            for places in (self._alive or ())[1:] if isinstance(self._alive, tuple) else ():
                ctypes.memset(ctypes.addressof(places), 0, ctypes.sizeof(places))

    monkeypatch.setattr(cells_beside, "_Part", Wiped)
    assert found(HOLDS[column], cleaned)


def test_what_was_classified_is_not_looked_at(cleaned: CleanedList) -> None:
    mentions = MentionSearch(["own", "mother", "note"], ["own", "mother"], OptOuts(cleaned))
    mentions.batch(pa.record_batch({"own": [GO], "mother": [GO], "note": [STAY]}))
    assert mentions.found == []
    mentions.batch(pa.record_batch({"own": [STAY], "mother": [STAY], "note": [GO]}))
    mentions.batch(pa.record_batch({"own": [STAY], "mother": [STAY], "note": [STAY]}))
    assert mentions.found == ["note"]


def test_type_1_opt_outs_and_doubts_about_them_count() -> None:
    type1 = Objections(holding(GO), holding(OTHER), holding(GO, OTHER, STAY), {})
    for number, counts in ((GO, True), (OTHER, True), (STAY, False)):
        assert found(pa.array([number]), None, type1) is counts


def test_of_a_list_of_the_allowed_everybody_else_counts(tmp_path: Path) -> None:
    allowed = allowing(tmp_path, STAY)
    for number, counts in ((GO, True), (STAY, False)):
        assert found(pa.array([number]), allowed) is counts


def test_nobody_counts_where_nothing_is_upheld() -> None:
    assert not found(pa.array([GO]), None)


@pytest.mark.parametrize("seed", range(40))
def test_wherever_it_stands_among_rows_it_is_found_in_its_column(seed: int, cleaned: CleanedList) -> None:
    """Cells of every length, so that a block of the kernel ends anywhere in them; quoted ones hold what else ends a cell."""
    dice = random.Random(seed)
    names = [f"c{at}" for at in range(dice.randrange(1, 9))]
    dialect = TextDialect(",", quotes=True, encoding="utf-8", header=True, names=tuple(names), body_at=0)
    for _ in range(25):
        rows = [[_cell(dice) for _ in names] for _ in range(dice.randrange(1, 30))]
        at, column = dice.randrange(len(rows)), dice.randrange(len(names))
        rows[at][column] = dice.choice(
            (GO, f'"x\n, {GO}"', f"{'y' * dice.randrange(70)} {GO}", f'"{GO[:5]}"" {GO[5:]}"')
        )
        text = memoryview(bytearray("\n".join(",".join(row) for row in rows).encode() + b"\n" * dice.randrange(2)))
        mentions = MentionSearch(names, [], OptOuts(cleaned))
        mentions.rows(text, dialect)
        assert mentions.found == [names[column]]


def _cell(dice: random.Random) -> str:
    plain = "".join(dice.choices("ab 1", k=dice.choice((0, 1, 8, 9, 10, 11, dice.randrange(90)))))
    return f'"{plain},{plain}\n""{plain}"' if dice.random() < 0.2 else plain


def allowing(folder: Path, *numbers: str) -> CleanedList:
    (folder / "stay.dat").write_text("".join(f"{number},\n" for number in numbers))
    now = datetime.now(UTC)
    return read_list(folder / "stay.dat", Polarity.ALLOWED, checked_at=now, now=now)


def random_ids(count: int) -> list[str]:
    """Ten digits with nothing behind them, in England's ranges: one in eleven is a valid NHS number by chance."""
    return [f"4{random.Random(at).randrange(10**9):09}" for at in range(count)]


def test_identifiers_that_are_valid_by_chance_are_nobodys_for_a_list_of_the_allowed(tmp_path: Path) -> None:
    allowed = allowing(tmp_path, STAY)
    assert not found(pa.array(random_ids(1_000)), allowed)
    assert not found(pa.array([f"{n[:3]} {n[3:6]} {n[6:]}" for n in random_ids(1_000)]), allowed)


def test_some_numbers_among_other_identifiers_are_seen_as_they_are_written(tmp_path: Path) -> None:
    allowed = allowing(tmp_path, STAY)
    assert found(pa.array([*random_ids(20), f"{GO[:3]} {GO[3:6]} {GO[6:]}"]), allowed)
    assert found(pa.array([*random_ids(20), *some(20, seed=5)]), allowed)


def test_who_is_known_to_be_withheld_is_seen_among_any_number_of_other_identifiers(cleaned: CleanedList) -> None:
    assert not found(pa.array(random_ids(10_000)), cleaned)
    assert found(pa.array([*random_ids(10_000), GO]), cleaned)


def test_who_was_asked_about_and_is_not_allowed_is_known_to_be_withheld(tmp_path: Path) -> None:
    allowed = allowing(tmp_path, STAY)
    asked = replace(allowed, asked=holding(STAY, GO))
    assert found(pa.array([*random_ids(10_000), GO]), asked)
    assert not found(pa.array([*random_ids(10_000), OTHER]), asked)


SAYS = (
    "mild",
    "",
    None,
    GO,
    STAY,
    f"with {OTHER}",
    STRANGER,
    f"12{GO}",
    f"LAB-{OTHER}-x",
    GO[:5],
    GO[5:],
    f"{GO[:3]}-{GO[3:]}",
    "x" * 90,
)


def counted(columns: dict[str, Any], allowed: CleanedList) -> tuple[bytes, list[bytes], int]:
    """All that is counted where these stand in the rows of a batch."""
    mentions = MentionSearch([*columns], [], OptOuts(allowed))
    mentions.batch(pa.record_batch(columns))
    return bytes(mentions._of), sorted(map(bytes, mentions._positions)), mentions._met.hits


@pytest.mark.parametrize("few", [0, 40, 1 << 10])
@pytest.mark.parametrize("seed", range(40))
def test_what_stands_in_a_dictionary_counts_as_often_as_in_text(
    seed: int, few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its share of valid numbers a column is judged, and what was counted once was judged as other than `verify` finds it."""
    monkeypatch.setattr(stray_numbers, "_FEW", few)
    dice, allowed = random.Random(seed), allowing(tmp_path, STAY)
    for _ in range(5):
        rows = dice.randrange(200)
        columns = {name: pa.array(dice.choices(dice.sample(SAYS, 5), k=rows), pa.string()) for name in ("a", "b", "c")}
        shared = {name: column.dictionary_encode() for name, column in columns.items()}
        assert counted(shared, allowed) == counted(columns, allowed)


def test_a_number_in_many_rows_is_not_lost_among_other_identifiers_of_a_dictionary(tmp_path: Path) -> None:
    """Counted once it was one valid number among twenty identifiers, which chance explains."""
    words = pa.array([*random_ids(20), *[GO] * 20])
    allowed = allowing(tmp_path, STAY)
    assert found(words, allowed)
    assert found(words.dictionary_encode(), allowed)
