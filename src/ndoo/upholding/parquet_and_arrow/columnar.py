"""Columnar files past a cleaned list: values, types, schema and order stay; Parquet and Arrow say only how to read and write.

A piece of rows is read and decided on while the one before it is being written.
"""

from __future__ import annotations

import ctypes
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from ctypes import c_uint8, c_uint32
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import refuse_unknown
from ndoo.columnar.reader import Reader
from ndoo.columnar.shown_rows import ShownRows
from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.numbers.column import can_hold_numbers, validate
from ndoo.numbers.kernel import library, uint8s, uint32s
from ndoo.upholding.column_names import DeclaredNames, refuse_doubles
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.glimpses import leaves_of
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.input_files.source import ByteSource, fingerprint
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.parquet_and_arrow.columnar_keys import key_cells
from ndoo.upholding.parquet_and_arrow.labels import refuse_identifying, refuse_withheld
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.text.held_rows import Finer, HeldRows, finer_reasons, malformed_value

_LOOK_AT_ALL = 200_000
_LOOK_AT = 2_000


def unwritten() -> UnfitData:
    return UnfitData("type-refused", "A column's type cannot be written back as it was read.")


class TakesRows(Protocol):
    """Where chosen rows go."""

    def write(self, rows: ShownRows) -> None: ...


class RowSink(ABC):
    """Takes rows that show nothing but themselves and stores them on a thread of its own; `finish` gives the digest and the size."""

    def __init__(self, handle: int) -> None:
        self._sink = Sink(handle, None)
        self._stream = _Stream(self._sink)
        self._worker = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None
        self._finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.shutdown(cancel_futures=True)
        if not self._finished:  # a writer left open would write its end when it is collected
            self._stream.abandoned = True
            self._guarded(None)
        self._sink.__exit__()

    def write(self, rows: ShownRows) -> None:
        """Take some rows, or none. Raises what went wrong with earlier ones."""
        if rows.batch.num_rows and (piece := self.gathered(rows.batch)) is not None:
            self._submit(piece)

    def finish(self) -> tuple[str, int]:
        """Write what is still waiting, and the end of the file."""
        if (piece := self.gathered(None)) is not None:
            self._submit(piece)
        self._submit(None)
        self._settle()
        self._finished = True
        return self._sink.finish()

    def _submit(self, piece: Any) -> None:
        self._settle()
        self._pending = self._worker.submit(self._guarded, piece)

    def _settle(self) -> None:
        if self._pending is not None:
            self._pending.result()

    def _guarded(self, piece: Any) -> None:
        try:
            self.close() if piece is None else self.store(piece)
            self._stream.settle()
        except NdooError:
            raise
        except OSError as error:
            raise explained(error, "the output") from None
        except pa.ArrowException:
            raise unwritten() from None

    def gathered(self, batch: Any) -> Any:
        """What is to be stored now, given one more batch, or at the end (None); None where it waits for more."""
        return batch

    @abstractmethod
    def store(self, piece: Any) -> None:
        """Write one piece; on the writing thread."""

    @abstractmethod
    def close(self) -> None:
        """Write the end of the file; on the writing thread."""


class _Stream(io.RawIOBase):
    """The sink as a file object, for the writers of Arrow; one write is on its way while the next is made."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._pending: Future[None] | None = None
        self.abandoned = False

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        view = memoryview(piece)
        if self.abandoned:
            return view.nbytes
        self.settle()
        self._pending = self._sink.write(view)
        return view.nbytes

    def settle(self) -> None:
        """Wait for the last write. Raises what went wrong with it."""
        if self._pending is not None and not self.abandoned:
            self._pending.result()


class ColumnarRows(ABC):
    """Rows of named, typed columns, wherever they lie."""

    reader: Reader
    schema: Any
    """The Arrow schema of `batches`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = fingerprint(path).size
        self.schema = self.open()
        self.names = DeclaredNames(self.schema.names)
        refuse_doubles(self.names)
        refuse_identifying(self.schema)
        refuse_unknown(self.schema)

    @abstractmethod
    def open(self) -> Any:
        """Make the `reader`; the Arrow schema of the columns that are wanted of it."""

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """See `Reader.batches`."""
        return self.reader.batches(columns)

    @property
    def crowded(self) -> bool:
        return self.size > 1 << 21

    def preview(self, watch: Watch) -> None:
        """Look at the first rows of every column."""
        for batch in self.batches():
            look_at_columns(watch, batch)
            return

    def decide_rows(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: TakesRows | None,
        held: TakesRows | HeldRows | None,
        progress: Callable[[int], object],
    ) -> int:
        """As `formats.Rows.stream`, but that nothing is digested; how many rows there were."""
        keys = [self.schema.get_field_index(name) for name in columns.keys]
        for field in map(self.schema.field, keys):
            if not can_hold_numbers(field.type):
                raise UnfitData(
                    "column-type",
                    f"The column of NHS numbers {field.name!r} is of the type {field.type}, not text or whole numbers: as it is, digits "
                    "may be lost.",
                )
        for mentions in (watch.mentions, watch.witness and watch.witness.mentions):
            if mentions:
                refuse_withheld(self.schema, mentions)
        read = 0
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as looker:
            looked = looker.submit(lambda: None)
            for batch in _read_ahead(self.batches(), reader):
                look_at_columns(watch, batch)
                if deciding.located:
                    deciding.locate([key_cells(batch.column(name)) for name in deciding.located], len(keys))
                if deciding.glimpsed:
                    deciding.glimpse([leaves_of(batch.column(name)) for name in deciding.glimpsed])
                if watch.holds:
                    deciding.mark(watch.holds.mark(batch.num_rows, partial(_look_at, watch.holds, batch)))
                verdict, finer = _verdicts(batch, keys, deciding)
                watch.malformed.update(finer.values())
                staying = batch
                if kept is not None:
                    rows = chosen_rows(batch, verdict, held=False, renewed=self.reader.own_dictionaries)
                    kept.write(rows)
                    staying = rows.batch
                looked.result()
                looked = looker.submit(_look_once_more, watch, staying)
                if held is not None:
                    shown = chosen_rows(batch, verdict, held=True, renewed=self.reader.own_dictionaries)
                    if isinstance(held, HeldRows):
                        held.tell(shown, read, verdict, finer)
                    held.write(shown)
                read += batch.num_rows
                progress(int(self.reader.read_share * self.size))
            looked.result()
        return read


class Columnar(ColumnarRows):
    """A file of named, typed columns."""

    format: str
    suffixes: tuple[str, ...]

    @abstractmethod
    def room(self, handle: int, before: Sequence[str]) -> RowSink:
        """Room for rows of this file, with columns of these names before its own (`schema_with`)."""

    def sink(self, handle: int, name: Path) -> RowSink:
        """Room for rows of this file."""
        return self.room(handle, ())

    def held_sink(self, handle: int, name: Path) -> HeldRows:
        """See `formats.Dataset`."""
        return HeldRows(self.names, partial(self.room, handle))

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: RowSink | None,
        held: RowSink | HeldRows | None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """As `Delimited.stream`."""
        with (
            ThreadPoolExecutor(1) as digester,
            ThreadPoolExecutor(1) as worker,
            ByteSource(self._path, worker) as source,
        ):
            digest = digester.submit(source.hashed_whole)
            read = self.decide_rows(columns, deciding, watch, kept, held, progress)
            digest.result()
            sha256, stored = source.finish()
        return FileRecord(self._path.name, sha256, stored, self.format, read)

    def recording(self, output: Path, stored: tuple[str, int], rows: int) -> FileRecord:
        """The record of what a sink stored."""
        return FileRecord(output.name, *stored, self.format, rows)


def _read_ahead(batches: Iterator[Any], reader: ThreadPoolExecutor) -> Iterator[Any]:
    """The batches; the next one is read on the thread of `reader` while one is worked on."""
    coming = reader.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = reader.submit(next, batches, None)
        yield batch


def _look_once_more(watch: Watch, staying: Any) -> None:
    """Look at the rows of a batch that stay as whoever verifies a release does, and for numbers in their other cells."""
    if watch.witness:
        watch.witness.take_batch(staying)
    if watch.mentions:
        watch.mentions.batch(staying)


def look_at_columns(watch: Watch, batch: Any) -> None:
    """Gather evidence on every column: from all of the first rows, then from the first of each batch."""
    part = batch.slice(0, _LOOK_AT_ALL if watch.rows < _LOOK_AT_ALL else _LOOK_AT)
    watch.rows += part.num_rows
    if watch.glimpses:
        watch.glimpses.glimpse([leaves_of(column) for column in part.columns])
    for at, column in enumerate(part.columns):
        if pa.types.is_float64(column.type):  # numbers that a blank cell made arithmetic still name people
            column = pc.cast(column, pa.int64(), safe=False)
        if can_hold_numbers(column.type):
            watch.look(at, validate(column).reasons)


def _look_at(mentions: MentionSearch, batch: Any, first: int, end: int) -> None:
    mentions.batch(batch.slice(first, end - first))


def people_of_batch(batch: Any, keys: Sequence[int]) -> tuple[ctypes.Array[c_uint32], ctypes.Array[c_uint8]]:
    """The people of each row by the columns `keys`, and why a cell names nobody; all of a row side by side."""
    rows = batch.num_rows
    answers = [validate(batch.column(key)) for key in keys]
    person, why = (answers[0].person, answers[0].why) if keys else (uint32s(0), uint8s(0))
    if len(keys) > 1:
        person, why = uint32s(rows * len(keys)), uint8s(rows * len(keys))
        for at, answer in enumerate(answers):
            memoryview(person).cast("B").cast("I")[at :: len(keys)] = memoryview(answer.person).cast("B").cast("I")
            memoryview(why).cast("B")[at :: len(keys)] = memoryview(answer.why).cast("B")
    return person, why


def _verdicts(batch: Any, keys: Sequence[int], deciding: Decides) -> tuple[Any, Finer]:
    person, why = people_of_batch(batch, keys)
    rows = batch.num_rows
    verdict = uint8s(rows)
    deciding.decide(ctypes.addressof(person), ctypes.addressof(why), rows, ctypes.addressof(verdict))
    cells = partial(malformed_value, [batch.column(key) for key in keys], why)
    return verdict, finer_reasons(bytes(verdict)[:rows], cells)


def chosen_rows(batch: Any, verdict: Any, *, held: bool, renewed: Collection[str]) -> ShownRows:
    """The rows of a batch that stay, or those that are held, by the verdicts of the kernel. `renewed` is that of `ShownRows`."""
    bits = uint8s(batch.num_rows // 8 + 1)
    library.ndoo_mask(ctypes.addressof(verdict), batch.num_rows, held, ctypes.addressof(bits))
    try:
        return ShownRows(batch, pa.py_buffer(bits), renewed)
    except pa.ArrowException:
        raise unwritten() from None
