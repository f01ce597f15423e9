"""Reads NUMBERS, which is a list or a table with a column of NHS numbers. Either way it is read twice: to ask, and to write."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from ndoo.checking.numbers_file import GatheredNumbers, blocks, gather
from ndoo.domain.errors import UnfitData
from ndoo.domain.named_file import naming
from ndoo.numbers.kernel import HOLD, address_of, library, uint8s
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice, Watch, choose
from ndoo.upholding.datasets.formats import open_dataset
from ndoo.upholding.datasets.gather_people import Gathering
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.input_files.source import first_bytes
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.text.text_edges import refuse_lines_below

_HEAD = 256


class Sifting(RowDecision):
    """Decides, and keeps the line of everybody who may stay, once, in the order of the input."""

    def __init__(self, against: OptOuts, *, comma: bool) -> None:
        super().__init__(against, 1)
        self.line = 12 if comma else 11
        self.kept: list[bytes] = []
        self._seen = NumberSet()

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `RowDecision`."""
        super().decide(person, why, rows, verdict)
        out = bytearray(12 * rows or 1)
        length = library.ndoo_write(person, verdict, rows, self._seen.address, self.line == 12, address_of(out))
        self.kept.append(bytes(out[:length]))


class Numbers(Protocol):
    """Something that names people."""

    gathered: GatheredNumbers

    def sifted(self, against: OptOuts, held: tuple[int, Path] | None = None) -> Sifting:
        """Read again, against the list. Lines that are held go to the open file `held`, by its handle and its name."""
        ...


class ListFile:
    """One number a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.gathered = gather(path)

    def sifted(self, against: OptOuts, held: tuple[int, Path] | None = None) -> Sifting:
        """See `Numbers`; a comma behind each number if the input has one."""
        sifting = Sifting(against, comma=b"," in first_bytes(self._path, _HEAD).partition(b"\n")[0])
        with ExitStack() as stack:
            sink = stack.enter_context(Sink(held[0], None)) if held else None
            for lines, column in blocks(self._path):
                verdict = uint8s(column.length)
                person, why, given = (ctypes.addressof(cells) for cells in (column.person, column.why, verdict))
                sifting.decide(person, why, column.length, given)
                if sink and (
                    kept := [line for line, out in zip(lines, verdict[: column.length], strict=True) if out >= HOLD]
                ):
                    sink.write(b"\n".join((*kept, b""))).result()
            if sink:
                sink.finish()
        return sifting


class NumbersTable:
    """A column of a dataset in any format that is upheld; other columns are left aside."""

    def __init__(self, path: Path, column: str | None, reading: Reading) -> None:
        self._path, self._column, self._reading = path, column, reading
        gathering = Gathering(1)
        rows = self._stream(gathering)
        self.gathered = GatheredNumbers(gathering.everybody, rows, gathering.count, gathering.without)

    def sifted(self, against: OptOuts, held: tuple[int, Path] | None = None) -> Sifting:
        """See `Numbers`; held rows go out in the format of the table."""
        sifting = Sifting(against, comma=True)
        self._stream(sifting, held)
        return sifting

    def _stream(self, deciding: RowDecision, held: tuple[int, Path] | None = None) -> int:
        with ThreadPoolExecutor(1) as worker, ExitStack() as stack:
            dataset = open_dataset(self._path, self._reading, worker)
            watch = Watch(dataset.names)
            dataset.preview(watch)
            others = [name for name in watch.convincing() if name != self._column] if self._column else []
            chosen = choose(watch, ColumnChoice(self._column, ignored=tuple(others)))
            sink: Any = stack.enter_context(dataset.sink(*held)) if held else None
            met = Watch(dataset.names)
            rows = dataset.stream(chosen, deciding, met, None, sink, lambda _: None).rows
            refuse_lines_below(met.lines_below)
            if sink:
                sink.finish()
            return rows


def opened(path: Path, column: str | None, reading: Reading) -> Numbers:
    """The people of a list, or of a table, which it is where somebody says how it is to be read.

    Raises:
        UsageFault, UnfitData: see `numbers_file.gather` and `columns.choose`.
    """
    with naming(path):
        if column is None and reading == Reading():
            try:
                return ListFile(path)
            except UnfitData as error:
                if error.code not in ("numbers-table", "numbers-not-text"):
                    raise
        return NumbersTable(path, column, reading)
