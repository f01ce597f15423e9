"""One version of a Delta table, as its log describes it: its rows, and the files that they stand in.

The library deltalake reads the log and the rows: it leaves out what deletion vectors delete, and finds columns by their mapping. What
it is not known to read rightly, a feature of the format that is not in `_READ`, is refused by name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from ndoo.columnar.reader import Reader
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.nhs_number import masked
from ndoo.evidence.release_record import FileRecord
from ndoo.upholding.column_names import listed, refuse_alike
from ndoo.upholding.delta.schema import plain_schema
from ndoo.upholding.input_files.source import Fingerprint, fingerprint

_READ = {"columnMapping", "deletionVectors", "timestampNtz", "v2Checkpoint"}
"""Features of the format that change how a table is read, and are read here; tests try each that changes rows."""
_NEWEST_READER = 3
_OF_VERSION = re.compile(r"([0-9]{20})\.")
"""How the files of a log begin: with the version that they are of, or of which the first one is."""
_LOG = "_delta_log"
_OF_FEATURE = re.compile(r"Feature '([A-Za-z0-9._-]{1,60})' is not supported|catalog-managed table")
"""How the library refuses a feature whose name it does not know either, or a table whose log is a catalogue's."""


class Snapshot(Reader):
    """See `Reader`. Rows come in no order that anybody promises.

    Args:
        version: None for the newest.

    Raises:
        UsageFault: the extra is not installed; there is no such version; the path cannot be meant.
        UnfitData: the log cannot be read, or needs what is not read here; rows stand outside the folder.
    """

    def __init__(self, place: Path, version: int | None) -> None:
        self._asked = version
        super().__init__(place)

    def _open(self) -> Any:
        self._table = _opened(self._path, self._asked)
        self.version = int(self._table.version())
        protocol = self._table.protocol()
        unknown = sorted({*(protocol.reader_features or ())} - _READ)
        if unknown or protocol.min_reader_version > _NEWEST_READER:
            raise _unknown(unknown or [f"reader version {protocol.min_reader_version}"])
        actions = pa.table(self._table.get_add_actions())
        self._files = _files(self._path, self.version, actions.column("path").to_pylist())
        self._fingerprints = {path: fingerprint(self._path / path) for path in self._files}
        self.size = sum(one.size for one in self._fingerprints.values())
        counted = actions.column("num_records").to_pylist() if "num_records" in actions.column_names else []
        self._expected = sum(count or 0 for count in counted)
        schema = plain_schema(pa.schema(self._table.schema().to_arrow()))
        refuse_alike(schema.names)
        return schema

    def _batches(self, columns: Sequence[str] | None) -> Iterator[Any]:
        wanted = self.schema if columns is None else pa.schema([self.schema.field(name) for name in columns])
        read = 0
        with _named():
            for batch in pa.RecordBatchReader.from_stream(self._table.scan(wanted.names)):
                values = [column.cast(field.type) for column, field in zip(batch.columns, wanted, strict=True)]
                read += batch.num_rows
                self._come = min(1.0, read / self._expected) if self._expected else 0.0
                yield pa.RecordBatch.from_arrays(values, schema=wanted)

    def _validate(self, batch: Any) -> None:
        batch.validate(full=True)

    def records(self) -> dict[str, FileRecord]:
        """Each file that this version is made of, by its path in the folder: of its log, and those that hold rows.

        Raises:
            UnfitData: one of them is not what it was when the table was opened.
        """
        found = {}
        for path in self._files:
            with (self._path / path).open("rb") as file:
                found[path] = FileRecord(path, hashlib.file_digest(file, "sha256").hexdigest(), file.tell(), "delta", 0)
        return found

    def is_unchanged(self) -> bool:
        """Are its files as they were, and is it still the newest version where the newest was asked for?"""
        if self._asked is None and int(_opened(self._path, None).version()) != self.version:
            return False
        return all(_same(self._path / path, was) for path, was in self._fingerprints.items())


def _same(path: Path, was: Fingerprint) -> bool:
    return path.exists() and fingerprint(path) == was


def _opened(place: Path, version: int | None) -> Any:
    """Raises as `Snapshot` does."""
    try:
        from deltalake import DeltaTable
    except ModuleNotFoundError:
        raise extra_missing("Delta tables", "delta") from None
    whole = str(place.resolve())
    if "%" in whole:
        raise UsageFault(
            "delta-path",
            "The path of this Delta table has a % in it, which the reader of Delta tables takes for an escape: it could read another "
            "folder. Rename the folder.",
        )
    with _named():
        newest = DeltaTable(whole)
        if version is None or version == newest.version():
            return newest
        if version > newest.version():
            raise UsageFault(
                "delta-version", f"There is no such version of this Delta table: the newest is {newest.version()}."
            )
    try:
        with _named():
            return DeltaTable(whole, version=version)
    except UnfitData:
        raise UsageFault(
            "delta-version",
            "That version of this Delta table cannot be read any more: its log or its files were cleaned up. Name a later one.",
        ) from None


@contextmanager
def _named() -> Iterator[None]:
    """A message of the library may hold a value or a path, so none is shown."""
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (DeltaError, pa.ArrowException, OSError) as error:
        if found := _OF_FEATURE.search(str(error)):
            raise _unknown([found[1] or "catalogManaged"]) from None
        raise UnfitData(
            "delta-unreadable",
            "This Delta table cannot be read as its log says: a file of it is missing or damaged, or it needs what is not read here.",
        ) from None


def _unknown(features: Sequence[str]) -> UnfitData:
    named = listed([masked(name) for name in features])
    return UnfitData(
        "delta-feature",
        f"This Delta table needs what is not read here: {named}. Write it as a table without that, and uphold this.",
    )


def _files(place: Path, version: int, data: Sequence[str]) -> list[str]:
    """The files of a version, by their paths in the folder, in order.

    Raises:
        UnfitData: one lies outside the folder, as those of a shallow clone do, or is not there as a plain file.
    """
    log = [f"{_LOG}/{path.name}" for path in (place / _LOG).iterdir() if _is_of(path.name, version)]
    rows = [unquote(path) for path in data]
    for path in rows:
        parts = Path(path).parts
        whole = place / path
        if ":" in parts[0] or path.startswith("/") or ".." in parts or whole.is_symlink() or not whole.is_file():
            raise UnfitData(
                "delta-elsewhere",
                f"A file that holds rows of this Delta table is not a plain file in its folder: {masked(repr(path))}. Copy the table "
                "whole (a deep clone), and uphold the copy.",
            )
    return sorted({*log, *rows})


def _is_of(name: str, version: int) -> bool:
    found = _OF_VERSION.match(name)
    return found is not None and int(found[1]) <= version
