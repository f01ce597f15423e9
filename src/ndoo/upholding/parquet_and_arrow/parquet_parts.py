"""The files that make up a folder of Parquet, and whether they may be read as one table: by their names and footers alone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.manifest import OF_A_PARQUET_FOLDER
from ndoo.evidence.release import OF_DELTA, OF_SPARK, Release, named_files
from ndoo.evidence.release_record import FileRecord
from ndoo.upholding.column_names import refuse_alike, refuse_doubles
from ndoo.upholding.input_files.source import Fingerprint, fingerprint, first_bytes
from ndoo.upholding.parquet_and_arrow.labels import refuse_identifying
from ndoo.upholding.parquet_and_arrow.partition_names import refuse_identifying_folder, refuse_unreadable_folder

FORMAT = "parquet folder"
_LOGS = ("_delta_log", ".hoodie", "metadata")


@dataclass(frozen=True, slots=True)
class ParquetParts:
    """The files of one dataset, in the order of their paths, as they stood when they were found."""

    place: Path
    files: tuple[Path, ...]
    fingerprints: tuple[Fingerprint, ...]
    partitions: tuple[str, ...]
    """The columns that stand in the names of the folders, `year=2026/month=11`, outermost first."""
    schema: Any
    """The Arrow schema of each file, but for the order of its columns; None where there is no file."""
    named: bool = False
    """Were the files named by a manifest? Then what else stands there is not theirs."""

    @property
    def names(self) -> list[str]:
        """The columns that stand in the files."""
        return list(self.schema.names) if self.files else []

    @property
    def paths(self) -> list[str]:
        """How the files are named in the folder's record."""
        one = not self.place.is_dir()
        return [path.name if one else path.relative_to(self.place).as_posix() for path in self.files]

    @property
    def folders(self) -> list[tuple[str, ...]]:
        """The partitions in which files lie, each once: the names of its folders, outermost first."""
        return sorted({PurePosixPath(path).parts[:-1] for path in self.paths})

    def unchanged(self) -> bool:
        """Are the same files there still, and was none of them written to?"""
        files = self.files if self.named else tuple(_files(self.place))
        return files == self.files and tuple(map(fingerprint, files)) == self.fingerprints


def parts_of(place: Path, *, named: Collection[str] | None = None) -> ParquetParts:
    """The dataset in a folder, or the one file.

    Args:
        named: the paths of its files, where an upholding wrote it: there may be none, because everybody has gone.

    Raises:
        UnfitData: it is not Parquet, or has a log that says which of its files count; something in it would be passed over; its
            files do not lie in the same kind of partition, or have not the same columns; a name names somebody.
    """
    if named is None and place.is_dir() and any((place / log).exists() for log in _LOGS):
        raise UnfitData(
            "table-has-log",
            "This folder has a log that says which of its files count (Delta, Hudi, Iceberg): read as plain Parquet, deleted "
            "rows would come back. Of a Delta table, leave --engine spark out; of the others, uphold the frame that their own reader makes.",
        )
    files = tuple(_files(place) if named is None else (place / path for path in sorted(map(PurePosixPath, named))))
    if not files and named is None:
        raise UnfitData(
            "not-parquet", "With --engine spark the input is a Parquet file, or a folder of these: here is none."
        )
    if other := next((path for path in files if not _is_parquet(path)), None):
        raise UnfitData(
            "not-parquet",
            f"With --engine spark the input is a Parquet file, or a folder of nothing but these: {_told(place, other)} is none.",
        )
    partitions = _partitions(place, files)
    return ParquetParts(
        place,
        files,
        tuple(map(fingerprint, files)),
        partitions,
        _schema(place, files, partitions) if files else None,
        named=named is not None,
    )


def parts_named(release: Release) -> frozenset[str]:
    """The files of a release that hold rows."""
    return named_files(release) - {OF_A_PARQUET_FOLDER, OF_SPARK, OF_DELTA}


def record_of(name: str, files: Mapping[str, FileRecord], form: str = FORMAT) -> FileRecord:
    """A folder as one record: the digest is of the lines `sha256  path`, in the order of the paths.

    Args:
        files: each file's record, by its path in the folder, in the order of the paths.
        form: the format of the record.
    """
    lines = "".join(f"{one.sha256}  {path}\n" for path, one in files.items()).encode()
    size, rows = sum(one.bytes for one in files.values()), sum(one.rows for one in files.values())
    return FileRecord(name, hashlib.sha256(lines).hexdigest(), size, form, rows)


@contextmanager
def naming(place: Path, path: Path) -> Iterator[None]:
    """What is wrong with one file of a folder says which it is."""
    try:
        yield
    except NdooError as error:
        if place != path:
            error.sentence = f"{error.sentence} It is about {_told(place, path)}."
        raise


def _told(place: Path, path: Path) -> str:
    return repr(masked(path.relative_to(place).as_posix() if path != place else path.name))


def _files(place: Path) -> Iterator[Path]:
    """All Parquet files. A partition's name may begin with an underscore; else readers pass over what begins so, or with a dot.

    Raises:
        UnfitData: such a file could hold rows, which would be lost without a word; or a folder or file of another place hangs here.
    """
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        if path.is_symlink() and path.is_dir():
            raise UnfitData(
                "folder-linked",
                f"{_told(place, path)} is a link to a folder: some readers follow it, others leave its rows out. Put the folder itself there.",
            )
        if path.is_dir():
            continue
        parts = path.relative_to(place).parts
        if not any(part[0] == "." or (part[0] == "_" and "=" not in part) for part in parts):
            yield path
        elif not _holds_no_rows(path, top=len(parts) == 1):
            raise UnfitData(
                "file-hidden",
                f"{_told(place, path)} begins with a dot or an underscore, or lies in a folder that does: readers of Parquet skip it, so it could hold rows that no one sees. Rename it if its rows count, or take it away.",
            )


def _holds_no_rows(path: Path, *, top: bool) -> bool:
    """Is a hidden file one of those that writers leave: a mark, a sum of Hadoop, a common footer, the manifest of a release?"""
    if path.name == OF_SPARK:
        return path.stat().st_size == 0
    if path.name.startswith(".") and path.name.endswith(".crc"):
        return first_bytes(path, 4) in (b"", b"crc\0") and path.with_name(path.name[1:-4]).exists()
    if top and path.name in ("_metadata", "_common_metadata"):
        return _is_parquet(path) and ParquetReader(path).only_points_elsewhere
    return top and path.name == OF_A_PARQUET_FOLDER and not _is_parquet(path)


def _partitions(place: Path, files: Sequence[Path]) -> tuple[str, ...]:
    """Raises UnfitData where not all files lie in folders of the same columns, or a folder's name names somebody."""
    if not files or place.is_file():
        return ()
    folders = {path.relative_to(place).parts[:-1] for path in files}
    found = {tuple(part.partition("=")[0] for part in parts) for parts in folders}
    if len(found) != 1 or not all("=" in part for parts in folders for part in parts):
        raise UnfitData(
            "partitions-mixed", "The folder's files do not all lie in the same kind of partition, NAME=VALUE."
        )
    for part in sorted({part for parts in folders for part in parts}):
        refuse_unreadable_folder(part)
        refuse_identifying_folder(part)
    return found.pop()


def _schema(place: Path, files: Sequence[Path], partitions: Sequence[str]) -> Any:
    """Readers take the columns of one file for those of all: what only another has would be lost without a word."""
    told, first = None, None
    for path in files:
        with naming(place, path):
            schema = ParquetReader(path).schema
            columns = sorted((field.name, str(field.type)) for field in schema)
            if told is None:
                told, first = columns, schema
                refuse_doubles([*schema.names, *partitions])
                refuse_alike([*schema.names, *partitions])
            if columns != told:
                raise UnfitData(
                    "columns-differ",
                    "The folder's files have not all the same columns of the same types: they are not one table.",
                )
            refuse_identifying(schema)
    return first


def _is_parquet(path: Path) -> bool:
    return first_bytes(path, 4) == b"PAR1"
