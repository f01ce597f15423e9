"""What else stands in the rows that were written? Columns that nobody classified are looked through, and each file is digested.

What a file's footer rules out is not read: whole numbers and fractions below ten digits. Text of few values is looked at by its
dictionary, once for each value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ndoo.evidence.manifest import Columns, FileRecord
from ndoo.numbers.column import can_hold_numbers, validate
from ndoo.upholding.columnar import ROWS_AT_ONCE
from ndoo.upholding.columns import Watch, refuse_mentioned, refuse_unclassified
from ndoo.upholding.job import Request
from ndoo.upholding.mentions import Mentions
from ndoo.upholding.parquet_parts import Parts

_LOOK_AT = 2_000
"""Rows of each batch that are evidence on whether a column holds NHS numbers."""
_SMALLEST = 10**9
_NUMBERS = ("INT32", "INT64", "FLOAT", "DOUBLE")


def look_through(parts: Parts, columns: Columns, request: Request) -> dict[str, FileRecord]:
    """The record of each file, by its path in the folder.

    Raises:
        UsageFault: rows that would stay name people in a column that nobody classified.
    """
    names = [
        name for name in parts.names if name not in columns.classified and not _is_time(parts.schema.field(name).type)
    ]
    if not request.somebody_may_go:
        names = []
    watch, records = Watch(names), dict[str, FileRecord]()
    mentions = Mentions(names, (), request.cleaned, request.type1)
    with ThreadPoolExecutor(1) as thread:
        for path, told in zip(parts.files, parts.paths, strict=True):
            digest = thread.submit(_digested, path)
            file = _opened(path, names)
            for batch in _batches(file, names):
                for column, values in zip(batch.schema.names, batch.columns, strict=True):
                    _look(watch, names.index(column), values)
                    mentions.look(column, values)
            sha256, size = digest.result()
            records[told] = FileRecord(told, sha256, size, "parquet", file.metadata.num_rows)
    refuse_unclassified(watch, columns)
    refuse_mentioned(mentions.found)
    return records


def _opened(path: Path, names: Sequence[str]) -> Any:
    """A file whose columns of few values are read as dictionaries, because no value of theirs stands outside one."""
    metadata = pq.read_metadata(path)
    suits: dict[str, bool] = {}
    for chunk in _chunks(metadata):
        only = chunk.physical_type == "BYTE_ARRAY" and chunk.has_dictionary_page and "PLAIN" not in chunk.encodings
        suits[chunk.path_in_schema] = only and suits.get(chunk.path_in_schema, chunk.path_in_schema in names)
    return pq.ParquetFile(path, read_dictionary=[name for name, yes in suits.items() if yes], metadata=metadata)


def _batches(file: Any, names: Sequence[str]) -> Iterator[Any]:
    for group in range(file.metadata.num_row_groups):
        too_small = _too_small(file, group)
        if wanted := [name for name in names if name not in too_small]:
            for batch in file.iter_batches(ROWS_AT_ONCE, row_groups=[group], columns=wanted):
                yield batch.select(wanted)


def _too_small(file: Any, group: int) -> set[str]:
    """The columns of a group of rows that hold no number of ten digits, by the footer."""
    schema, row_group, found = file.schema_arrow, file.metadata.row_group(group), set()
    for at in range(row_group.num_columns):
        chunk = row_group.column(at)
        told, name = chunk.statistics, chunk.path_in_schema
        signed = name in schema.names and not pa.types.is_unsigned_integer(schema.field(name).type)
        if signed and chunk.physical_type in _NUMBERS and told and told.has_min_max and told.max_raw < _SMALLEST:
            found.add(name)
    return found


def _chunks(metadata: Any) -> Iterator[Any]:
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            yield metadata.row_group(group).column(at)


def _is_time(kind: Any) -> bool:
    return bool(pa.types.is_temporal(kind) or pa.types.is_boolean(kind))


def _look(watch: Watch, at: int, values: Any) -> None:
    part = values.slice(0, _LOOK_AT)
    if pa.types.is_float64(part.type):
        part = part.cast(pa.int64(), safe=False)
    if can_hold_numbers(part.type):
        watch.look(at, validate(part).reasons)


def _digested(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
