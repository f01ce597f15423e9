"""What a Parquet file says of its groups of rows, read by ourselves.

The library of Parquet reads the same, but asked for a column's description that cannot be, or is encrypted, it ends the process.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path

from ndoo.columnar.faults import damaged, encrypted
from ndoo.numbers.columnar_kernel import Chunk, FooterCounts, RowGroup, library

_ENDS = struct.Struct("<I4s")
MAGIC, ENCRYPTED = b"PAR1", b"PARE"
PHYSICAL = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_CODECS = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4")
_NUMBERS = {"INT32": "<i", "INT64": "<q", "FLOAT": "<f", "DOUBLE": "<d"}
PLAIN, DELTA_BYTE_ARRAY = 1 << 0, 1 << 7
"""Encodings, as bits."""


class GroupMark(IntFlag):
    """What else is known of a column of a group."""

    DICTIONARY = 1
    STATISTICS = 2
    PAGE_COUNTS = 4
    PLAIN_PAGES = 8


@dataclass(frozen=True, slots=True)
class ColumnChunk:
    """One column of one group of rows."""

    path: str
    """The names that lead to it, with points between."""
    physical: str
    codec: str
    values: int
    unpacked: int
    """The bytes of its pages, unpacked."""
    encodings: int
    marks: GroupMark
    greatest: float | None
    """The greatest number in it, where the file says so."""

    @property
    def only_dictionary(self) -> bool:
        """Does no value stand outside of its dictionary?"""
        plain = self.marks & GroupMark.PLAIN_PAGES if self.marks & GroupMark.PAGE_COUNTS else self.encodings & PLAIN
        return GroupMark.DICTIONARY in self.marks and not plain


class Footer:
    """The groups of rows of a Parquet file.

    Args:
        paths: of its columns, in their order.

    Raises:
        UnfitData: the file is cut off, encrypted, or no Parquet.
    """

    def __init__(self, raw: bytes, paths: Sequence[str]) -> None:
        self._raw, self._paths = raw, paths
        told = FooterCounts()
        if not library().ndoo_parquet_footer(raw, len(raw), None, None, byref(told)):
            raise damaged()
        if told.encrypted:
            raise encrypted()
        groups, chunks = (RowGroup * max(told.groups, 1))(), (Chunk * max(told.chunks, 1))()
        library().ndoo_parquet_footer(raw, len(raw), groups, chunks, byref(told))
        self.rows = [int(group.rows) for group in groups[: told.groups]]
        """How many each group has."""
        self._chunks = chunks
        if any(rows < 0 for rows in self.rows) or any(g.chunks != len(paths) for g in groups[: told.groups]):
            raise damaged()

    def group(self, at: int) -> list[ColumnChunk]:
        """The columns of one group."""
        begin = at * len(self._paths)
        found = self._chunks[begin : begin + len(self._paths)]
        return [self._column(path, chunk) for path, chunk in zip(self._paths, found, strict=True)]

    def _column(self, path: str, chunk: Chunk) -> ColumnChunk:
        if chunk.type >= len(PHYSICAL) or chunk.codec >= len(_CODECS):
            raise damaged()
        physical = PHYSICAL[chunk.type]
        form, greatest = _NUMBERS.get(physical), None
        if form and chunk.max_length == struct.calcsize(form):
            (greatest,) = struct.unpack_from(form, self._raw, chunk.max_at)
        return ColumnChunk(
            path,
            physical,
            _CODECS[chunk.codec],
            max(chunk.values, 0),
            max(chunk.unpacked, 0),
            chunk.encodings,
            GroupMark(chunk.marks),
            greatest,
        )


def footer_bytes(path: Path) -> bytes:
    """The footer of a file, as it is stored.

    Raises:
        UnfitData: the file is encrypted, cut off or no Parquet. OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _ENDS.size, 0))
        end = file.read(_ENDS.size)
        if end[4:] == ENCRYPTED:
            raise encrypted()
        if end[4:] != MAGIC:
            raise damaged()
        (length, _) = _ENDS.unpack(end)
        if length > size - _ENDS.size - len(MAGIC):
            raise damaged()
        file.seek(size - _ENDS.size - length)
        return file.read(length)
