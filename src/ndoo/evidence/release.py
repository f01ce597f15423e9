"""A release: what was released, where it lies, and what its manifest says. The one place that knows what a manifest is called.

A release is all there is: under a released folder stand the plain files that its manifest names, and the folders on the way to
them. Whatever else stands there, hidden or not, an empty folder, a link, a pipe, was released by nobody, and would travel with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from ndoo.domain.database_file import database_kind
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.evidence.manifest import (
    OF_A_FOLDER,
    OF_A_PARQUET_FOLDER,
    SUFFIX,
    ReleaseManifest,
    manifest_path,
    read_manifest,
    released_manifest,
)

_NAMED = 5
"""So many paths are named to a person."""
OF_SPARK = "_SUCCESS"
"""An empty file that Spark writes; releases held it until manifests named every file."""


OF_DELTA = "_delta_log/00000000000000000000.json"
"""The log of a released Delta table, which has one version."""


class ReleaseKind(StrEnum):
    """What was released. In a manifest, `output.format` says so, of all but a file."""

    FILE = "file"
    LINKED_TABLES = "linked tables"
    FHIR = "fhir"
    PARQUET_FOLDER = "parquet folder"
    DELTA = "delta table"
    TABLE = "table"
    SCHEMA = "schema"


OF_DATABASES = (ReleaseKind.TABLE, ReleaseKind.SCHEMA)
OF_FOLDERS = (ReleaseKind.LINKED_TABLES, ReleaseKind.FHIR)
OF_PARQUET = (ReleaseKind.PARQUET_FOLDER, ReleaseKind.DELTA)
"""Folders of files of Parquet, of which the manifest names every one."""
_OF_DATABASE = re.compile(r"(?:duckdb|sqlite|postgresql) (table|schema)(?:;.*)?")
"""`output.format` of what was released in a database."""


def kind_of(manifest: ReleaseManifest) -> ReleaseKind:
    """What kind of release a manifest describes."""
    said = str(manifest.whole.part("output").said("format"))
    if found := _OF_DATABASE.fullmatch(said):
        return ReleaseKind(found[1])
    return ReleaseKind(said) if said in (*OF_FOLDERS, *OF_PARQUET) else ReleaseKind.FILE


@dataclass(frozen=True, slots=True)
class Release:
    """A file or a folder, and its manifest."""

    place: Path
    manifest: ReleaseManifest
    renamed_manifest: Path | None = None
    """The file of its manifest, where that is not called as manifests are; the same as `place` where nothing else is there."""

    @property
    def kind(self) -> ReleaseKind:
        """What the manifest says it is."""
        return kind_of(self.manifest)


def place_of(path: Path) -> Path:
    """The file or folder that is meant: the path itself, or of a manifest what it stands in or beside."""
    if path.is_dir() or manifest_path(path).exists():
        return path
    if path.name in (OF_A_FOLDER, OF_A_PARQUET_FOLDER):
        return path.parent
    return path.with_name(path.name.removesuffix(SUFFIX) or path.name)


def file_beside(manifest: Path) -> Path | None:
    """The file that a manifest of this name is taken to be of, where one is there; None where it is a database, which is looked into by
    itself."""
    place = manifest.with_name(manifest.name.removesuffix(SUFFIX))
    if place == manifest or place.is_dir() or not os.path.lexists(place):
        return None
    with suppress(OSError):
        if database_kind(place):
            return None
    return place


def release_at(path: Path) -> Release:
    """The release of this file, folder or manifest. What was released need not be there any more.

    Raises:
        UnfitData: it has no manifest, or one that cannot be read, or that is of another kind of release.
    """
    release = release_of(released_manifest(place_of(path)))
    if release.kind in OF_DATABASES:
        raise UnfitData(
            "manifest-of-database",
            f"The manifest of {masked(release.place.name)!r} is that of a table or schema in a database: name its address, ADDRESS#TABLE.",
        )
    return release


def release_of(manifest: Path) -> Release:
    """As `release_at`, by its manifest, which may be the copy of one in a database, with no file beside it that it seems to be of."""
    of_folder = {OF_A_FOLDER: OF_FOLDERS, OF_A_PARQUET_FOLDER: OF_PARQUET}
    fits = of_folder.get(manifest.name)
    place = manifest.parent if fits else manifest.with_name(manifest.name.removesuffix(SUFFIX))
    release = Release(place, read_manifest(manifest))
    if release.kind not in (fits or (ReleaseKind.FILE, ReleaseKind.FHIR, *OF_DATABASES)):
        raise UnfitData(
            "manifest-of-another",
            f"The manifest of {masked(place.name)!r} describes another kind of release than the one that is there.",
        )
    if release.kind in OF_DATABASES and file_beside(manifest):
        raise UnfitData(
            "manifest-of-database",
            f"The manifest beside {masked(place.name)!r} is that of a table or schema in a database, so nobody can say what the file is. "
            "Put the file's own manifest back, and give that of the database another name.",
        )
    return release


@dataclass(frozen=True, slots=True)
class Difference:
    """Paths below a folder, with forward slashes, that of a folder ends with one; or names in a schema."""

    more: tuple[str, ...]
    missing: tuple[str, ...]
    form: str = "a plain file"
    """What that which is named should be."""

    def __bool__(self) -> bool:
        return bool(self.more or self.missing)

    @property
    def because(self) -> str:
        """A sentence for people; no number that a name holds is repeated."""
        told = []
        if self.more:
            told.append(
                f"It holds what its manifest does not name: {_listed(self.more)}. Delete that, and verify again."
            )
        if self.missing:
            told.append(f"What its manifest names is not there as {self.form}: {_listed(self.missing)}.")
        return " ".join(told)


def named_files(release: Release) -> frozenset[str]:
    """Every file of a released folder by its path in it, the manifest among them.

    Raises:
        TypeError, LookupError, AttributeError: what the manifest says makes no sense.
    """
    said, kind = release.manifest.whole, release.kind
    if kind is ReleaseKind.PARQUET_FOLDER:
        files = said.part("files").members if "files" in said else _as_spark_reads(release.place)
        return frozenset((*files, OF_A_PARQUET_FOLDER))
    if kind is ReleaseKind.DELTA:
        return frozenset((*said.part("files").members, OF_DELTA, OF_A_PARQUET_FOLDER))
    if kind is ReleaseKind.FHIR:
        return frozenset((*said.part("files").members, OF_A_FOLDER))
    described = said.part("descriptor")
    tables = [path for table in said.part("tables").parts().values() for path in table.one_or_more("path")]
    others = [one.text("path") for one in described.list_of_parts_if_any("files")]
    return frozenset((described.text("name"), *tables, *others, OF_A_FOLDER))


def difference(folder: Path, named: Collection[str]) -> Difference:
    """What stands below a folder and is not among the files that are named, and which of these are not there.

    Links are not followed, and never count as what is named. Names are compared as they are: two that differ in capitals only are two.

    Raises:
        NotPermitted: a folder in it may not be read.
    """
    there = set()
    on_the_way = {str(way) for path in named for way in PurePosixPath(path).parents}
    more = []
    for path, plain in _below(folder, on_the_way):
        if plain and path in named:
            there.add(path)
        else:
            more.append(path)
    return Difference(tuple(sorted(more)), tuple(sorted({*named} - there)))


def _below(folder: Path, on_the_way: Collection[str], before: str = "") -> Iterator[tuple[str, bool]]:
    """Each path below a folder, and whether it is a plain file. Folders in `on_the_way` are gone into, others named."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        raise NotPermitted(
            "folder-closed", "A folder of the release may not be read, so its content cannot be checked."
        ) from None
    for entry in found:
        path = before + entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield path, entry.is_file(follow_symlinks=False)
        elif path in on_the_way:
            yield from _below(Path(entry.path), on_the_way, f"{path}/")
        else:
            yield f"{path}/", False


def _as_spark_reads(folder: Path) -> Iterator[str]:
    """The files of a release whose manifest does not name them: what readers of Parquet do not pass over; its digest names each."""
    for path in folder.rglob("*"):
        told = path.relative_to(folder)
        hidden = any(part[0] == "." or (part[0] == "_" and "=" not in part) for part in told.parts)
        of_spark = str(told) == OF_SPARK and path.stat(follow_symlinks=False).st_size == 0
        if path.is_file() and not path.is_symlink() and (of_spark or not hidden):
            yield told.as_posix()


def _listed(paths: Collection[str]) -> str:
    """Some of the paths, as they may be said."""
    shown = ", ".join(masked(repr(path)) for path in sorted(paths)[:_NAMED])
    return shown + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")
