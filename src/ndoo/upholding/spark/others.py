"""What else stands in the rows that were written: columns that nobody classified are looked through, and each file is digested.

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

from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.numbers.column import can_hold_numbers, validate
from ndoo.upholding.columns import Watch, refuse_unclassified
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.parquet_and_arrow.parquet_parts import ParquetParts
from ndoo.upholding.request import FileRequest

_LOOK_AT = 2_000
"""Rows of each batch that are evidence on whether a column holds NHS numbers."""
_SMALLEST = 10**9


def look_through(
    parts: ParquetParts, columns: Columns, request: FileRequest
) -> tuple[dict[str, FileRecord], Sequence[str], Sequence[str]]:
    """The record of each file, by its path in the folder; the columns in which rows that would stay mention somebody withheld; and
    those that hold NHS numbers, whoever's.

    Raises:
        UsageFault: a column that names people was left unclassified.
    """
    names = [
        name for name in parts.names if name not in columns.classified and not _is_time(parts.schema.field(name).type)
    ]
    if not (request.somebody_may_go or request.claims_without_numbers):
        names = []
    watch, records = Watch(names), dict[str, FileRecord]()
    mentions = MentionSearch(names, (), request.opt_outs)
    with ThreadPoolExecutor(1) as thread:
        for path, told in zip(parts.files, parts.paths, strict=True):
            digest = thread.submit(_digested, path)
            file = _opened(path, names)
            for batch in _batches(file, names):
                for column, values in zip(batch.schema.names, batch.columns, strict=True):
                    _look(watch, names.index(column), values)
                    mentions.look(column, values)
            sha256, size = digest.result()
            records[told] = FileRecord(told, sha256, size, "parquet", file.rows)
    if request.somebody_may_go:
        refuse_unclassified(watch, columns)
    return records, mentions.found, mentions.columns_naming(watch.convincing())


def _opened(path: Path, names: Sequence[str]) -> ParquetReader:
    """A file whose columns of few values are read as dictionaries, because no value of theirs stands outside one."""
    file = ParquetReader(path)
    suits: dict[str, bool] = {}
    for group in range(len(file.footer.rows)):
        for chunk in file.footer.group(group):
            only = chunk.physical == "BYTE_ARRAY" and chunk.only_dictionary
            suits[chunk.path] = only and suits.get(chunk.path, chunk.path in names)
    return ParquetReader(path, [name for name, yes in suits.items() if yes])


def _batches(file: ParquetReader, names: Sequence[str]) -> Iterator[Any]:
    for group in range(len(file.footer.rows)):
        too_small = _too_small(file, group)
        if wanted := [name for name in names if name not in too_small]:
            yield from file.group(group, wanted)


def _too_small(file: ParquetReader, group: int) -> set[str]:
    """The columns of a group of rows that hold no number of ten digits, by the footer."""
    found = set()
    for chunk in file.footer.group(group):
        signed = chunk.path in file.schema.names and not pa.types.is_unsigned_integer(
            file.schema.field(chunk.path).type
        )
        if signed and chunk.greatest is not None and chunk.greatest < _SMALLEST:
            found.add(chunk.path)
    return found


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
