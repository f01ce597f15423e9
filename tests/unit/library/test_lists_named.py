"""A list may be a path, several, or numbers in memory; whatever is not one of these is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ndoo
from tests.conftest import TODAY
from tests.unit.library.worlds import FRAMES, GONE, visits_of


def _upheld(**said: Any) -> list[int]:
    return list(visits_of(ndoo.uphold(FRAMES["table"](), **{"checked_at": TODAY, **said}).kept))


@pytest.mark.parametrize(
    "listed",
    [
        GONE,
        set(GONE),
        [f"{n[:3]} {n[3:6]} {n[6:]}" for n in GONE],
        [int(n) for n in GONE],
        pd.Series(GONE),
        np.array(GONE),
        np.array([int(n) for n in GONE]),
        pa.array(GONE).to_pylist(),
    ],
)
def test_numbers_in_memory_are_a_list(listed: Any) -> None:
    assert _upheld(opted_out=listed) == list(range(4, 40))


def test_numbers_as_their_own_type_are_a_list() -> None:
    from ndoo.domain.nhs_number import read

    assert _upheld(opted_out=[read(number) for number in GONE]) == list(range(4, 40))


def test_paths_are_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.txt").write_text("\n".join(GONE[:2]))
    Path("two.txt").write_text("\n".join(GONE[2:]))
    assert _upheld(opted_out="one.txt", expect_removed=(0, 100))[:2] == [2, 3]
    assert _upheld(opted_out=["one.txt", Path("two.txt")]) == list(range(4, 40))


@pytest.mark.parametrize(
    "moment",
    [
        TODAY,
        f"{TODAY}T00:00",
        date.fromisoformat(TODAY),
        datetime.now(UTC),
        datetime.fromisoformat(TODAY),
        pd.Timestamp(TODAY),
        pd.Timestamp.now("UTC"),
    ],
)
def test_the_day_may_be_text_or_a_date_and_a_time_without_a_zone_is_london_s(moment: Any) -> None:
    assert _upheld(opted_out=GONE, checked_at=moment) == list(range(4, 40))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "list-missing"),
        ({"opted_out": []}, "list-empty"),
        ({"opted_out": [*GONE, "9991234567"]}, "list-line"),
        ({"opted_out": [*GONE, None]}, "list-line"),
        ({"opted_out": [*GONE, 9991234567.0]}, "list-line"),
        ({"opted_out": [True]}, "list-line"),
        ({"opted_out": [*GONE, "more.txt"]}, "list-line"),
        ({"opted_out": GONE, "allowed": GONE}, "two-lists"),
        ({"opted_out": GONE, "checked_at": "last week"}, "checked-at"),
        ({"opted_out": GONE, "checked_at": pd.NaT}, "checked-at"),
        ({"opted_out": GONE, "checked_at": 20261120}, "checked-at"),
        ({"opted_out": GONE, "checked_at": datetime(2020, 1, 1)}, "list-stale"),
        ({"opted_out": GONE, "checked_at": None}, "list-age-unknown"),
        ({"opted_out": GONE, "checked_at": "2020-01-01"}, "list-stale"),
        ({"opted_out": "nowhere.txt"}, "list-missing"),
    ],
)
def test_what_is_no_list_is_refused(said: dict[str, Any], code: str) -> None:
    with pytest.raises(ndoo.NdooError) as refused:
        _upheld(**said)
    assert refused.value.code == code
    assert not [number for number in GONE if number in str(refused.value)]
