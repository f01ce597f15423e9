"""Linked tables in Parquet and Arrow, and both beside text: a key is the same key however its table stores it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from ndoo.numbers import compiled, key_kernel
from ndoo.numbers.key_index import Naming
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.linked_tables.propagate import Following, NumberColumn, TablePlan
from ndoo.upholding.table_links.people import People
from tests.conftest import TODAY, Ndoo
from tests.unit.upholding.linked_tables.scene import GO, PEOPLE, key, resource, scene

BY = ("--nhs-number", "patients.nhs_number", "--opted-out", "go.txt", "--checked-at", TODAY)


def _store(folder: Path, patients: Any, visits: Any) -> None:
    """Patients as Parquet, their visits as Arrow."""
    scene(
        folder,
        descriptor=lambda d: d.update(
            resources=[
                {**resource("patients"), "path": "patients.parquet"},
                {**resource("visits", key("patient", "patients", "id")), "path": "visits.arrow"},
            ]
        ),
    )
    for name in ("patients", "episodes", "results", "notes", "wards"):
        (folder / f"{name}.csv").unlink()
    pq.write_table(pa.table(patients), folder / "patients.parquet", row_group_size=3)
    feather.write_feather(pa.table(visits), folder / "visits.arrow")


KEYS: list[Any] = [
    (pa.array(range(8), pa.int64()), pa.array([0, 1, None, 2, 9], pa.int32())),
    (pa.array([f"p{n}" for n in range(8)]), pa.array(["p0", "p1", None, "p2", "p9"]).dictionary_encode()),
    (
        pa.array([date(2020, 1, n + 1) for n in range(8)]),
        pa.array(["2020-01-01", "2020-01-02", "", "2020-01-03", "2021-01-01"]),
    ),
    (
        pa.array([f"p{n}" for n in range(8)], pa.string_view()),
        pa.array(["p0", "p1", None, "p2", "p9"], pa.large_string()),
    ),
]


@pytest.mark.parametrize(("ids", "patients"), KEYS)
def test_a_key_is_the_same_key_however_it_is_stored(ids: Any, patients: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "go.txt").write_text(GO + "\n")
    _store(tmp_path / "in", {"id": ids, "nhs_number": PEOPLE}, {"visit": [1, 2, 3, 4, 5], "patient": patients})
    said = ndoo("uphold", "in", "-o", "out", *BY, "--json")
    assert said.status == 6, said.told
    assert said.json["tables"]["visits"]["rows"] == {
        "read": 5,
        "kept": 2,
        "removed": 1,
        "held": {"missing": 1, "orphan": 1},
        "kept_without_number": 0,
    }
    assert feather.read_table(tmp_path / "out" / "visits.arrow").column("visit").to_pylist() == [2, 4]
    assert ndoo("verify", "out", *BY[2:]).status == 0


def test_no_rows_at_all_are_no_rows(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "go.txt").write_text(GO + "\n")
    empty = {"visit": pa.array([], pa.int64()), "patient": pa.array([], pa.int64())}
    _store(tmp_path / "in", {"id": pa.array([], pa.int64()), "nhs_number": pa.array([], pa.string())}, empty)
    assert ndoo("uphold", "in", "-o", "out", *BY).status == 0


@pytest.mark.parametrize("patients", [pa.array([0.0, 1.0]), pa.array([[1], [2]])])
def test_a_key_that_may_have_lost_digits_is_refused(patients: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "go.txt").write_text(GO + "\n")
    _store(tmp_path / "in", {"id": range(8), "nhs_number": PEOPLE}, {"visit": [1, 2], "patient": patients})
    said = ndoo("uphold", "in", "-o", "out", *BY, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "key-type")


def test_a_package_that_was_not_built_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "__file__", "/nowhere/compiled.py")
    with pytest.raises(ImportError, match="not built"):
        key_kernel.library.__wrapped__()


def test_a_piece_without_rows_is_nothing() -> None:
    people = People(OptOuts(), keep_missing=False)
    following = Following(TablePlan("t", (NumberColumn("n", own=True),), (), ()), people, Naming())
    following.decide(0, 0, 0, 0)
    assert following.rows().read == 0
