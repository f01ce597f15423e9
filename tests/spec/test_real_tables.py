"""On real tables, both polarities remove exactly the people who opted out, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import DATA, TODAY, Ndoo

TABLES = [
    ("flchain", 7_874, 7_874, 453, 453),
    ("pbcseq", 1_945, 312, 148, 23),
    ("rwm5yr", 19_609, 6_127, 1_199, 369),
]


@pytest.mark.parametrize(("name", "rows", "people", "rows_removed", "people_removed"), TABLES)
def test_exactly_those_who_opted_out_are_gone(
    name: str, rows: int, people: int, rows_removed: int, people_removed: int, ndoo: Ndoo, tmp_path: Path
) -> None:
    source = DATA / f"{name}.csv"
    by_allowed = ndoo(
        "uphold",
        source,
        "-o",
        "a.csv",
        "--allowed",
        DATA / f"{name}.allowed.dat",
        "--checked-at",
        TODAY,
        "--json",
    )
    by_opted_out = ndoo(
        "uphold", source, "-o", "b.csv", "--opted-out", DATA / f"{name}.opted_out.txt", "--checked-at", TODAY
    )
    assert (by_allowed.status, by_opted_out.status) == (0, 0)
    assert by_allowed.json["rows"] == {
        "read": rows, "kept": rows - rows_removed, "removed": rows_removed, "held": {}, "kept_without_number": 0,
    }  # fmt: skip
    assert by_allowed.json["people"] == {
        "read": people,
        "kept": people - people_removed,
        "removed": people_removed,
        "held": 0,
    }
    opted_out = set((DATA / f"{name}.opted_out.txt").read_text().split())
    expected = [line for line in source.read_bytes().splitlines(keepends=True) if line[:10].decode() not in opted_out]
    assert (tmp_path / "a.csv").read_bytes() == b"".join(expected)
    assert (tmp_path / "b.csv").read_bytes() == b"".join(expected)
    for output in ("a.csv", "b.csv"):
        assert ndoo("verify", output, "--opted-out", DATA / f"{name}.opted_out.txt", "--checked-at", TODAY).status == 0
