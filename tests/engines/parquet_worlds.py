"""Made-up Parquet files with columns of words that repeat, as different programs write them; what is somebody's alone who goes bears a mark."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from tests.support.numbers import some

PEOPLE = some(40, seed=77)
GO, STAY = PEOPLE[:12], PEOPLE[12:]
[STRANGER] = some(1, seed=78)
MARK = "onlyofgone"
CODECS = ("none", "snappy", "gzip", "brotli", "lz4", "zstd")
WORDS = ("north", "south", "", "Ward 7", "né à Köln", "x" * 40, "0", "long " * 30)
TELLING = (
    STAY[3],
    STRANGER,
    f"LAB-{STAY[5]}-x",
    f"12{STAY[6]}",
    f"{STAY[7][:3]} {STAY[7][3:6]} {STAY[7][6:]}",
    GO[2][:5],
    GO[2][5:],
)
"""Whole numbers and parts of them, and ten digits that are none."""


@dataclass(frozen=True)
class Made:
    """One file, and the names of its columns."""

    path: Path
    names: list[str]


def made(path: Path, dice: Random, *, telling: bool = False) -> Made:
    """A file by these dice; `telling`: numbers stand in the words too."""
    rows = dice.choice((0, 7, 300, 2000, 2000, 2000))
    crowd = dice.choice((PEOPLE, PEOPLE[9:15], STAY, GO))
    numbers: list[str | None] = [dice.choice(crowd) for _ in range(rows)]
    if dice.random() < 0.4:
        numbers = [
            None if dice.random() < 0.1 else dice.choice((n, n, n, "999", "12 / 7")) if n else n for n in numbers
        ]
    if dice.random() < 0.5:
        numbers.sort(key=lambda n: n or "")
    columns: dict[str, Any] = {"nhs_number": pa.array(numbers, dice.choice((pa.string(), pa.string(), pa.binary())))}
    for at in range(dice.randrange(1, 6)):
        name = dice.choice((f"word {at}", f"place.{at}", "a.b", f"Größe {at}", "nested.list.element"))
        columns[name] = dice.choice(
            (_words, _words, _words, _bytes, _large, _lists, _structs, _categories, _nothing, _odd, _json)
        )(numbers, dice, telling)
    if "a.b" in columns and dice.random() < 0.7:
        columns["a"] = pa.StructArray.from_arrays([_words(numbers, dice, telling)], ["b"])
    columns["at"] = pa.array(range(rows), pa.int32())
    if dice.random() < 0.2:
        columns["when"] = pa.array([10**15] * rows, pa.timestamp("us"))
    names = list(columns)
    dice.shuffle(names)
    fields = [
        pa.field(
            name, columns[name].type, metadata=dice.choice((None, {"unit": name}, {"PARQUET:field_id": str(at + 7)}))
        )
        for at, name in enumerate(names)
    ]
    table = pa.Table.from_arrays(
        [columns[name] for name in names],
        schema=pa.schema(fields, metadata=dice.choice((None, {"origin": "ward", "b": "2"}))),
    )
    _write(path, table, dice)
    return Made(path, names)


def _write(path: Path, table: Any, dice: Random) -> None:
    if dice.random() < 0.2 and "a.b" not in table.column_names and table.num_rows:
        if any(_is_odd(field.type) for field in table.schema):
            table = table.select([field.name for field in table.schema if not _is_odd(field.type)])
        with duckdb.connect() as database:
            database.register("t", table)
            database.execute(f"COPY t TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
        return
    options: dict[str, Any] = {
        "compression": dice.choice(CODECS),
        "store_schema": dice.random() < 0.7,
        "version": dice.choice(("1.0", "2.6")),
        "write_statistics": dice.random() < 0.8,
        "data_page_version": dice.choice(("1.0", "2.0")),
        "use_deprecated_int96_timestamps": dice.random() < 0.5,
    }
    some_only = [name for name in table.column_names if dice.random() < 0.7]
    options["use_dictionary"] = dice.choice((True, True, True, some_only))
    if dice.random() < 0.2:
        options["dictionary_pagesize_limit"] = 64
    if options["use_dictionary"] is True and dice.random() < 0.2:
        options["data_page_size"] = 64
    with pq.ParquetWriter(path, table.schema, **options) as file:
        begin, many, even = 0, dice.choice((200, 700, 2000)), dice.random() < 0.8
        while begin < table.num_rows:
            size = many if even else dice.choice((1, 20, 300, 1000))
            file.write_table(table.slice(begin, size))
            begin += size
            if dice.random() < 0.02:
                file.write_table(table.slice(0, 0))


def _is_odd(kind: Any) -> bool:
    return bool(pa.types.is_null(kind) or pa.types.is_dictionary(kind) or isinstance(kind, pa.BaseExtensionType))


def _of(numbers: list[str | None], dice: Random, telling: bool) -> list[str | None]:
    vocabulary = dice.sample(WORDS, dice.randrange(1, 6))
    if telling:
        vocabulary += dice.sample(TELLING, dice.randrange(3))
    nulls = dice.choice((0, 0, 0.3, 1))
    own = dice.choice((0, 0.3))
    return [
        None
        if dice.random() < nulls
        else f"{MARK}{'abcdefghij'[GO.index(n) % 10]}"
        if n in GO and dice.random() < own
        else dice.choice(vocabulary)
        for n in numbers
    ]


def _words(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return pa.array(_of(numbers, dice, telling), pa.string())


def _bytes(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return _words(numbers, dice, telling).cast(pa.binary())


def _large(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return _words(numbers, dice, telling).cast(dice.choice((pa.large_string(), pa.string_view())))


def _lists(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return pa.array(
        [None if word is None else [word, "beside"] for word in _of(numbers, dice, telling)], pa.list_(pa.string())
    )


def _structs(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return pa.StructArray.from_arrays([_words(numbers, dice, telling)], ["b"])


def _categories(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return _words(numbers, dice, telling).dictionary_encode()


def _nothing(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return pa.nulls(len(numbers), dice.choice((pa.string(), pa.null())))


def _odd(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    """Text that is no UTF-8."""
    cells = [word and word.encode("latin-1") for word in _of(numbers, dice, telling)]
    raw = pa.array(cells, pa.binary())
    return pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())


def _json(numbers: list[str | None], dice: Random, telling: bool) -> Any:
    return pa.ExtensionArray.from_storage(pa.json_(pa.string()), _words(numbers, dice, telling))
