"""Words that rows share come as the dictionaries in which they stand: where nothing else stands there, as they are, and within the same bounds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.columnar import parquet_reader, sizes
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.errors import UnfitData

ROWS = 3000
AT = pa.array(range(ROWS), pa.int32())
WORDS = pa.array(["mild", "moderate", None] * (ROWS // 3))


def _reader(tmp_path: Path, table: Any, **options: Any) -> ParquetReader:
    pq.write_table(table, tmp_path / "in.parquet", **options)
    return ParquetReader(tmp_path / "in.parquet")


def _own(tmp_path: Path, table: Any, **options: Any) -> set[str]:
    return {*_reader(tmp_path, table, **options).by_dictionaries().own_dictionaries}


@pytest.mark.parametrize("name", ["word", "a.b", "word.list.element"])
@pytest.mark.parametrize("kind", [pa.string(), pa.binary()], ids=str)
def test_text_and_bytes_of_few_values_come_as_dictionaries(kind: Any, name: str, tmp_path: Path) -> None:
    table = pa.table({"at": AT, name: WORDS.cast(kind)}).replace_schema_metadata({"origin": "ward"})
    reader = _reader(tmp_path, table, row_group_size=1000)
    shared = reader.by_dictionaries()
    assert shared.schema.field(name).type == pa.dictionary(pa.int32(), kind)
    assert shared.schema.metadata == reader.schema.metadata
    assert [row for batch in shared.batches() for row in batch.to_pylist()] == table.to_pylist()


KINDS = {
    "large": WORDS.cast(pa.large_string()),
    "views": WORDS.cast(pa.string_view()),
    "json": pa.ExtensionArray.from_storage(pa.json_(pa.string()), WORDS),
    "list": pa.array([["mild"], ["moderate"], None] * (ROWS // 3)),
    "struct": pa.StructArray.from_arrays([WORDS], ["element"]),
    "category": WORDS.dictionary_encode(),
    "numbers": AT,
    "each its own": pa.array([f"word {at}" for at in range(ROWS)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_text_of_few_values_comes_as_it_is(kind: str, tmp_path: Path) -> None:
    reader = _reader(tmp_path, pa.table({"x": KINDS[kind]}))
    assert reader.by_dictionaries() is reader


@pytest.mark.parametrize(("kind", "comes"), [("json", False), ("large", True), ("views", True), ("category", True)])
def test_what_is_asked_for_as_a_dictionary_may_come_as_it_is(kind: str, comes: bool, tmp_path: Path) -> None:
    """The library keeps an extension's type, whatever it was asked for."""
    table = pa.table({"x": KINDS[kind]})
    pq.write_table(table, tmp_path / "in.parquet")
    reader = ParquetReader(tmp_path / "in.parquet", ["x"])
    assert ("x" in reader.own_dictionaries) is comes
    assert [row for batch in reader.batches() for row in batch.to_pylist()] == table.to_pylist()


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": False},
        {"use_dictionary": ["at"]},
        {"row_group_size": 1000, "dictionary_pagesize_limit": 400, "write_batch_size": 100},
    ],
    ids=["none", "another", "in one group too many values"],
)
def test_words_outside_of_dictionaries_come_as_they_are(options: dict[str, Any], tmp_path: Path) -> None:
    """The last group has so many values that its writer went on without the dictionary; most rows have none, and are short."""
    few = ["mild"] * 200 + [None] * 2500 + [f"w{at}" for at in range(300)]
    assert _own(tmp_path, pa.table({"at": AT, "x": few})) == {"x"}
    assert _own(tmp_path, pa.table({"at": AT, "x": few}), **options) == set()


def test_a_file_without_rows_has_no_dictionaries(tmp_path: Path) -> None:
    assert _own(tmp_path, pa.table({"x": WORDS}).slice(0, 0)) == set()
    with pq.ParquetWriter(tmp_path / "in.parquet", pa.schema([("x", pa.string())])):
        pass
    reader = ParquetReader(tmp_path / "in.parquet")
    assert reader.footer.rows == []
    assert reader.by_dictionaries() is reader


@pytest.mark.parametrize("turned", [False, True])
def test_a_path_that_leads_to_two_columns_leads_to_neither(turned: bool, tmp_path: Path) -> None:
    """By it the library makes the one a dictionary, or the other, whose type then is another than was looked at."""
    columns = {"a.b": WORDS, "a": pa.StructArray.from_arrays([WORDS], ["b"]), "other": WORDS}
    names = sorted(columns, reverse=turned)
    assert _own(tmp_path, pa.table({name: columns[name] for name in names})) == {"other"}


def test_old_timestamps_stay_in_their_unit(tmp_path: Path) -> None:
    table = pa.table({"when": pa.array([253402214400000000] * ROWS, pa.timestamp("us")), "x": WORDS})
    pq.write_table(table, tmp_path / "in.parquet", use_deprecated_int96_timestamps=True, store_schema=False)
    shared = ParquetReader(tmp_path / "in.parquet", coarse=True).by_dictionaries()
    assert shared.own_dictionaries == {"x"}
    assert next(shared.batches()).column("when")[0].as_py().year == 9999


def test_words_that_are_no_utf_8_come_as_they_are(tmp_path: Path) -> None:
    raw = pa.array([b"K\xf6ln", b"Bonn"] * (ROWS // 2))
    odd = pa.Array.from_buffers(pa.string(), ROWS, raw.buffers())
    shared = _reader(tmp_path, pa.table({"x": odd})).by_dictionaries()
    assert shared.own_dictionaries == {"x"}
    (batch,) = shared.batches()
    assert batch.column(0).dictionary.cast(pa.binary()).to_pylist() == [b"K\xf6ln", b"Bonn"]


@pytest.mark.parametrize("words", [[None] * ROWS, [None] * (ROWS - 1) + ["mild"]])
def test_places_of_nulls_are_none(words: list[str | None], tmp_path: Path) -> None:
    shared = _reader(tmp_path, pa.table({"x": pa.array(words, pa.string())})).by_dictionaries()
    assert shared.own_dictionaries == {"x"}
    assert [value for batch in shared.batches() for value in batch.column(0).to_pylist()] == words


def test_a_place_that_is_not_there_is_damage(tmp_path: Path) -> None:
    """The last thousand rows say the fourth of three values."""
    words = [word for word in ("mild", "moderate", "severe") for _ in range(1000)]
    held = io.BytesIO()
    field = pa.field("x", pa.string(), nullable=False)
    pq.write_table(pa.table([words], schema=pa.schema([field])), held, compression="none")
    run = b"\xd0\x0f"  # a thousand times the same place
    before, _, after = held.getvalue().rpartition(run + b"\x02")
    (tmp_path / "in.parquet").write_bytes(before + run + b"\x03" + after)
    reader = ParquetReader(tmp_path / "in.parquet")
    shared = reader.by_dictionaries()
    assert shared.own_dictionaries == {"x"}
    for one in (reader, shared):
        with pytest.raises(UnfitData) as refused:
            list(one.batches())
        assert refused.value.code == "input-damaged"


def test_a_few_rows_at_once_do_not_come_with_all_of_a_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One word is so long that one row is decoded at once: three thousand times the dictionary would be a gigabyte."""
    monkeypatch.setattr(parquet_reader, "AT_WORST", 1 << 9)
    monkeypatch.setattr(parquet_reader, "_SMALL", 1 << 8)
    decoded: list[int] = []
    gathering = sizes.gathered

    def weighed(batches: Iterator[Any], rows: int, most: int) -> Iterator[Any]:
        def each() -> Iterator[Any]:
            for batch in batches:
                decoded.append(batch.nbytes)
                yield batch

        return gathering(each(), rows, most)

    monkeypatch.setattr(parquet_reader, "gathered", weighed)
    words = [*["mild", "moderate"] * (ROWS // 2 - 1), "w" * 300_000, None]
    shared = _reader(tmp_path, pa.table({"at": AT, "x": words, "y": WORDS})).by_dictionaries()
    assert shared.own_dictionaries == {"x", "y"}
    batches = list(shared.batches())
    assert len(decoded) == ROWS
    assert sum(decoded) < 1_000_000
    assert {batch.schema for batch in batches} == {shared.schema.remove_metadata()}
    assert [value for batch in batches for value in batch.column("x").to_pylist()] == words
    assert [value for batch in shared.batches(["x"]) for value in batch.column(0).to_pylist()] == words
