"""Parquet, in batches whose size is known before they are decoded.

A footer says how many bytes a column's pages are, not how many its values are once each is written out: a word of 16 kilobytes in a
dictionary may stand in every row. So before a group of rows is read, the longest word of each dictionary is looked up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ndoo.columnar.faults import damaged
from ndoo.columnar.layouts import Layout, layout_of, within
from ndoo.columnar.parquet_footer import DELTA_BYTE_ARRAY, ColumnChunk, Footer, GroupMark, footer_bytes
from ndoo.columnar.reader import Reader
from ndoo.columnar.sizes import BYTES_AT_ONCE, ROWS_AT_ONCE, gathered, lengths
from ndoo.domain.errors import UnfitData

AT_WORST = 1 << 24
"""Bytes of a batch if every row had the longest word of its dictionary."""
LONGEST_ROW = 1 << 28
_ROWS_OF_DELTAS = 1 << 9
"""Rows decoded at once where values are written as what they add to the one before: nothing says how long they are."""
_ROWS_FOR_ITEMS = 1 << 13
_WORDS = (pa.string(), pa.binary())
_SMALL = 4
"""Bytes a value, places and dictionary together: less than most words have."""
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 12, "FLOAT": 4, "DOUBLE": 8, "BYTE_ARRAY": 4}
_TEXTS = frozenset(("NONE", "STRING", "ENUM", "JSON", "BSON"))


class ParquetReader(Reader):
    """A Parquet file. See `Reader`.

    Args:
        dictionaries: columns of text that are wanted as dictionaries of their values.
        coarse: timestamps of 96 bits are read as microseconds: as nanoseconds, in 64 bits, the years before 1678 and after 2261 are others.
    """

    footer: Footer
    format_version: str
    stores_schema: bool
    """Its writer put the Arrow schema beside that of Parquet."""

    def __init__(self, path: Path, dictionaries: Sequence[str] = (), *, coarse: bool = False) -> None:
        self._dictionaries = list(dictionaries)
        self._unit = "us" if coarse else None
        super().__init__(path)

    def _open(self) -> Any:
        raw = footer_bytes(self._path)
        self._file = self._opened(self._dictionaries)
        leaves = self.leaves
        self.footer = Footer(raw, [leaf.path for leaf in leaves])
        self._lengths = {leaf.path: int(leaf.length) for leaf in leaves}
        self._texts = {
            leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY" and leaf.logical_type.type in _TEXTS
        }
        told = self._file.metadata
        if told.num_rows != self.rows:
            raise damaged()
        self.format_version = str(told.format_version)
        self.stores_schema = b"ARROW:schema" in (told.metadata or {})
        schema = self._file.schema_arrow
        self.own_dictionaries = frozenset(
            field.name
            for field in schema
            if field.name in self._dictionaries and layout_of(field.type) is Layout.DICTIONARY
        )
        return schema

    def _opened(self, dictionaries: Sequence[str]) -> Any:
        footer = self._file.metadata if hasattr(self, "_file") else None
        return pq.ParquetFile(
            self._path,
            pre_buffer=False,
            buffer_size=1 << 20,
            read_dictionary=list(dictionaries),
            metadata=footer,
            coerce_int96_timestamp_unit=self._unit,
        )

    def by_dictionaries(self) -> ParquetReader:
        """A reader of the same file that gives columns of text whose values stand in small dictionaries as these; itself where none is.

        Rows are then chosen, searched and written by their places, and each value is touched once.
        """
        words = self._words()
        return ParquetReader(self._path, words, coarse=self._unit is not None) if words else self

    def _words(self) -> list[str]:
        """The columns of text that stand in small dictionaries in every group. A path that leads to two columns leads to none."""
        paths = Counter(leaf.path for leaf in self.leaves)
        names = {field.name for field in self.schema if field.type in _WORDS and paths[field.name] == 1}
        for at in range(len(self.footer.rows)):
            names -= {
                one.path
                for one in self.footer.group(at)
                if not one.only_dictionary or one.unpacked >= _SMALL * one.values
            }
        return [name for name in self.schema.names if name in names and self.footer.rows]

    @property
    def rows(self) -> int:
        return sum(self.footer.rows)

    @property
    def only_points_elsewhere(self) -> bool:
        """Has it no rows of its own, as a common footer that only says where those of other files lie?"""
        groups = [self._file.metadata.row_group(at) for at in range(len(self.footer.rows))]
        return all(group.column(at).file_path for group in groups for at in range(group.num_columns))

    @property
    def leaves(self) -> list[Any]:
        """How Parquet stores each column, nested ones too: `path`, `physical_type`, `logical_type`, `converted_type`."""
        return [self._file.schema.column(at) for at in range(len(self._file.schema))]

    def group(self, at: int, columns: Sequence[str]) -> Iterator[Any]:
        """As `batches`, of one group of rows."""
        return self._sound(self._group(at, columns), columns)

    def _validate(self, batch: Any) -> None:
        """What the library decoded lies as it laid it; only places in dictionaries are taken over from the file."""
        batch.validate()
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if name in self.own_dictionaries:  # as text they may be no UTF-8 either
                _validate_places(column)
            elif any(layout_of(part) is Layout.DICTIONARY for part in within(column.type)):
                column.validate(full=True)

    def _batches(self, columns: Sequence[str] | None) -> Iterator[Any]:
        rows, come = self.rows, 0
        for at in range(len(self.footer.rows)):
            for batch in self._group(at, columns):
                come += batch.num_rows
                self._come = come / max(rows, 1)
                yield batch

    def _group(self, at: int, columns: Sequence[str] | None) -> Iterator[Any]:
        chunks = self.footer.group(at)
        if columns is not None:
            chunks = [chunk for chunk in chunks if any(f"{chunk.path}.".startswith(f"{name}.") for name in columns)]
        wanted, usual = None if columns is None else list(columns), self._rows_by_width(at, chunks)
        rows = self._rows_at_worst(at, chunks, usual)
        # a few rows at once would each time come with the whole of their dictionaries
        file = self._file if rows == usual else self._opened(())
        batches = file.iter_batches(rows, row_groups=[at], columns=wanted, use_threads=False)
        if rows < usual:
            batches = map(self._encoded, gathered(batches, usual, BYTES_AT_ONCE))
        missing = self.footer.rows[at]
        for batch in batches:
            missing -= batch.num_rows
            yield batch
        if missing:  # the library ends a group where the first of its columns ends
            raise damaged()

    def _encoded(self, batch: Any) -> Any:
        """The batch with the columns that are wanted as dictionaries as such."""
        for name in self.own_dictionaries.intersection(batch.schema.names):
            at, field = batch.schema.get_field_index(name), batch.schema.field(name)
            column = batch.column(at).dictionary_encode()
            batch = batch.set_column(at, field.with_type(column.type), column)
        return batch

    def _rows_by_width(self, group: int, chunks: Sequence[ColumnChunk]) -> int:
        """Rows of a batch, as far as the footer tells how long they are."""
        a_row = sum(max(c.unpacked, c.values * self._width(c)) for c in chunks) // max(self.footer.rows[group], 1) + 1
        if a_row > LONGEST_ROW:
            raise UnfitData(
                "input-row-long",
                f"The rows of the input are longer than {LONGEST_ROW >> 20} megabytes each, or it is damaged. Store long documents "
                "elsewhere.",
            )
        return max(1, min(ROWS_AT_ONCE, BYTES_AT_ONCE // a_row))

    def _rows_at_worst(self, group: int, chunks: Sequence[ColumnChunk], usual: int) -> int:
        """Rows that are decoded at once, at most `usual`, so that they have room also where each has the longest words."""
        if any(chunk.encodings & DELTA_BYTE_ARRAY for chunk in chunks):
            usual = min(usual, _ROWS_OF_DELTAS)
        rows = max(self.footer.rows[group], 1)
        words = [
            chunk
            for chunk in chunks
            if chunk.path in self._texts
            and GroupMark.DICTIONARY in chunk.marks
            and usual * chunk.values * chunk.unpacked > AT_WORST * rows
        ]
        return max(1, min(usual, AT_WORST * rows // (self._at_worst(group, words) + 1)))

    def _width(self, chunk: ColumnChunk) -> int:
        return _WIDTHS.get(chunk.physical) or self._lengths[chunk.path]

    def _at_worst(self, group: int, words: Sequence[ColumnChunk]) -> int:
        """The bytes of these columns of text in a group, if every value were the longest of its dictionary."""
        if not words:
            return 0
        longest = {chunk.path: 0 for chunk in words}
        file = self._opened([*longest])
        flat = [path for path in longest if path in self.schema.names]
        for batch in islice(file.iter_batches(1, row_groups=[group], columns=flat, use_threads=False), 1):
            columns = zip(batch.schema.names, batch.columns, strict=True)
            longest |= {name: _longest(column) or 0 for name, column in columns}
        for path in longest.keys() - {*flat}:  # its first rows may have no item, and then no dictionary is read
            found = (
                _longest(batch.column(0))
                for batch in file.iter_batches(_ROWS_FOR_ITEMS, row_groups=[group], columns=[path], use_threads=False)
            )
            longest[path] = next(filter(None, found), 0)
        return sum(chunk.values * longest[chunk.path] for chunk in words)


def _validate_places(column: Any) -> None:
    """Raises pa.ArrowInvalid where a row of a dictionary's array has a place that is not there."""
    least, greatest = pc.min_max(column.indices).as_py().values()
    if least is not None and not 0 <= least <= greatest < len(column.dictionary):
        raise pa.ArrowInvalid("a place that is not there")


def _longest(array: Any) -> int | None:
    """The length of the longest word of the dictionary in an array; None where there is none yet."""
    match layout_of(array.type):
        case Layout.EXTENSION:
            return _longest(array.storage)
        case Layout.DICTIONARY:
            longest: int | None = pc.max(lengths(array.dictionary)).as_py()
            return longest
        case Layout.STRUCT:
            inner = [array.field(at) for at in range(array.type.num_fields)]
        case Layout.LIST | Layout.LIST_VIEW | Layout.FIXED_LIST | Layout.MAP:
            inner = [array.values]
        case _:
            return None
    return max(filter(None, map(_longest, inner)), default=None)
