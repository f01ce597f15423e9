"""Keeps the verdicts on the rows of each file, packed, for those who write the files.

The list stays in this process: what leaves it says of a row's place whether the row goes, and of nobody who opted out.
"""

from __future__ import annotations

import ctypes
import zlib
from collections.abc import Sequence
from typing import Any

from ndoo.numbers.key_index import KeyCells, U8s
from ndoo.upholding.decision.glimpses import Leaf
from ndoo.upholding.decision.row_decision import Decides

_KEEP, _REMOVE = b"\0", b"\1"
"""Verdicts of the kernel; every other one holds a row."""


class FileVerdicts:
    """The verdicts on the rows of one file, in their order."""

    def __init__(self, rows: int) -> None:
        self.rows = self.missing = rows
        self.kept = self.held = 0
        self._packer = zlib.compressobj(1)
        self._packed: list[bytes] = []

    def add(self, verdicts: bytes) -> None:
        self.missing -= len(verdicts)
        kept = verdicts.count(_KEEP)
        self.kept += kept
        self.held += len(verdicts) - kept - verdicts.count(_REMOVE)
        self._packed.append(self._packer.compress(verdicts))

    def packed(self) -> bytes:
        """All of them; call it once."""
        return b"".join((*self._packed, self._packer.flush()))


class SparkVerdicts:
    """Decides as `deciding` does, and keeps what it decided.

    Args:
        rows: of each file, in the order in which the files are read.
    """

    def __init__(self, deciding: Decides, rows: Sequence[int]) -> None:
        self._deciding = deciding
        self.located, self.glimpsed = deciding.located, deciding.glimpsed
        self.files = [FileVerdicts(count) for count in rows]
        self._at = 0

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None:
        """See `Decides`."""
        self._deciding.locate(cells, stride)

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""
        self._deciding.glimpse(columns)

    def mark(self, marks: U8s) -> None:
        """See `Decides`."""
        self._deciding.mark(marks)

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`. A batch never has rows of two files."""
        self._deciding.decide(person, why, rows, verdict)
        while not self.files[self._at].missing:
            self._at += 1
        self.files[self._at].add(ctypes.string_at(verdict, rows))


def unpacked(verdicts: bytes) -> Any:
    """The verdicts as the kernel writes them."""
    return bytearray(zlib.decompress(verdicts))
