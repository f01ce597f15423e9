"""Columnar files: numbers in lists, structs, maps and dictionaries, in the file's own description, and in damaged files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.columnar import layouts
from ndoo.scanning import columnar_source
from ndoo.scanning.scan_result import ScanVerdict
from tests.support.numbers import some
from tests.unit.scanning.seeing import column, kinds, seen

NUMBERS = some(90)


def stored(folder: Path, table: pa.Table, **options: object) -> Path:
    pq.write_table(table, folder / "in.parquet", **options)
    return folder / "in.parquet"


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (pa.array([[n] for n in NUMBERS]), "x[]"),
        (pa.array([[n] for n in NUMBERS], pa.large_list(pa.string())), "x[]"),
        (pa.array([[n] for n in NUMBERS], pa.list_(pa.string(), 1)), "x[]"),
        (pa.array([{"a": {"b": n}} for n in NUMBERS]), "x.a.b"),
        (pa.array([{"a": [{"b": n}]} for n in NUMBERS]), "x.a[].b"),
        (pa.array([[("k", n)] for n in NUMBERS], pa.map_(pa.string(), pa.string())), "x.value"),
        (pa.array(NUMBERS).dictionary_encode(), "x"),
        (pa.array([int(n) for n in NUMBERS]), "x"),
        (pa.array([float(n) for n in NUMBERS]), "x"),
        (pa.array([n.encode() for n in NUMBERS]), "x"),
        (pa.array([n.encode() for n in NUMBERS], pa.large_binary()), "x"),
        (pa.array([n.encode() for n in NUMBERS], pa.binary(10)), "x"),
        (pa.array([None, *NUMBERS[1:]]), "x"),
    ],
)
def test_a_number_is_seen_wherever_a_type_keeps_it(values: pa.Array, name: str, tmp_path: Path) -> None:
    table = seen(stored(tmp_path, pa.table({"x": values})))
    assert str(column(table, name).kind) == "nhs_number"
    assert table.rows == 90


def test_types_without_a_number_hold_none(tmp_path: Path) -> None:
    other = {
        "f": pa.array([0.5] * 3),
        "n": pa.nulls(3),
        "d": pa.array([1, 2, 3], pa.date32()),
        "t": pa.array([True] * 3),
        "i": pa.array([pa.MonthDayNano([1, 2, 3])] * 3, pa.month_day_nano_interval()),
    }
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), pa.table(other).schema) as writer:
        writer.write_table(pa.table(other))
    assert set(kinds(seen(tmp_path / "in.arrow")).values()) == {"none"}


def test_an_extension_type_is_looked_into(tmp_path: Path) -> None:
    values = pa.ExtensionArray.from_storage(pa.json_(), pa.array([f'{{"id": "{n}"}}' for n in NUMBERS]))
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), pa.schema([("x", values.type)])) as writer:
        writer.write_table(pa.table({"x": values}))
    assert kinds(seen(tmp_path / "in.arrow")) == {"x": "nhs_number"}


def test_a_stream_is_read_and_cannot_show_that_it_is_whole(tmp_path: Path) -> None:
    table = pa.table({"x": NUMBERS})
    with pa.ipc.new_stream(str(tmp_path / "in.arrows"), table.schema) as writer:
        writer.write_table(table)
    found = seen(tmp_path / "in.arrows")
    assert kinds(found) == {"x": "nhs_number"}
    assert found.notes == ("An Arrow stream cannot show that it is whole.",)


def test_the_files_own_description_is_looked_at(tmp_path: Path) -> None:
    named = pa.table({"x": ["a"]}).replace_schema_metadata({"of": f"patient {NUMBERS[0]}"})
    found = seen(stored(tmp_path, named))
    assert kinds(found)[columnar_source.DESCRIPTION] == "nhs_number"
    assert found.verdict is ScanVerdict.UNSURE
    heading = seen(stored(tmp_path, pa.table({f"of {NUMBERS[0]}": ["a"]})))
    assert heading.columns[0].name == "of **********"
    assert "nhs_number" in heading.columns[0].holds


def test_a_damaged_file_is_never_no(tmp_path: Path) -> None:
    path = stored(
        tmp_path, pa.table({"x": [f"word{at}" for at in range(9000)]}), compression="none", use_dictionary=False
    )
    whole = path.read_bytes()
    assert seen(path).verdict is not ScanVerdict.YES
    path.write_bytes(whole[:2000] + bytes(4000) + whole[6000:])
    damaged = seen(path)
    assert damaged.verdict is ScanVerdict.UNSURE
    for content in (whole[:-9], b"PAR1", b"ARROW1\0\0 and no more", b"\xff\xff\xff\xff and no more"):
        path.write_bytes(content)
        assert seen(path).verdict is ScanVerdict.UNSURE


def test_a_table_without_rows_keeps_its_names(tmp_path: Path) -> None:
    found = seen(stored(tmp_path, pa.table({"x": pa.array([], pa.string())})))
    assert (found.rows, kinds(found)) == (0, {"x": "none"})
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), pa.schema([("y", pa.string())])):
        pass
    assert kinds(seen(tmp_path / "in.arrow")) == {"y": "none"}


def test_batches_are_looked_at_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar_source, "ROWS_AT_ONCE", 7)
    assert seen(stored(tmp_path, pa.table({"x": NUMBERS, "y": [[1, 2]] * 90}), row_group_size=20)).rows == 90


def test_a_type_that_nobody_knows_is_said_and_the_file_was_not_seen_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A type that a later version of the library has."""
    monkeypatch.delitem(layouts._BY_ID, pa.float16().id)
    table = pa.table({"x": NUMBERS, "later": pa.array([[1.0]] * 90, pa.list_(pa.float16()))})
    told = seen(stored(tmp_path, table))
    assert kinds(told) == {"x": "nhs_number"}
    assert any("'later'" in note and "not read" in note for note in told.notes)
