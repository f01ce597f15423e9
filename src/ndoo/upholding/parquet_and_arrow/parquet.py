"""Reads Parquet, and writes it back with its schema, metadata, compression and encodings."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ndoo.columnar.layouts import Layout, layout_of, type_refused, within
from ndoo.columnar.parquet_footer import GroupMark
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.columnar.shown_rows import schema_with
from ndoo.upholding.parquet_and_arrow.columnar import Columnar, RowSink, unwritten
from ndoo.upholding.parquet_and_arrow.old_timestamps import exact_reader

_GROUP_ROWS = 1 << 20
_GROUP_BYTES = 3 << 25
_OF_ARROW = b"ARROW:schema"
"""The name under which the library stores the schema of Arrow, in base64."""


class Parquet(Columnar):
    """A Parquet file."""

    format = "parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq", ".parq")

    _is_exact = False

    def open(self) -> Any:
        self.reader: ParquetReader = ParquetReader(self._path)
        return self.reader.schema

    def room(self, handle: int, before: Sequence[str]) -> RowSink:
        if not self._is_exact:
            exact = exact_reader(self._path, self.reader)
            self.reader, self.schema, self._is_exact = exact.by_dictionaries(), exact.schema, True
        return ParquetSink.like(handle, self.reader, before, told=self.schema)


class ParquetSink(RowSink):
    """Writes groups of rows, up to a bound on memory.

    Args:
        schema: of the rows.
        group_rows: the most rows of a group.
        metadata: what is said of the file besides what the library writes of its own.
        settings: how the library writes it.
    """

    def __init__(
        self,
        handle: int,
        schema: Any,
        *,
        group_rows: int = _GROUP_ROWS,
        metadata: Mapping[bytes, bytes] | None = None,
        settings: Mapping[str, Any],
    ) -> None:
        super().__init__(handle)
        self._schema = schema
        self._rows_a_group = min(group_rows, _GROUP_ROWS)
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0
        self._metadata = metadata
        self._writer = pq.ParquetWriter(self._stream, schema, **settings)

    @classmethod
    def like(cls, handle: int, file: ParquetReader, before: Sequence[str] = (), *, told: Any = None) -> Self:
        """One whose schema, settings and groups of rows are those of a file.

        Args:
            before: columns that stand before its own, see `schema_with`.
            told: the schema that a reader is told of, where rows come as dictionaries of what it says.
        """
        rows, told = schema_with(before, file.schema), schema_with(before, told or file.schema)
        is_own = rows.equals(told)
        metadata = {} if file.stores_schema and is_own else dict(told.metadata or {})
        if file.stores_schema and not is_own:
            metadata[_OF_ARROW] = base64.b64encode(told.serialize())
        return cls(
            handle,
            rows,
            group_rows=max(file.footer.rows, default=_GROUP_ROWS) or _GROUP_ROWS,
            metadata=metadata,
            settings={**_written_like(file), "store_schema": file.stores_schema and is_own},
        )

    def gathered(self, batch: Any) -> Any:
        if batch is not None:
            self._waiting.append(batch)
            self._rows += batch.num_rows
            self._bytes += batch.nbytes
            if self._rows < self._rows_a_group and self._bytes < _GROUP_BYTES:
                return None
        if not self._rows:
            return None
        try:
            table = pa.Table.from_batches(self._waiting, self._schema).unify_dictionaries()
        except pa.ArrowException:
            raise unwritten() from None
        self._waiting, self._rows, self._bytes = [], 0, 0
        return table

    def store(self, piece: Any) -> None:
        try:
            self._writer.write_table(piece, row_group_size=piece.num_rows)
        except pa.ArrowException:
            for field in piece.schema:
                if not _is_written(piece.select([field.name])):
                    raise type_refused(field.name, field.type) from None
            raise
        pa.default_memory_pool().release_unused()  # it would keep what a group of rows took, as if for the next

    def close(self) -> None:
        if self._metadata:  # the library leaves it out where it does not store the schema of Arrow
            self._writer.add_key_value_metadata(self._metadata)
        self._writer.close()


def _written_like(file: ParquetReader) -> dict[str, Any]:
    """Writer settings that the input's footer shows."""
    settings: dict[str, Any] = {
        "version": "1.0" if file.format_version == "1.0" and not _is_younger(file.schema) else "2.6",
        "use_compliant_nested_type": all(name == "element" for name in _names_of_items(file.schema)),
    }
    if file.footer.rows and (columns := file.footer.group(0)):
        settings["compression"] = {c.path: c.codec for c in columns}
        settings["use_dictionary"] = [c.path for c in columns if GroupMark.DICTIONARY in c.marks]
        settings["write_statistics"] = [c.path for c in columns if GroupMark.STATISTICS in c.marks]
        settings["use_deprecated_int96_timestamps"] = any(c.physical == "INT96" for c in columns)
        settings["store_decimal_as_integer"] = any(
            leaf.logical_type.type == "DECIMAL" and leaf.physical_type in ("INT32", "INT64") for leaf in file.leaves
        )
    return settings


def _is_written(column: Any) -> bool:
    try:
        pq.write_table(column, pa.BufferOutputStream())
    except pa.ArrowException:
        return False
    return True


def _is_younger(schema: Any) -> bool:
    """Has it types that version 1.0 of the format writes as others? Files whose footer says 1.0 may have them: it is what many write."""
    return any(
        part == pa.uint32() or (pa.types.is_temporal(part) and getattr(part, "unit", None) == "ns")
        for field in schema
        for part in within(field.type)
    )


def _names_of_items(schema: Any) -> Iterator[str]:
    """What the items of lists are called: older writers say `item`, `array` or `array_element`."""
    lists = (Layout.LIST, Layout.LIST_VIEW, Layout.FIXED_LIST)
    for field in schema:
        yield from (part.field(0).name for part in within(field.type) if layout_of(part) in lists)
