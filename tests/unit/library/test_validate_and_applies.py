"""Columns are validated, and flows decided on, from Python as by the commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import ndoo
from tests.unit.library.worlds import PEOPLE

CELLS = [PEOPLE[0], None, "9991234567", "nobody"]
VALID = [True, False, False, False]
REASONS = [None, "missing", "check_digit", "malformed"]


@pytest.mark.parametrize(
    "column",
    [
        CELLS,
        tuple(CELLS),
        pd.Series(CELLS, index=list("abcd"), name="n"),
        pl.Series("n", CELLS),
        pa.array(CELLS),
        pa.chunked_array([CELLS[:2], CELLS[2:]]),
    ],
)
def test_a_column_of_any_kind_is_answered_in_its_kind(column: Any) -> None:
    found = ndoo.validate(column)
    assert list(getattr(found.valid, "to_pylist", lambda: found.valid)()) == VALID
    reasons = list(getattr(found.reasons, "to_pylist", lambda: found.reasons)())
    assert [None if pd.isna(reason) else reason for reason in reasons] == REASONS
    assert found.counts == {"missing": 1, "check_digit": 1, "malformed": 1}


def test_a_mask_goes_with_its_frame() -> None:
    frame = pd.DataFrame({"n": CELLS}, index=[7, 3, 9, 1])
    assert frame[ndoo.validate(frame["n"]).valid].index.tolist() == [7]


@pytest.mark.parametrize(
    ("column", "code"),
    [
        (pd.Series([9991234567.0]), "column-type"),
        ([9991234567.0], "column-type"),
        (pd.Series([1, "x"]), "column-mixed"),
        (pl.Series([9991234567.0]), "column-type"),
    ],
)
def test_a_column_that_lost_digits_is_refused(column: Any, code: str) -> None:
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.validate(column)
    assert refused.value.code == code


def test_a_flow_is_decided_from_a_mapping_and_from_a_file(tmp_path: Path) -> None:
    told = ndoo.applies({"purpose": "research"})
    assert told.outcome == "review"
    (tmp_path / "flow.json").write_text(json.dumps({"purpose": "research"}))
    assert ndoo.applies(tmp_path / "flow.json").to_dict() == told.to_dict()
    (tmp_path / "two.json").write_text(json.dumps([{"purpose": "research"}] * 2))
    with pytest.raises(ndoo.NdooError) as refused:
        ndoo.applies(tmp_path / "two.json")
    assert refused.value.code == "one-flow"


def test_what_is_offered_is_there_and_nothing_else() -> None:
    for name in ndoo.__all__:
        assert getattr(ndoo, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        ndoo.unheard_of  # noqa: B018
