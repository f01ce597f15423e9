"""A folder of Parquet that is not one table, or whose files do not all count, is refused before anything is read from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.domain.errors import UnfitData
from ndoo.evidence.release_record import Columns
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.parquet_and_arrow import parquet_folder
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import parts_of
from tests.support.numbers import some

ROW = pa.table({"id": ["1"], "ward": ["a"]})
Change = Callable[[Path], Any]


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    for site in ("00", "01"):
        (tmp_path / "visits" / f"site={site}").mkdir(parents=True)
        pq.write_table(ROW, tmp_path / "visits" / f"site={site}" / "a.parquet")
    return tmp_path / "visits"


def _another(table: Any, place: str = "site=00/b.parquet") -> Change:
    def change(folder: Path) -> None:
        (folder / place).parent.mkdir(exist_ok=True)
        pq.write_table(table, folder / place)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda folder: (folder / "_delta_log").mkdir(), "table-has-log"),
        (lambda folder: (folder / ".hoodie").mkdir(), "table-has-log"),
        (lambda folder: (folder / "metadata").mkdir(), "table-has-log"),
        (lambda folder: (folder / "site=00" / "notes.csv").write_text("a"), "not-parquet"),
        (lambda folder: [path.unlink() for path in list(folder.rglob("*.parquet"))], "not-parquet"),
        (lambda folder: (folder / "site=00" / "b.parquet").write_bytes(b"PAR1 and no more PAR1"), "input-damaged"),
        (_another(ROW, "extra/b.parquet"), "partitions-mixed"),
        (_another(ROW, "year=2026/b.parquet"), "partitions-mixed"),
        (_another(ROW.append_column("name", pa.array(["a"]))), "columns-differ"),
        (_another(pa.table({"id": [1], "ward": ["a"]})), "columns-differ"),
        (_another(ROW.append_column(some(1)[0], pa.array(["a"])), "site=01/a.parquet"), "columns-differ"),
        (lambda folder: (folder / "site=00").rename(folder / f"site={some(1)[0]}"), "partition-identifies"),
        (
            lambda folder: [one.rename(folder / one.name.replace("site", "id")) for one in list(folder.iterdir())],
            "columns-double",
        ),
    ],
)
def test_what_is_not_one_table_is_refused(visits: Path, change: Change, code: str) -> None:
    parts_of(visits)
    change(visits)
    with pytest.raises(UnfitData) as refused:
        parts_of(visits)
    assert refused.value.code == code


def test_columns_in_another_order_and_what_readers_pass_over_are_no_matter(visits: Path) -> None:
    _another(ROW.select(["ward", "id"]))(visits)
    (visits / "_SUCCESS").touch()
    (visits / "site=00" / ".a.parquet.crc").touch()
    parts = parts_of(visits)
    assert (parts.paths, parts.partitions) == (
        ["site=00/a.parquet", "site=00/b.parquet", "site=01/a.parquet"],
        ("site",),
    )
    assert parts.names == ["id", "ward"]


def test_a_partition_whose_name_begins_with_an_underscore_is_read_by_spark_and_so_counted(tmp_path: Path) -> None:
    (tmp_path / "_site=00").mkdir()
    pq.write_table(ROW, tmp_path / "_site=00" / "a.parquet")
    assert parts_of(tmp_path).paths == ["_site=00/a.parquet"]


def test_a_change_is_seen(visits: Path) -> None:
    parts = parts_of(visits)
    assert parts.unchanged()
    _another(ROW)(visits)
    assert not parts.unchanged()
    with pytest.raises(UnfitData) as refused:
        ParquetFolder(parts).stream(
            Columns(None, ""), RowDecision(OptOuts(), 0), Watch(parts.names), None, None, lambda _: None
        )
    assert refused.value.code == "input-changed"


def test_a_release_is_read_by_the_names_in_its_manifest_alone(visits: Path) -> None:
    """Whatever else lies there is said by the promise `paths`."""
    _another(pa.table({"id": [1]}))(visits)
    (visits / "_delta_log").mkdir()
    parts = parts_of(visits, named=["site=01/a.parquet", "site=00/a.parquet"])
    assert (parts.paths, parts.unchanged()) == (["site=00/a.parquet", "site=01/a.parquet"], True)
    (visits / "site=00" / "a.parquet").touch()
    assert not parts.unchanged()
    assert parts_of(visits, named=[]).names == []


def test_the_first_rows_are_looked_at_and_not_every_file(visits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ParquetFolder(parts_of(visits))
    monkeypatch.setattr(parquet_folder, "ROWS_AT_ONCE", 1)
    watch = Watch(folder.names)
    folder.preview(watch)
    assert watch.cells == 2
