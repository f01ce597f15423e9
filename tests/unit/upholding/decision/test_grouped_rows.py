"""Where numbers stand on the first of a person's rows only, the rows below do not stay because nobody could say whose they are."""

from __future__ import annotations

import ctypes
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ndoo as library
from ndoo.numbers.kernel import HOLD, KEEP, MALFORMED, MISSING, REMOVE, VALID
from ndoo.upholding.decision.grouped_rows import GroupedRows
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(40, seed=51)
GONE = PEOPLE[:6]
BY = ("--opted-out", "go.txt", "--checked-at", TODAY, "--nhs-number", "nhs_number")
KEEPING = ("--undecided", "keep-missing", "--justification", "none was given")
Row = tuple[str | None, int]


def grouped(rows_each: int = 2) -> list[Row]:
    return [(number if at == 0 else None, at) for number in PEOPLE for at in range(rows_each)]


@pytest.fixture
def upholds(ndoo: Ndoo, tmp_path: Path) -> Any:
    (tmp_path / "go.txt").write_text("\n".join(GONE))

    def run(rows: list[Row], *more: object, suffix: str = "csv") -> Any:
        names = ["nhs_number", "visit"]
        if suffix == "csv":
            lines = (f"{number or ''},{visit}\n" for number, visit in rows)
            (tmp_path / "in.csv").write_text(f"{','.join(names)}\n{''.join(lines)}")
        else:
            table = pa.table([list(column) for column in zip(*rows, strict=True)], names)
            pq.write_table(table, tmp_path / "in.parquet", row_group_size=50)
        return ndoo("uphold", f"in.{suffix}", "-o", f"out.{suffix}", *BY, *more, "--json")

    return run


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("rows_each", [2, 3, 9])
def test_the_other_rows_of_whoever_goes_do_not_stay(upholds: Any, tmp_path: Path, suffix: str, rows_each: int) -> None:
    said = upholds(grouped(rows_each), *KEEPING, suffix=suffix)
    assert (said.status, said.json["error"]["code"]) == (3, "rows-grouped"), said.told
    assert list(tmp_path.glob("out.*")) == []
    held = upholds(grouped(rows_each), suffix=suffix)
    assert (held.status, held.json["rows"]["held"]) == (6, {"missing": 40 * (rows_each - 1)})


def test_a_frame_is_refused_too() -> None:
    frame = pa.table([list(column) for column in zip(*grouped(), strict=True)], ["nhs_number", "visit"])
    asked: dict[str, Any] = {"undecided": "keep-missing", "justification": "none was given"}
    with pytest.raises(library.NdooError) as said:
        library.uphold(frame, opted_out=GONE, checked_at=TODAY, **asked)
    assert said.value.code == "rows-grouped"


@pytest.mark.parametrize(
    "rows",
    [
        [row for row in grouped() if row[0]] + [row for row in grouped() if not row[0]],
        [row for row in grouped() if not row[0]] + [row for row in grouped() if row[0]],
        [row for at, number in enumerate(PEOPLE) for row in ((number, 1), *([(None, at)] if at % 2 else []))],
        [*((number, 1) for number in PEOPLE), (None, 2)],
        grouped()[:4],
    ],
    ids=["below all", "above all", "totals of two", "one", "two only"],
)
def test_rows_that_are_nobodys_stay(upholds: Any, rows: list[Row]) -> None:
    said = upholds(rows, *KEEPING, "--expect-removed", "0-100")
    assert said.status == 0, said.told
    assert said.json["rows"]["kept_without_number"] == sum(number is None for number, _ in rows)


def test_a_row_that_names_another_is_not_without_a_number(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "go.txt").write_text("\n".join(GONE))
    rows = (f"{PEOPLE[at]},\n,{PEOPLE[at]}\n" for at in range(20, 40))
    (tmp_path / "in.csv").write_text("nhs_number,mother\n" + "".join(rows))
    said = ndoo("uphold", "in.csv", "-o", "out.csv", *BY, "--also", "mother", *KEEPING, "--json")
    assert (said.status, said.json["rows"]["held"]) == (6, {"missing": 20})


def naive(fates: list[tuple[int, int]]) -> tuple[int, int]:
    blank = [why == MISSING and verdict == KEEP for why, verdict in fates]
    return blank.count(False), sum(one < other for one, other in pairwise(blank))


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from([VALID, MISSING, MALFORMED]), st.sampled_from([KEEP, REMOVE, HOLD + MISSING])),
            max_size=60,
        ),
        max_size=4,
    ),
    st.integers(1, 3),
)
def test_pairs_are_counted_as_by_eye(lots: list[list[tuple[int, int]]], keys: int) -> None:
    found, beside = GroupedRows(), GroupedRows()
    for at, fates in enumerate(lots):
        why = (ctypes.c_uint8 * (len(fates) * keys))(
            *(code for one, _ in fates for code in (one, *[MISSING] * (keys - 1)))
        )
        verdict = (ctypes.c_uint8 * len(fates))(*(one for _, one in fates))
        (beside if at % 2 else found).take(ctypes.addressof(why), keys, len(fates), ctypes.addressof(verdict))
    found.join(beside)
    others, pairs = (sum(counts) for counts in zip((0, 0), *map(naive, lots), strict=True))
    assert found.are_grouped is (pairs >= 3 and 2 * pairs > others)
