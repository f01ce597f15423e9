"""What is NUMBERS: a list, or a table with a column of NHS numbers? Either way it is read twice: to ask, and to write."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from ndoo.checking.numbers_file import Gathered, columns, gather
from ndoo.domain.errors import UnfitData
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.kernel import address_of, library, uint8s
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import Watch, choose
from ndoo.upholding.deciding import Deciding
from ndoo.upholding.dialect import Reading
from ndoo.upholding.formats import open_dataset
from ndoo.upholding.gathering import Gathering
from ndoo.upholding.source import first_bytes

_HEAD = 256


class Sifting(Deciding):
    """Decides, and keeps the line of everybody who may stay, once, in the order of the input."""

    def __init__(self, cleaned: CleanedList, *, comma: bool) -> None:
        super().__init__(cleaned, 1)
        self.line = 12 if comma else 11
        self.kept: list[bytes] = []
        self._seen = NumberSet()

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Deciding`."""
        super().decide(person, why, rows, verdict)
        out = bytearray(12 * rows or 1)
        length = library.ndoo_write(person, verdict, rows, self._seen.address, self.line == 12, address_of(out))
        self.kept.append(bytes(out[:length]))


class Numbers(Protocol):
    """Something that names people."""

    gathered: Gathered

    def sifted(self, cleaned: CleanedList) -> Sifting:
        """Read again, against the list."""
        ...


class List:
    """One number a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.gathered = gather(path)

    def sifted(self, cleaned: CleanedList) -> Sifting:
        """See `Numbers`; a comma behind each number if the input has one."""
        sifting = Sifting(cleaned, comma=b"," in first_bytes(self._path, _HEAD).partition(b"\n")[0])
        for column in columns(self._path):
            verdict = uint8s(column.length)
            person, why, given = (ctypes.addressof(cells) for cells in (column.person, column.why, verdict))
            sifting.decide(person, why, column.length, given)
        return sifting


class Table:
    """A column of a dataset in any format that is upheld; other columns are left aside."""

    def __init__(self, path: Path, column: str | None) -> None:
        self._path, self._column = path, column
        gathering = Gathering(1)
        rows = self._stream(gathering)
        self.gathered = Gathered(gathering.everybody, rows, gathering.count, gathering.without)

    def sifted(self, cleaned: CleanedList) -> Sifting:
        """See `Numbers`."""
        sifting = Sifting(cleaned, comma=True)
        self._stream(sifting)
        return sifting

    def _stream(self, deciding: Deciding) -> int:
        with ThreadPoolExecutor(1) as worker:
            dataset = open_dataset(self._path, Reading(), worker)
            watch = Watch(dataset.names)
            dataset.preview(watch)
            others = [name for name in watch.convincing() if name != self._column] if self._column else []
            chosen = choose(watch, self._column, (), others)
            return dataset.stream(chosen, deciding, Watch(dataset.names), None, None, lambda _: None).rows


def opened(path: Path, column: str | None) -> Numbers:
    """The people of a list or a table.

    Raises:
        UsageFault, UnfitData: see `numbers_file.gather` and `columns.choose`.
    """
    if column is None:
        try:
            return List(path)
        except UnfitData as error:
            if error.code not in ("numbers-table", "numbers-not-text"):
                raise
    return Table(path, column)
