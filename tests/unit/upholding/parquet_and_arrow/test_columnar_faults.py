"""Columnar files that are damaged, empty, or of a type that could have lost digits: refused, or upheld with nothing lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from ndoo.columnar import reader
from ndoo.columnar.arrow_reader import ArrowFileReader
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.errors import UnfitData
from ndoo.upholding.datasets.some_columns import some_columns
from ndoo.upholding.parquet_and_arrow import columnar
from ndoo.upholding.verify import witness
from tests.conftest import TODAY, Ndoo, Said
from tests.support.numbers import some

STAY, GO = some(60)[:50], some(60)[50:]
TABLE = pa.table({"nhs_number": [*STAY, *GO], "note": ["x" * 500] * 60})


@pytest.fixture
def uphold(ndoo: Ndoo, tmp_path: Path) -> Any:
    (tmp_path / "go.txt").write_text("\n".join(GO))

    def run(source: str, *more: object) -> Said:
        output = f"out{Path(source).suffix}"
        said = ndoo("uphold", source, "-o", output, "--opted-out", "go.txt", "--checked-at", TODAY, "--json", *more)
        assert (tmp_path / output).exists() == (said.status in (0, 6))
        return said

    return run


def test_a_footer_that_cannot_be_read_is_refused(uphold: Any, tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_bytes(b"PAR1" + b"\0" * 100 + b"PAR1")
    (tmp_path / "in.arrow").write_bytes(b"ARROW1\0\0" + b"\0" * 100)
    for name in ("in.parquet", "in.arrow"):
        said = uphold(name)
        assert (said.status, said.json["error"]["code"]) == (3, "input-damaged")


def test_damage_behind_the_first_rows_is_refused(uphold: Any, tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "in.parquet", row_group_size=10, compression="none", use_dictionary=False)
    raw = bytearray((tmp_path / "in.parquet").read_bytes())
    at = len(raw) // 2
    raw[at : at + 4000] = b"\xff" * 4000
    (tmp_path / "in.parquet").write_bytes(raw)
    said = uphold("in.parquet", "--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (3, "input-damaged")


def test_a_number_that_was_arithmetic_is_refused(uphold: Any, tmp_path: Path) -> None:
    numbers = pa.array([float(n) for n in [*STAY, *GO]])
    pq.write_table(pa.table({"nhs_number": numbers}), tmp_path / "in.parquet")
    said = uphold("in.parquet", "--nhs-number", "nhs_number")
    assert (said.status, said.json["error"]["code"]) == (3, "column-type")
    assert uphold("in.parquet").status == 3


def test_two_columns_of_one_name_are_refused(uphold: Any, tmp_path: Path) -> None:
    doubled = pa.Table.from_arrays([TABLE["nhs_number"].combine_chunks()] * 2, names=["nhs_number", "nhs_number"])
    feather.write_feather(doubled, tmp_path / "in.arrow")
    assert uphold("in.arrow").json["error"]["code"] == "columns-double"


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
def test_a_file_without_rows_stays_one(name: str, uphold: Any, tmp_path: Path) -> None:
    empty = TABLE.slice(0, 0)
    if name == "in.parquet":
        with pq.ParquetWriter(tmp_path / name, TABLE.schema):
            pass
    else:
        with pa.ipc.new_file(tmp_path / name, TABLE.schema):
            pass
    said = uphold(name, "--nhs-number", "nhs_number")
    assert said.status == 0
    output = tmp_path / f"out{Path(name).suffix}"
    got = pq.read_table(output) if name == "in.parquet" else pa.ipc.open_file(output).read_all()
    assert got.equals(empty)
    assert said.json["rows"]["read"] == 0


def test_view_types_of_other_writers_are_kept(uphold: Any, tmp_path: Path) -> None:
    views = pa.table(
        {
            "nhs_number": pa.array([*STAY, *GO], pa.string_view()),
            "raw": pa.array([b"\0\xff"] * 60, pa.binary_view()),
        }
    )
    with pa.ipc.new_file(tmp_path / "in.arrow", views.schema) as writer:
        writer.write_table(views)
    assert uphold("in.arrow").status == 0
    with pa.OSFile(str(tmp_path / "out.arrow")) as file:
        got = pa.ipc.open_file(file).read_all()
    assert got.schema == views.schema
    assert got.to_pylist() == views.to_pylist()[:50]


def test_a_type_that_cannot_be_filtered_is_refused_without_its_values(uphold: Any, tmp_path: Path) -> None:
    words = pa.array(["a value from the data"] * 60)
    either = pa.UnionArray.from_sparse(pa.array([0] * 60, pa.int8()), [words, pa.nulls(60)])
    nested = pa.table({"nhs_number": [*STAY, *GO], "of two kinds": pa.StructArray.from_arrays([either], ["inner"])})
    with pa.ipc.new_file(tmp_path / "in.arrow", nested.schema) as writer:
        writer.write_table(nested)
    said = uphold("in.arrow")
    assert (said.status, said.json["error"]["code"]) == (3, "type-refused")
    assert "'of two kinds' is, or holds, an Arrow sparse_union" in said.told
    assert "a value" not in said.told


@pytest.mark.parametrize("name", ["in.parquet", "in.arrow"])
def test_a_full_disk_publishes_nothing(name: str, uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "in.parquet":
        pq.write_table(TABLE, tmp_path / name)
    else:
        feather.write_feather(TABLE, tmp_path / name)

    def full(handle: int, piece: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("ndoo.upholding.publication.sink.os.write", full)
    said = uphold(name)
    assert (said.status, said.json["error"]["code"]) == (1, "disk-full")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (OSError(errno.EIO, "a value from the data"), 1, "machine-fault"),
        (pa.ArrowNotImplementedError("a value from the data"), 3, "type-refused"),
    ],
)
def test_a_writer_that_fails_shows_no_value(
    fault: Exception, status: int, code: str, uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(TABLE, tmp_path / "in.parquet")

    def failing(self: Any, piece: Any) -> None:
        raise fault

    monkeypatch.setattr("ndoo.upholding.parquet_and_arrow.parquet.ParquetSink.store", failing)
    said = uphold("in.parquet")
    assert (said.status, said.json["error"]["code"]) == (status, code)
    assert "a value" not in said.told


def test_held_rows_of_a_columnar_file_are_kept_apart(uphold: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"nhs_number": [*STAY, *GO, None, "999"]}), tmp_path / "in.parquet")
    said = uphold("in.parquet", "--held", "held.parquet")
    assert (said.status, said.json["rows"]["held"]) == (6, {"missing": 1, "malformed": 1})
    assert pq.read_table(tmp_path / "held.parquet")["nhs_number"].to_pylist() == [None, "999"]
    assert (tmp_path / "held.parquet").stat().st_mode & 0o777 == 0o600


def test_two_columns_of_people_are_decided_together(uphold: Any, tmp_path: Path) -> None:
    mothers = [*[None] * 49, GO[0], *[None] * 10]
    pq.write_table(pa.table({"nhs_number": [*STAY, *GO], "mother": mothers}), tmp_path / "in.parquet")
    said = uphold("in.parquet", "--nhs-number", "nhs_number", "--also", "mother")
    assert said.json["rows"]["removed"] == 11
    assert pq.read_table(tmp_path / "out.parquet")["nhs_number"].to_pylist() == STAY[:49]


def test_rows_are_read_in_small_pieces_where_they_are_wide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(TABLE, tmp_path / "in.parquet")
    feather.write_feather(TABLE, tmp_path / "in.arrow")
    monkeypatch.setattr(reader, "BYTES_AT_ONCE", 1)
    for opened in (ParquetReader(tmp_path / "in.parquet"), ArrowFileReader(tmp_path / "in.arrow")):
        assert [batch.num_rows for batch in opened.batches()] == [1] * 60


def test_an_extension_type_is_kept(uphold: Any, tmp_path: Path) -> None:
    told = pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(["{}"] * 60))
    pq.write_table(pa.table({"nhs_number": [*STAY, *GO], "told": told}), tmp_path / "in.parquet")
    assert uphold("in.parquet").status == 0
    assert pq.read_table(tmp_path / "out.parquet").schema == pq.read_table(tmp_path / "in.parquet").schema


def test_dictionaries_that_cannot_be_joined_are_refused(
    uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unjoinable:
        @staticmethod
        def from_batches(*_: object) -> Any:
            raise pa.ArrowNotImplementedError("a value from the data")

    pq.write_table(TABLE, tmp_path / "in.parquet")
    monkeypatch.setattr("ndoo.upholding.parquet_and_arrow.parquet.pa.Table", Unjoinable)
    said = uphold("in.parquet")
    assert (said.status, said.json["error"]["code"]) == (3, "type-refused")
    assert "a value" not in said.told


def test_rows_that_cannot_be_built_in_their_type_publish_nothing(
    uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise pa.ArrowCapacityError("more than its offsets can count")

    monkeypatch.setattr(columnar, "ShownRows", fails)
    pq.write_table(TABLE, tmp_path / "in.parquet")
    assert uphold("in.parquet").json["error"]["code"] == "type-refused"


def test_a_batch_of_more_rows_than_the_witness_expected_is_judged_whole(
    uphold: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witness, "_MAX_ROWS", 7)
    pq.write_table(TABLE, tmp_path / "in.parquet")
    said = uphold("in.parquet")
    assert (said.status, said.json["rows"]["kept"], said.json["rows"]["removed"]) == (0, 50, 10), said.told


def test_a_workbook_is_not_counted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["nhs_number", "age"])
    book.worksheets[0].append([STAY[0], 7])
    book.save(tmp_path / "in.xlsx")
    with pytest.raises(UnfitData) as refused:
        list(some_columns(tmp_path / "in.xlsx", ["age"]))
    assert refused.value.code == "format-refused"
