"""Where an Arrow file says that its batches lie: checked by itself, before the library of Arrow is asked to read one.

The metadata are FlatBuffers (arrow.apache.org/docs/format/Columnar.html: Message.fbs and File.fbs of format version 1.5). Every place
and length in them is compared with what holds it, and what a packed batch says that it unpacks to is added up, so that a few
kilobytes cannot take all memory.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from ndoo.domain.errors import UnfitData

MAGIC = b"ARROW1"
_END = 10
"""The length of the footer and the magic."""
LARGEST_UNPACKED = 1 << 28
_TIMES = 16
"""However large a batch is, it may unpack to so many times what is stored."""
_DICTIONARY, _BATCH = 2, 3
"""Of the union `MessageHeader`."""
_CONTINUED = 0xFFFFFFFF


class Misplaced(ValueError):
    """Something lies outside of what holds it."""


@dataclass(frozen=True, slots=True)
class IpcMessage:
    """One message of a file: where it begins, and how long its metadata and its body are."""

    offset: int
    metadata: int
    body: int


class IpcLayout:
    """What the footer of an Arrow file says.

    Args:
        file: open for reading, and left open.

    Raises:
        Misplaced: so do its methods.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        end = self._read(self._size - _END, _END)
        length = _number(end, 0, "<i")
        if end[4:] != MAGIC:
            raise Misplaced
        self._footer = self._size - _END - length
        footer = _root(self._read(self._footer, length))
        self.dictionaries, self.batches = self._blocks(footer, 2), self._blocks(footer, 3)

    def _blocks(self, footer: _FlatTable, field: int) -> list[IpcMessage]:
        blocks = [IpcMessage(offset, metadata, body) for offset, metadata, body in footer.structs(field, "<qi4xq")]
        for block in blocks:
            _refuse_outside(block.offset, block.metadata, self._footer)
            _refuse_outside(block.offset + block.metadata, block.body, self._footer)
        return blocks

    def check(self, block: IpcMessage) -> bool:
        """Look at every place and length of one message; is it packed?

        Raises:
            UnfitData: it unpacks to more than is read at once.
        """
        raw = self._read(block.offset, block.metadata)
        message = _root(raw[8:] if _number(raw, 0, "<I") == _CONTINUED else raw[4:])
        header = message.table(2)
        if message.number(1, "<B") == _DICTIONARY:
            header = header.table(1)
        elif message.number(1, "<B") != _BATCH:
            raise Misplaced
        nodes, buffers = header.structs(1, "<qq"), header.structs(2, "<qq")
        if header.number(0, "<q") < 0 or any(not 0 <= nulls <= rows for rows, nulls in nodes):
            raise Misplaced
        for offset, length in buffers:
            _refuse_outside(offset, length, block.body)
        if not header.has(3):
            return False
        body = block.offset + block.metadata
        unpacked = sum(self._unpacked(body + offset, length) for offset, length in buffers if length)
        if unpacked > max(LARGEST_UNPACKED, _TIMES * block.body):
            raise UnfitData(
                "input-batch-large",
                f"A batch of the Arrow file unpacks to {unpacked >> 20:,} megabytes, many times what is stored: it is not read at once. "
                "Write the file in batches of fewer rows.",
            )
        return True

    def _unpacked(self, at: int, length: int) -> int:
        said = _number(self._read(at, 8), 0, "<q")
        if length < 8 or said < -1:
            raise Misplaced
        return length if said == -1 else said

    def _read(self, at: int, length: int) -> bytes:
        _refuse_outside(at, length, self._size)
        self._file.seek(at)
        return self._file.read(length)


class _FlatTable:
    """A table of a FlatBuffer; a field is known by its place in the schema."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self._at = raw, at
        self._fields = at - _number(raw, at, "<i")
        self._length = _number(raw, self._fields, "<H")

    def _place(self, field: int) -> int | None:
        slot = 4 + 2 * field
        moved = _number(self._raw, self._fields + slot, "<H") if slot < self._length else 0
        return self._at + moved if moved else None

    def has(self, field: int) -> bool:
        return self._place(field) is not None

    def number(self, field: int, form: str) -> int:
        """0 where it is left out."""
        place = self._place(field)
        return 0 if place is None else _number(self._raw, place, form)

    def table(self, field: int) -> _FlatTable:
        place = self._place(field)
        if place is None:
            raise Misplaced
        return _FlatTable(self._raw, place + _number(self._raw, place, "<I"))

    def structs(self, field: int, form: str) -> list[tuple[Any, ...]]:
        """A vector of structures, each as the numbers of `form`; empty where it is left out."""
        place = self._place(field)
        if place is None:
            return []
        begin = place + _number(self._raw, place, "<I")
        length = struct.calcsize(form) * _number(self._raw, begin, "<I")
        _refuse_outside(begin + 4, length, len(self._raw))
        return list(struct.iter_unpack(form, self._raw[begin + 4 : begin + 4 + length]))


def _root(raw: bytes) -> _FlatTable:
    return _FlatTable(raw, _number(raw, 0, "<I"))


def _number(raw: bytes, at: int, form: str) -> int:
    _refuse_outside(at, struct.calcsize(form), len(raw))
    return int(struct.unpack_from(form, raw, at)[0])


def _refuse_outside(begin: int, length: int, size: int) -> None:
    if begin < 0 or length < 0 or begin + length > size:
        raise Misplaced
