"""Finds every release in a folder, however deep, by its manifest. What cannot be told is said, and never passed over.

A file that is named as manifests are and is some other tool's, such as the manifest.json of a web page, is left aside, and
named. Links are not followed: one that leads out of the folder is said, because releases may lie behind it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ndoo.domain.errors import UnfitData
from ndoo.evidence.manifest import OF_A_FOLDER, OF_A_PARQUET_FOLDER, SUFFIX
from ndoo.evidence.release import OF_DATABASES, Release, release_of

_OURS = {"ndoo", "kind", "seal", "rows", "people", "columns", "undecided"}
"""What stands in a manifest of ndoo, and in no other tool's."""
_HEAD = 16
_SQLITE, _DUCKDB = b"SQLite format 3\0", b"DUCK"


@dataclass(frozen=True, slots=True)
class UnclearPlace:
    """Something of which nobody can say what it holds, and why."""

    place: Path
    because: str


@dataclass(slots=True)
class FolderSurvey:
    """What lies in a folder."""

    releases: list[Release] = field(default_factory=list)
    unclear: list[UnclearPlace] = field(default_factory=list)
    databases: list[Path] = field(default_factory=list)
    """Files of DuckDB and SQLite, in which tables may have been released."""
    copies: list[Release] = field(default_factory=list)
    """Manifests, as files, of what was released in a database."""
    of_others: list[Path] = field(default_factory=list)
    """Files named as manifests that are none of ndoo's releases."""


def is_manifest_name(name: str) -> bool:
    """Is it how a manifest is called?"""
    return name in (OF_A_FOLDER, OF_A_PARQUET_FOLDER) or (name.endswith(SUFFIX) and name != SUFFIX)


def database_kind(path: Path) -> str | None:
    """ "sqlite" or "duckdb", where this plain file is one of theirs, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head == _SQLITE:
        return "sqlite"
    return "duckdb" if head[8:12] == _DUCKDB else None


def find_releases(folder: Path) -> FolderSurvey:
    """Every release in a folder, and in the folders in it, in the order of their paths."""
    survey = FolderSurvey()
    root = Path(os.path.realpath(folder))
    for entry in _files_below(folder, survey, root):
        path = Path(entry)
        try:
            if is_manifest_name(path.name):
                _take(path, survey)
            elif database_kind(path):
                survey.databases.append(path)
        except FileNotFoundError:  # a run that is going on took it away
            continue
        except OSError:
            survey.unclear.append(UnclearPlace(path, "It may not be read."))
    return survey


def _take(path: Path, survey: FolderSurvey) -> None:
    try:
        release = release_of(path)
        if release.kind in OF_DATABASES:
            survey.copies.append(release)
        elif release.place.is_symlink():
            survey.unclear.append(
                UnclearPlace(release.place, "What was released is a link, and links are not followed.")
            )
        else:
            survey.releases.append(release)
    except UnfitData as error:
        if _is_of_others(path):
            survey.of_others.append(path)
        else:
            survey.unclear.append(UnclearPlace(path, error.sentence))


def _is_of_others(path: Path) -> bool:
    """Is this a JSON object of something else than a release, with nothing beside it that could be one?"""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or not document:
        return False
    if isinstance(document.get("kind"), str) and document["kind"] != "uphold" and "ndoo" in document:
        return True  # such as the record of a list that was checked
    if _OURS & set(document):
        return False
    beside = "datapackage.json" if path.name == OF_A_FOLDER else path.name.removesuffix(SUFFIX)
    return path.name != OF_A_PARQUET_FOLDER and not path.with_name(beside).exists()


def _files_below(folder: Path, survey: FolderSurvey, root: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError:
        survey.unclear.append(UnclearPlace(folder, "This folder may not be read."))
        return
    for entry in found:
        if entry.is_symlink():
            _judge_link(Path(entry.path), survey, root)
        elif entry.is_dir(follow_symlinks=False):
            if is_manifest_name(entry.name):
                survey.unclear.append(UnclearPlace(Path(entry.path), "It is named as a manifest, and is a folder."))
            yield from _files_below(Path(entry.path), survey, root)
        elif entry.is_file(follow_symlinks=False):
            yield entry.path


def _judge_link(link: Path, survey: FolderSurvey, root: Path) -> None:
    """A link within the folder leads to what is found anyway; out of it, to what nobody has looked at."""
    target = Path(os.path.realpath(link))
    if root in target.parents or target == root or not target.exists():
        return
    if target.is_dir() or (target.is_file() and (is_manifest_name(link.name) or database_kind(target))):
        survey.unclear.append(
            UnclearPlace(link, "It is a link to somewhere else, and links are not followed: name what it leads to.")
        )
