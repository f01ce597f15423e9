"""Whoever repairs a source finds each held row by its number and its reason, and no row is held that is none."""

from __future__ import annotations

import csv
import io
import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.upholding.text.text_edges import above_blank_lines
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

GO, STAY, OTHER = some(3, seed=77)
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)
CELLS = (STAY, "NULL", "9.99E+09", GO, f"{OTHER}.0", "x", "12", "", f"{OTHER[:9]}{(int(OTHER[9]) + 1) % 10}")
HELD = [
    (2, "malformed:null_text"),
    (3, "malformed:scientific"),
    (5, "malformed:decimal_tail"),
    (6, "malformed:non_digit"),
    (7, "malformed"),
    (8, "missing"),
    (9, "check_digit"),
]
FINER = {"null_text": 1, "scientific": 1, "decimal_tail": 1, "non_digit": 1}


@pytest.fixture(autouse=True)
def lists(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text(f"{GO}\n")


def manifest_of(output: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output.with_name(f"{output.name}.manifest.json").read_bytes())
    return found


def text_of(delimiter: str, cells: tuple[str, ...] = CELLS, *, heading: bool = True) -> str:
    text = io.StringIO(newline="")
    rows = [(str(at), cell) for at, cell in enumerate(cells, start=1)]
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([("id", "nhs_number"), *rows][not heading :])
    return text.getvalue()


@pytest.mark.parametrize(
    ("delimiter", "encoding", "heading"),
    [
        (",", "utf-8", True),
        ("\t", "utf-16", True),
        (";", "utf-8-sig", True),
        ("_", "cp1252", True),
        (",", "utf-8", False),
    ],
)
def test_a_held_row_of_text_says_its_number_and_why(
    ndoo: Ndoo, tmp_path: Path, delimiter: str, encoding: str, heading: bool
) -> None:
    source = text_of(delimiter, heading=heading)
    (tmp_path / "in.csv").write_bytes(source.encode(encoding))
    more = ("--delimiter", delimiter, *(() if heading else ("--no-header", "--nhs-number", "2")))

    assert ndoo("uphold", "in.csv", "-o", "out.csv", "--held", "held.csv", *LIST, *more).status == 6

    text = (tmp_path / "held.csv").read_bytes().decode(encoding)
    assert text.encode(encoding)[:3] == (tmp_path / "held.csv").read_bytes()[:3]
    told = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    if heading:
        assert told.pop(0) == ["ndoo_row", "ndoo_reason", "id", "nhs_number"]
    assert [(int(row), reason) for row, reason, *_ in told] == HELD
    came = source.splitlines(keepends=True)[heading:]
    lines = text.splitlines(keepends=True)[heading:]
    assert all(line.endswith(came[row - 1]) for line, (row, _) in zip(lines, HELD, strict=True)), (
        "the row is as it came"
    )
    assert ndoo("verify", "out.csv", "--held", "held.csv", *LIST).status == 0


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_held_row_of_columns_says_its_number_and_why(ndoo: Ndoo, tmp_path: Path, suffix: str) -> None:
    table = pa.table({"id": list(range(1, len(CELLS) + 1)), "n": pa.array(CELLS), "ndoo_x": ["a"] * len(CELLS)})
    source, held = tmp_path / f"in.{suffix}", tmp_path / f"held.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, source, row_group_size=4)
    else:
        feather.write_feather(table, source, chunksize=4)

    said = ndoo("uphold", source.name, "-o", f"out.{suffix}", "--held", held.name, *LIST, "--nhs-number", "n")

    assert said.status == 6
    found = pq.read_table(held) if suffix == "parquet" else feather.read_table(held)
    assert found.column_names == ["xndoo_row", "xndoo_reason", "id", "n", "ndoo_x"]
    assert list(zip(found["xndoo_row"].to_pylist(), found["xndoo_reason"].to_pylist(), strict=True)) == HELD
    assert found["id"].to_pylist() == [row for row, _ in HELD]
    manifest = manifest_of(tmp_path / f"out.{suffix}")
    assert manifest["held_rows"] == {"columns": ["xndoo_row", "xndoo_reason"]}
    assert manifest["malformed"] == FINER
    assert ndoo("verify", f"out.{suffix}", "--held", held.name, *LIST).status == 0


def test_numbers_that_are_whole_or_bytes_say_what_they_show(ndoo: Ndoo, tmp_path: Path) -> None:
    whole = pa.array([int(STAY), 12, 123456789], pa.int64())
    pq.write_table(pa.table({"n": whole}), tmp_path / "whole.parquet")
    pq.write_table(pa.table({"n": pa.array([STAY.encode(), b"\xff", b"nan"])}), tmp_path / "bytes.parquet")

    for name, shown in (("whole", {"lost_leading_zero": 1}), ("bytes", {"null_text": 1, "non_digit": 1})):
        assert ndoo("uphold", f"{name}.parquet", "-o", f"{name}.out.parquet", *LIST, "--nhs-number", "n").status == 6
        assert manifest_of(tmp_path / f"{name}.out.parquet")["malformed"] == shown


@pytest.mark.parametrize(("kind", "item"), [(pa.string(), "i"), (pa.large_string(), "q")])
def test_a_number_in_text_that_is_no_utf8_is_held_and_says_what_it_shows(
    ndoo: Ndoo, tmp_path: Path, kind: pa.DataType, item: str
) -> None:
    cells = [STAY.encode(), b"\xa0" + OTHER.encode(), GO.encode(), b"\xe9", OTHER.encode()]
    ends = [sum(map(len, cells[:at])) for at in range(len(cells) + 1)]
    buffers = [None, pa.py_buffer(struct.pack(f"{len(ends)}{item}", *ends)), pa.py_buffer(b"".join(cells))]
    told = pa.Array.from_buffers(kind, len(cells), buffers)
    pq.write_table(pa.table({"nhs_number": told}), tmp_path / "in.parquet")

    assert ndoo("uphold", "in.parquet", "-o", "out.parquet", "--held", "held.parquet", *LIST).status == 6

    assert pq.read_table(tmp_path / "out.parquet")["nhs_number"].to_pylist() == [STAY, OTHER]
    assert pq.read_table(tmp_path / "held.parquet")["ndoo_row"].to_pylist() == [2, 4]
    assert manifest_of(tmp_path / "out.parquet")["malformed"] == {"non_digit": 2}


def test_the_old_reasons_count_as_before_and_the_finer_ones_stand_beside(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(text_of(","))

    said = ndoo("uphold", "in.csv", "-o", "out.csv", *LIST)

    manifest = manifest_of(tmp_path / "out.csv")
    assert manifest["rows"]["held"] == {"missing": 1, "malformed": 5, "check_digit": 1}
    assert manifest["malformed"] == FINER
    assert "held_rows" not in manifest
    assert "malformed: 5 (null_text 1, scientific 1, decimal_tail 1, non_digit 1)" in said.out
    assert ndoo("show", "out.csv", "--to-send", "sent.json").status == 0
    assert "malformed" not in json.loads((tmp_path / "sent.json").read_bytes())


def test_a_second_persons_number_says_what_it_shows(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"n,mother\n{STAY},\n{OTHER},9E9\n{STAY},{OTHER}\n")

    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--held", "h.csv", *LIST, "--nhs-number", "n", "--also", "mother")

    assert said.status == 6
    assert (tmp_path / "h.csv").read_text() == f"ndoo_row,ndoo_reason,n,mother\n2,malformed:scientific,{OTHER},9E9\n"


@pytest.mark.parametrize("end", ["\n", "\r\n\n", "\n" * 70_000], ids=["one", "of_both_systems", "very_many"])
def test_blank_lines_at_the_end_are_no_held_rows(ndoo: Ndoo, tmp_path: Path, end: str) -> None:
    (tmp_path / "in.csv").write_bytes(f"id,n\n1,{STAY}\n\n2,{OTHER}\n{end}".encode())

    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--held", "h.csv", *LIST, "--nhs-number", "n")

    manifest, looked_at = manifest_of(tmp_path / "out.csv"), (1 << 15) - 1
    assert manifest["rows"]["held"] == {"missing": 1 + max(0, len(end) - looked_at)}, "the one among the rows is held"
    assert manifest["input"]["dialect"]["blank_lines_below"] == min(end.count("\n"), looked_at)
    assert (tmp_path / "out.csv").read_text() == f"id,n\n1,{STAY}\n2,{OTHER}\n"
    assert (tmp_path / "h.csv").read_text().startswith("ndoo_row,ndoo_reason,id,n\n2,missing,,\n")
    assert "at the end: not " in said.out
    assert ndoo("verify", "out.csv", "--held", "h.csv", *LIST).status == 0


def test_blank_lines_above_a_footer_are_no_rows_either(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"id,n\n1,{STAY}\n\n\nTotal: 1")

    assert ndoo("uphold", "in.csv", "-o", "out.csv", *LIST, "--nhs-number", "n", "--skip-footer", "1").status == 0
    dialect = manifest_of(tmp_path / "out.csv")["input"]["dialect"]
    assert (dialect["skip_footer"], dialect["blank_lines_below"]) == (1, 2)


def test_a_release_that_keeps_blank_lines_at_its_end_is_still_verified(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.csv").write_text(f"id,n\n1,{STAY}\n\n\n")
    keeping = (*LIST, "--nhs-number", "n", "--undecided", "keep-missing", "--justification", "cluster totals")
    with monkeypatch.context() as older:
        older.setattr("ndoo.upholding.text.delimited.above_blank_lines", lambda text, first, end, cells, *, final: end)
        assert ndoo("uphold", "in.csv", "-o", "out.csv", *keeping).status == 0

    assert (tmp_path / "out.csv").read_text().endswith("\n\n\n")
    assert ndoo("verify", "out.csv", *LIST).status == 0


def test_a_manifest_that_counts_more_finer_reasons_than_rows_does_not_add_up(ndoo: Ndoo, tmp_path: Path) -> None:
    from ndoo.evidence.manifest import ReleaseManifest
    from ndoo.upholding.verify.promises import counted

    (tmp_path / "in.csv").write_text(text_of(","))
    ndoo("uphold", "in.csv", "-o", "out.csv", *LIST)
    manifest = manifest_of(tmp_path / "out.csv")

    assert counted(ReleaseManifest(manifest)).kept
    assert not counted(ReleaseManifest({**manifest, "malformed": {"non_digit": 6}})).kept
    assert not counted(ReleaseManifest({**manifest, "malformed": ["non_digit"]})).kept


@settings(max_examples=50)
@given(st.text(alphabet="a,\n\r", max_size=12), st.booleans())
def test_no_line_with_anything_in_it_is_taken_for_a_blank_end(text: str, final: bool) -> None:
    end = above_blank_lines(text.encode(), 0, len(text), b",", final=final)

    assert not text[end:].strip("\r\n,")
    assert "\r\r" not in text[end:-1]
    if end < len(text):
        assert end == 0 or text[end - 1] == "\n"
        *rows, last = text[end:].replace("\r\n", "\n").split("\n")
        assert all(row in ("", ",") for row in rows)
        assert last in ("", ",", *(() if final else ("\r", ",\r")))


@pytest.mark.parametrize("mark", [",", ";", "\t", "§"])
@pytest.mark.parametrize("end", ["{0}\n{0}\n", "{0}\r\n\r\n{0}", "{0}\n" * 3000], ids=["two", "mixed", "many"])
def test_the_empty_rows_that_a_spreadsheet_leaves_at_the_end_are_no_held_rows(
    mark: str, end: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    """Only whole rows of nothing, at the end: one among the rows is somebody's without a number, one too short is damage."""
    empty = mark * 2
    body = f"id{mark}n{mark}w\n1{mark}{STAY}{mark}\n{empty}\n2{mark}{OTHER}{mark}\n"
    (tmp_path / "in.txt").write_bytes((body + end.format(empty)).encode())

    said = ndoo("uphold", "in.txt", "-o", "out.txt", *LIST, "--nhs-number", "n")

    manifest = manifest_of(tmp_path / "out.txt")
    assert manifest["rows"]["held"] == {"missing": 1}
    assert manifest["input"]["dialect"]["blank_lines_below"] == end.format(empty).rstrip("\n").count("\n") + 1
    assert "at the end: not rows" in said.out
    (tmp_path / "short.txt").write_bytes((body + mark + "\n").encode())
    assert ndoo("uphold", "short.txt", "-o", "s.txt", *LIST, "--nhs-number", "n").status == 3


def test_a_damaged_row_far_above_the_end_is_told_by_its_line(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes behind it is read to its end, because a footer would be told otherwise."""
    monkeypatch.setattr("ndoo.upholding.text.delimited.BLOCK", 1 << 12)
    rows = [f"{at},{STAY}\n" for at in range(200_000)]
    rows[150_000] = "150000\n"
    (tmp_path / "in.csv").write_text("id,n\n" + "".join(rows))

    said = ndoo("uphold", "in.csv", "-o", "out.csv", *LIST, "--nhs-number", "n", "--json")

    assert (said.status, said.json["error"]["code"]) == (3, "row-ragged"), said.told
