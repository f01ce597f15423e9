"""The same table in every format gives the same finding, and every kind of column is known without a telling heading."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.scanning.scan import ScanReport, scan
from ndoo.scanning.scan_result import ScanVerdict
from tests.support.worlds_of_data import KINDS, columns, put

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FORMATS = (
    "csv",
    "tsv",
    "csv.gz",
    "csv.zst",
    "utf16.csv",
    "parquet",
    "arrow",
    "json",
    "ndjson",
    "xlsx",
    "sqlite",
    "duckdb",
)


def scanned(target: Path | str) -> ScanReport:
    return scan(str(target), now=NOW)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_finding(suffix: str, tmp_path: Path) -> None:
    (table,) = scanned(put(tmp_path / f"extract.{suffix}", columns())).tables
    assert {column.name: str(column.kind) for column in table.columns} == KINDS
    assert (table.rows, table.sampled, table.verdict) == (300, 300, ScanVerdict.YES)
    remark = next(column for column in table.columns if column.name == "remark")
    assert "nhs_number" in remark.holds
    assert table.unseen == 0
