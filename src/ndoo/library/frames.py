"""The kinds of frame that are upheld in memory, each as Arrow and back again; a frame of any other kind is refused.

No library of frames is imported here unless the frame that was given came from it.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, layout_of, within
from ndoo.domain.errors import UnfitData, UsageFault

_NESTED = frozenset((Layout.LIST, Layout.LIST_VIEW, Layout.FIXED_LIST, Layout.STRUCT, Layout.MAP, Layout.UNION))


class FrameKind(ABC):
    """One kind of frame."""

    @abstractmethod
    def recognises(self, frame: Any) -> bool:
        """Is this such a frame?"""

    @abstractmethod
    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        """Its columns, names, types and rows; its index too where it has one.

        Raises:
            UnfitData: a column cannot be said in Arrow.
        """

    @abstractmethod
    def back(self, table: pa.Table, frame: Any) -> Any:
        """The rows of `table` as a frame of the same kind as `frame` and with its types."""


class PandasFrame(FrameKind):
    """A `pandas.DataFrame`. Its index comes back with it; in columns of objects what is missing comes back as None."""

    def recognises(self, frame: Any) -> bool:
        return _is_a(frame, "pandas", "DataFrame")

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        if not frame.columns.is_unique:
            raise UnfitData("columns-doubled", "Two columns of the frame have the same name. Rename one.")
        for name in frame.columns:
            try:
                pa.Array.from_pandas(frame[name])
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                raise _unsaid(name) from None
        try:
            return pa.Table.from_pandas(frame, preserve_index=True).to_reader()
        except (pa.ArrowException, TypeError, ValueError):
            raise _unsaid("the index") from None

    def back(self, table: pa.Table, frame: Any) -> Any:
        columns = [_without_missing_category(column) for column in table.columns]
        whole = pa.table(columns, table.schema).to_pandas(integer_object_nulls=True)
        for at, (name, kind) in enumerate(frame.dtypes.items()):
            column = whole[name]
            if kind.kind == "O" and layout_of(table.schema.field(at).type) in _NESTED:
                whole[name] = type(column)(table.column(at).to_pylist(), index=column.index, dtype=object, name=name)
            elif column.dtype != kind and str(kind) != "category":  # of a category, only what is kept is listed
                whole[name] = column.astype(kind)
        return whole


class PolarsFrame(FrameKind):
    """A `polars.DataFrame`."""

    def recognises(self, frame: Any) -> bool:
        return _is_a(frame, "polars", "DataFrame")

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        for name, kind in frame.schema.items():
            if "Object" in str(kind):
                raise _unsaid(name)
        return frame.rechunk().to_arrow().to_reader()

    def back(self, table: pa.Table, frame: Any) -> Any:
        return _as_polars(table, frame)


class PolarsPlan(FrameKind):
    """A `polars.LazyFrame`: it is collected, and what comes back is lazy again."""

    def recognises(self, frame: Any) -> bool:
        return _is_a(frame, "polars", "LazyFrame")

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        return PolarsFrame().to_arrow(frame.collect())

    def back(self, table: pa.Table, frame: Any) -> Any:
        return _as_polars(table, frame.collect()).lazy()


class ArrowTable(FrameKind):
    """A `pyarrow.Table`."""

    def recognises(self, frame: Any) -> bool:
        return isinstance(frame, pa.Table)

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        return frame.to_reader()

    def back(self, table: pa.Table, frame: Any) -> Any:
        return table


class ArrowBatch(FrameKind):
    """A `pyarrow.RecordBatch`."""

    def recognises(self, frame: Any) -> bool:
        return isinstance(frame, pa.RecordBatch)

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(frame.schema, [frame])

    def back(self, table: pa.Table, frame: Any) -> Any:
        whole = table.combine_chunks().to_batches()
        return whole[0] if whole else pa.RecordBatch.from_pylist([], schema=table.schema)


class ArrowReader(FrameKind):
    """A `pyarrow.RecordBatchReader`, which is read to its end."""

    def recognises(self, frame: Any) -> bool:
        return isinstance(frame, pa.RecordBatchReader)

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        return frame

    def back(self, table: pa.Table, frame: Any) -> Any:
        return table.to_reader()


class ArrowDataset(FrameKind):
    """A `pyarrow.dataset.Dataset`; what comes back lies in memory."""

    def recognises(self, frame: Any) -> bool:
        return _is_a(frame, "pyarrow.dataset", "Dataset")

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        return frame.scanner().to_reader()

    def back(self, table: pa.Table, frame: Any) -> Any:
        return sys.modules["pyarrow.dataset"].dataset(table)


class DuckDBRelation(FrameKind):
    """A relation of DuckDB; what comes back lies in memory, in DuckDB's default connection."""

    def recognises(self, frame: Any) -> bool:
        return _is_a(frame, "duckdb", "DuckDBPyRelation")

    def to_arrow(self, frame: Any) -> pa.RecordBatchReader:
        return frame.to_arrow_reader() if hasattr(frame, "to_arrow_reader") else frame.fetch_record_batch()

    def back(self, table: pa.Table, frame: Any) -> Any:
        return sys.modules["duckdb"].from_arrow(table)


KINDS: tuple[FrameKind, ...] = (
    PandasFrame(),
    PolarsFrame(),
    PolarsPlan(),
    ArrowTable(),
    ArrowBatch(),
    ArrowReader(),
    ArrowDataset(),
    DuckDBRelation(),
)


def kind_of(frame: Any) -> FrameKind:
    """The kind of this frame.

    Raises:
        UsageFault: it is none that is known.
    """
    for kind in KINDS:
        if kind.recognises(frame):
            return kind
    raise UsageFault(
        "frame-unknown",
        "This kind of data frame is not supported. Give a frame of pandas or polars, a table, batch, reader or dataset of PyArrow, a "
        "relation of DuckDB, or a frame of Spark; for a file, give its path to `ndoo uphold`.",
    )


def write_frame(batches: pa.RecordBatchReader, path: Path) -> None:
    """Keep the rows as an Arrow IPC file.

    Raises:
        UnfitData: the frame cannot be read to its end, or holds what such a file cannot.
    """
    try:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, batches.schema) as writer:
            for batch in _with_one_dictionary(batches):
                writer.write_batch(batch)
    except pa.ArrowException:
        raise UnfitData("frame-unread", "The frame could not be read to its end, so nothing was upheld.") from None


def _with_one_dictionary(batches: Any) -> Any:
    """The batches; where a column is a dictionary as one, because a file of Arrow has one dictionary for each column."""
    if any(layout_of(part) is Layout.DICTIONARY for kind in batches.schema.types for part in within(kind)):
        return batches.read_all().combine_chunks().to_batches()
    return batches


def read_frame(stored: bytes | pa.Buffer) -> pa.Table:
    """The rows of an Arrow IPC file in memory; they are not copied."""
    return pa.ipc.open_file(pa.BufferReader(stored)).read_all()


def _without_missing_category(column: Any) -> Any:
    """A column of which, if it is a dictionary, no value is missing: pandas knows no such category. A file's has one where it has no other."""
    kind = column.type
    if layout_of(kind) is not Layout.DICTIONARY:
        return column
    parts = []
    for part in column.chunks:
        there = part.dictionary.drop_null()
        places = pc.index_in(part.dictionary, value_set=there).take(part.indices).cast(kind.index_type)
        parts.append(pa.DictionaryArray.from_arrays(places, there, ordered=kind.ordered))
    return pa.chunked_array(parts, kind)


def _as_polars(table: pa.Table, frame: Any) -> Any:
    """A frame of polars with the types of `frame`. An enumeration lists no value that only rows had that are not in `table`."""
    polars = sys.modules["polars"]
    types = dict(frame.schema)
    texts = [
        name for name, type_ in types.items() if type_.base_type() in (polars.String, polars.Categorical, polars.Enum)
    ]
    was: set[str] | None = None
    for name, type_ in types.items():
        if isinstance(type_, polars.Enum) and len(table) < len(frame):
            was = {text for one in texts for text in frame[one].unique()} if was is None else was
            gone = was - {*table.column(name).unique().to_pylist()}
            types[name] = polars.Enum([value for value in type_.categories if value not in gone])
    return polars.from_arrow(table, schema_overrides=types)


def _is_a(frame: Any, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(frame, kind)


def _unsaid(column: object) -> UnfitData:
    return UnfitData(
        "frame-column",
        f"The column {str(column)!r} holds values of several types, or of one that Arrow does not know, so its content cannot be checked. Make it one plain type, such as text.",
    )
