"""Every way of writing a number of somebody withheld is seen in every kind of column; what is not looked for is said to be so."""

from __future__ import annotations

import csv
import io
import itertools
import random
import re
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.text.dialect import TextDialect
from tests.support.number_forms import AMONG_DIGITS, AS_WRITTEN, UNSEEN
from tests.support.numbers import some

GO, STAY, *OTHERS = some(40, seed=77)
SENTENCES = ("{}", "Her mother: {} came along.", "12 March, {}", "see <{}>", "ref {} / 7", "“{}”")


def listed(folder: Path, polarity: Polarity, numbers: list[str]) -> CleanedList:
    path = folder / f"{polarity}.dat"
    path.write_text("".join(f"{number},\n" for number in numbers))
    now = datetime.now(UTC)
    return read_list(path, polarity, checked_at=now, now=now)


@pytest.fixture(scope="module")
def opted_out(tmp_path_factory: pytest.TempPathFactory) -> CleanedList:
    return listed(tmp_path_factory.mktemp("lists"), Polarity.OPTED_OUT, [GO, *OTHERS[:5]])


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> CleanedList:
    return listed(tmp_path_factory.mktemp("lists"), Polarity.ALLOWED, [STAY, *OTHERS[5:]])


def in_columns(cell: str, cleaned: CleanedList) -> list[str]:
    mentions = MentionSearch(["own", "note"], ["own"], OptOuts(cleaned))
    mentions.batch(pa.record_batch({"own": [STAY] * 3, "note": ["seen in clinic", cell, None]}))
    return mentions.found


def in_text(cell: str, cleaned: CleanedList) -> list[str]:
    mentions = MentionSearch(["own", "note"], ["own"], OptOuts(cleaned))
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[STAY, "seen in clinic"], [STAY, cell], [STAY, ""]])
    dialect = TextDialect(",", quotes=True, encoding="utf-8", header=True, names=("own", "note"), body_at=0)
    mentions.rows(memoryview(bytearray(text.getvalue().encode())), dialect)
    return mentions.found


def naive(cell: str, number: str) -> bool:
    """Ten digits with spaces or hyphens, as patterns for NHS numbers have them."""
    found = re.findall(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)", cell)
    return number in {re.sub("[ -]", "", each) for each in found}


@pytest.mark.parametrize("form", [*AS_WRITTEN, *AMONG_DIGITS])
def test_somebody_withheld_is_seen_in_every_form(form: str, opted_out: CleanedList) -> None:
    cell = {**AS_WRITTEN, **AMONG_DIGITS}[form](GO)
    assert in_columns(cell, opted_out) == in_text(cell, opted_out) == ["note"]
    assert not in_columns({**AS_WRITTEN, **AMONG_DIGITS}[form](STAY), opted_out)


@pytest.mark.parametrize("form", AS_WRITTEN)
def test_whoever_is_not_allowed_is_seen_in_every_form_of_a_number(form: str, allowed: CleanedList) -> None:
    cell = AS_WRITTEN[form](GO)
    assert in_columns(cell, allowed) == in_text(cell, allowed) == ["note"]
    assert not in_columns(AS_WRITTEN[form](STAY), allowed)


NUMERALS = [sign for sign in map(chr, range(128, sys.maxunicode)) if unicodedata.numeric(sign, -1) in range(10)]
TAGS = [chr(0xE0030 + digit) for digit in range(10)]


@pytest.mark.parametrize(
    "written",
    [
        lambda number, sign: f"{number[:3]}{sign}{number[3:6]}{sign}{number[6:]}",
        lambda number, sign: f"{number[:3]} {sign} {number[3:6]} {sign} {number[6:]}",
        lambda number, sign: f"{number}{sign}",
        lambda number, sign: f"{sign}{number}",
        lambda number, sign: f"{number[:3]} {number[3:6]} {number[6:]}{sign}",
    ],
    ids=["between", "with blanks", "behind", "before", "behind groups"],
)
def test_a_sign_that_may_be_a_digit_hides_nobody(
    written: Callable[[str, str], str], opted_out: CleanedList, allowed: CleanedList
) -> None:
    """One that stands for a dash, a bar or a note is no digit of the number, whatever it means elsewhere."""
    cells = {sign: written(GO, sign) for sign in (*NUMERALS, *TAGS)}
    assert [hex(ord(sign)) for sign, cell in cells.items() if in_columns(cell, opted_out) != ["note"]] == []
    assert [hex(ord(sign)) for sign, cell in cells.items() if in_columns(cell, allowed) != ["note"]] == []


@pytest.mark.parametrize("place", range(1, 10))
def test_a_sign_that_nobody_sees_hides_nobody(place: int, opted_out: CleanedList) -> None:
    cells = {tag: f"{GO[:place]}{tag}{GO[place:]}" for tag in TAGS}
    assert [hex(ord(tag)) for tag, cell in cells.items() if in_columns(cell, opted_out) != ["note"]] == []


def test_a_series_of_measurements_is_nobody(allowed: CleanedList) -> None:
    """Among eleven and more that could be codes of digits some ten are a valid number by chance."""
    codes = [str(ord(digit)) for digit in GO]
    assert in_columns(f"Heart rate {', '.join(codes)}", allowed) == ["note"]
    assert not in_columns(f"Heart rate {', '.join([*codes, '57', '57'])}", allowed)


def test_a_pattern_for_numbers_is_blind_to_most_of_them() -> None:
    seen = [form for form, written in {**AS_WRITTEN, **AMONG_DIGITS}.items() if naive(written(GO), GO)]
    assert len(seen) < 0.15 * (len(AS_WRITTEN) + len(AMONG_DIGITS))


@pytest.mark.parametrize("form", UNSEEN)
def test_what_is_not_looked_for_is_not_found_and_the_page_says_so(form: str, opted_out: CleanedList) -> None:
    assert not in_columns(UNSEEN[form](GO), opted_out)


@given(
    st.sampled_from(OTHERS[:5]),
    st.sampled_from(sorted({**AS_WRITTEN, **AMONG_DIGITS})),
    st.sampled_from(SENTENCES),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_it_is_seen_wherever_it_stands(
    opted_out: CleanedList, number: str, form: str, sentence: str, quoted: bool, seed: int
) -> None:
    dice = random.Random(seed)
    said = " ".join(
        dice.choices(("well", "seen 12/03", "in clinic", "BP 128/76,", "100%", "a=b", "R&D"), k=dice.randrange(9))
    )
    cell = f"{said} {sentence.format({**AS_WRITTEN, **AMONG_DIGITS}[form](number))}"
    assert (in_text if quoted else in_columns)(cell, opted_out) == ["note"]


# ---- digits and what parts them, beside every window that there is ------------------------------------------------


def windows(text: str) -> set[str]:
    """Ten digits in one group, in whole groups that few other characters than letters part, or in threes and four; by brute force."""
    found = set()
    groups = [(one.start(), one.end(), one.group()) for one in re.finditer("[0-9]+", text)]
    close = [after[0] - before[1] <= 64 for before, after in itertools.pairwise(groups)]
    for at in range(len(groups)):
        for step in (1, 2):
            last = at + 2 * step
            if last >= len(groups) or not all(close[at:last]):
                continue
            parts = [groups[k][2] for k in range(at, last + 1, step)]
            if [*map(len, parts)] == [3, 3, 4] and (step == 1 or all(len(groups[at + k][2]) <= 2 for k in (1, 3))):
                found.add("".join(parts))
    for stretch in re.split("[a-z]+", text):
        for chain in re.split(r"[^0-9]{9,}", stretch):
            groups = re.findall("[0-9]+", chain)
            for group in groups:
                found |= {group[at : at + 10] for at in range(len(group) - 9)}
            for one, two, three in zip(groups, groups[1:], groups[2:], strict=False):
                if len(one) >= 3 and len(two) == 3 and len(three) >= 4:
                    found.add(one[-3:] + two + three[:4])
            for first in range(len(groups)):
                for last in range(first, len(groups)):
                    joined = "".join(groups[first : last + 1])
                    if len(joined) == 10:
                        found.add(joined)
    return found


@given(st.integers(0, 10**9))
def test_every_window_is_looked_at_and_no_other(opted_out: CleanedList, seed: int) -> None:
    dice = random.Random(seed)
    pieces = []
    for _ in range(dice.randrange(1, 40)):
        kind = dice.randrange(8)
        if kind < 4:
            pieces.append("".join(dice.choices("0123456789", k=dice.choice((1, 2, 3, 3, 4, 5, 9, 10, 11, 60, 130)))))
        elif kind < 6:
            pieces.append("".join(dice.choices(" -,:/|", k=dice.choice((1, 1, 2, 8, 9)))))
        elif kind == 6:
            pieces.append(dice.choice(("a", "xyz", " b ")))
        else:
            number = GO
            cut = sorted(dice.sample(range(1, 10), dice.randrange(3)))
            pieces.append(
                dice.choice((" ", "--", "7", "z", "")).join(
                    number[begin:end] for begin, end in zip((0, *cut), (*cut, 10), strict=True)
                )
            )
    cell = "".join(pieces)
    assert bool(in_columns(cell, opted_out)) == (GO in windows(cell)), cell


# ---- cells side by side --------------------------------------------------------------------------------------------


def columns_of(rows: list[list[Any]]) -> Any:
    names = [f"c{at}" for at in range(len(rows[0]))]
    return pa.record_batch([pa.array([row[at] for row in rows]) for at in range(len(names))], names=names)


@pytest.mark.parametrize("cut", [(3, 6), (5,), (9,), (1, 2, 3, 4, 5, 6, 7, 8, 9), (2, 8)])
@pytest.mark.parametrize(
    "kind", ["text", "whole numbers", "words", "file", "list", "list of numbers", "list of fixed size"]
)
def test_digits_split_over_cells_side_by_side_are_seen(cut: tuple[int, ...], kind: str, opted_out: CleanedList) -> None:
    pieces = [GO[begin:end] for begin, end in zip((0, *cut), (*cut, 10), strict=True)]
    if kind != "file" and kind != "text" and kind != "words" and any(piece[0] == "0" for piece in pieces):
        pytest.skip("a number that begins with a nought is no such piece")
    wide = ["ward 7", *pieces, "B"]
    names = [f"c{at}" for at in range(len(wide))]
    mentions = MentionSearch(names, [], OptOuts(opted_out))
    if kind == "file":
        rows = [["ward 1", *["1"] * len(pieces), "A"], wide, ["ward 2", *[""] * len(pieces), "A"]]
        text = "".join(",".join(row) + "\r\n" for row in rows).encode()
        dialect = TextDialect(",", quotes=True, encoding="utf-8", header=True, names=tuple(names), body_at=0)
        mentions.rows(memoryview(bytearray(text)), dialect)
        assert mentions.found == names[1:-1]
        return
    if kind.startswith("list"):
        values: list[Any] = [int(piece) for piece in pieces] if kind == "list of numbers" else pieces
        size = len(values) if kind == "list of fixed size" else -1
        column = pa.array([[values[0]] * len(values), None, values], pa.list_(pa.array(values).type, size))
        lists = MentionSearch(["c"], [], OptOuts(opted_out))
        lists.batch(pa.record_batch({"c": column[1:]}))
        assert lists.found == ["c"]
        return
    as_kind = int if kind == "whole numbers" else str
    batch = columns_of([["ward 1", *[as_kind("1")] * len(pieces), "A"], ["ward 7", *map(as_kind, pieces), "B"]])
    if kind == "words":
        batch = pa.record_batch([column.dictionary_encode() for column in batch.columns], names=batch.schema.names)
    mentions.batch(batch)
    assert mentions.found == names[1:-1]


def test_a_classified_column_between_two_parts_them(opted_out: CleanedList) -> None:
    batch = columns_of([[GO[:5], STAY, GO[5:]]])
    for known, found in ((["c1"], []), ([], [])):
        mentions = MentionSearch(["c0", "c1", "c2"], known, OptOuts(opted_out))
        mentions.batch(batch)
        assert mentions.found == found


def test_unsigned_numbers_of_any_size_are_pieces_or_none(opted_out: CleanedList) -> None:
    mentions = MentionSearch(["a", "b"], [], OptOuts(opted_out))
    mentions.batch(
        pa.record_batch(
            {"a": pa.array([int(GO[:5]), 2**64 - 1], pa.uint64()), "b": pa.array([int(GO[5:]), 1], pa.uint64())}
        )
    )
    assert mentions.found == ["a", "b"]
