"""Refuses a file whose columns would not come out as they went in, before anything is written.

There is no list of types here that somebody has to keep up: a file of no rows is written with the schema and the settings of the
input, and read back. What is not then as it was, as Arrow names it or as Parquet stores it, is refused. Which types may be released
at all is decided in `columnar.layouts`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ndoo.columnar.layouts import refuse_unknown
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.errors import UnfitData
from ndoo.upholding.column_names import listed
from ndoo.upholding.parquet_and_arrow.parquet import ParquetSink
from ndoo.upholding.parquet_and_arrow.parquet_parts import ParquetParts, naming

_SAID_TWICE = [(f"INT{bits}", {"Type": "Int", "bitWidth": bits, "isSigned": True}) for bits in (32, 64)]
"""What a column is anyway that is stored so."""


def refuse_unkept(parts: ParquetParts) -> None:
    """Look at every file, one of each kind.

    Raises:
        UnfitData: a column is of a type that is not released, or would not be of its own type, nullability and metadata.
    """
    seen: list[tuple[Any, ...]] = []
    for path in parts.files:
        with naming(parts.place, path):
            reader = ParquetReader(path)
            kind = (reader.schema, reader.format_version, reader.stores_schema, *map(_stored, reader.leaves))
            if any(_is_same(kind, other) for other in seen):
                continue
            seen.append(kind)
            refuse_unknown(reader.schema)
            if lost := list(_lost(reader, _written_back(reader))):
                raise UnfitData(
                    "type-not-kept",
                    f"What cannot be written back just as it was read: {listed(lost)}. Write it as another type, or leave it out.",
                )


def _is_same(kind: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return kind[0].equals(other[0], check_metadata=True) and kind[1:] == other[1:]


def _written_back(reader: ParquetReader) -> ParquetReader:
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        with ParquetSink.like(file.fileno(), reader) as sink:
            sink.finish()
        return ParquetReader(Path(file.name))


def _lost(before: ParquetReader, after: ParquetReader) -> Iterator[str]:
    """The columns that differ, with their types; or the metadata of the file."""
    for field in before.schema:
        if not field.equals(after.schema.field(field.name), check_metadata=True):
            yield f"{field.name} ({field.type})"
    for old, new in zip(before.leaves, after.leaves, strict=True):
        if _stored(old) != _stored(new):
            yield f"{old.path} ({old.physical_type}, {old.logical_type})"
    if before.schema.metadata != after.schema.metadata:
        yield "the file's metadata"


def _stored(leaf: Any) -> tuple[Any, ...]:
    """How Parquet stores a column. Its levels say which parts may be missing."""
    length = leaf.length if leaf.physical_type == "FIXED_LEN_BYTE_ARRAY" else None
    meant = json.loads(leaf.logical_type.to_json())
    for how_it_was_said in ("is_from_converted_type", "force_set_converted_type"):
        meant.pop(how_it_was_said, None)
    if (leaf.physical_type, meant) in _SAID_TWICE:
        meant = {"Type": "None"}
    return leaf.physical_type, length, meant, leaf.max_definition_level, leaf.max_repetition_level
