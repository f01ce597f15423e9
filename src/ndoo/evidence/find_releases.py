"""Finds every release in a folder, however deep, by its manifest. What cannot be told is said, and never passed over.

A manifest is known by its name, and under any other by what it says, in a zip archive too. Where what it described is not called as it
says, the file beside it with those bytes is what was released.

A file that is named as manifests are and is some other tool's, such as the manifest.json of a web page, is left aside, and
named. Links are not followed: one that leads out of the folder is said, because releases may lie behind it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ndoo.domain.database_file import database_kind
from ndoo.domain.errors import UnfitData
from ndoo.domain.plurals import counted, were
from ndoo.evidence.manifest import OF_A_FOLDER, OF_A_PARQUET_FOLDER, SUFFIX, read_manifest
from ndoo.evidence.release import OF_DATABASES, Release, ReleaseKind, release_of
from ndoo.evidence.renamed_manifests import (
    described_files,
    may_be_renamed,
    packed_manifests,
)

_OURS = {"ndoo", "kind", "seal", "rows", "people", "columns", "undecided"}
"""What stands in a manifest of ndoo, and in no other tool's."""
_OF_A_FOLDER = (
    "It is the manifest of a release and is not called as one: give it the name that ndoo gave it, and look again."
)


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


def find_releases(folder: Path) -> FolderSurvey:
    """Every release in a folder, and in the folders in it, in the order of their paths."""
    survey = FolderSurvey()
    root = Path(os.path.realpath(folder))
    adrift: list[Release] = []
    for entry in _files_below(folder, survey, root):
        path = Path(entry)
        try:
            if is_manifest_name(path.name):
                _take(path, survey, adrift)
            elif database_kind(path):
                survey.databases.append(path)
            elif may_be_renamed(path):
                _take_renamed(path, survey, adrift)
            else:
                _judge_archive(path, survey)
        except FileNotFoundError:  # a run that is going on took it away
            continue
        except OSError:
            survey.unclear.append(UnclearPlace(path, "It may not be read."))
    for release in adrift:
        _settle(release, survey)
    survey.releases.sort(key=lambda one: one.place.parts)
    return survey


def find_renamed(path: Path) -> FolderSurvey | None:
    """What is found by this file, if it is a manifest that is not called as one; None where it is not."""
    if is_manifest_name(path.name) or not may_be_renamed(path):
        return None
    survey, adrift = FolderSurvey(), list[Release]()
    _take_renamed(path, survey, adrift)
    for release in adrift:
        _settle(release, survey)
    return survey


def _take(path: Path, survey: FolderSurvey, adrift: list[Release]) -> None:
    try:
        release = release_of(path)
        if release.kind in OF_DATABASES:
            survey.copies.append(release)
        elif release.place.is_symlink():
            survey.unclear.append(
                UnclearPlace(release.place, "What was released is a link, and links are not followed.")
            )
        else:
            (survey.releases if release.place.exists() else adrift).append(release)
    except UnfitData as error:
        _take_unfit(path, error, survey)


def _take_renamed(path: Path, survey: FolderSurvey, adrift: list[Release]) -> None:
    try:
        release = Release(path, read_manifest(path), path)
        (survey.copies if release.kind in OF_DATABASES else adrift).append(release)
    except UnfitData as error:
        _take_unfit(path, error, survey)


def _take_unfit(path: Path, error: UnfitData, survey: FolderSurvey) -> None:
    if _is_of_others(path):
        survey.of_others.append(path)
    else:
        survey.unclear.append(UnclearPlace(path, error.sentence))


def _settle(release: Release, survey: FolderSurvey) -> None:
    """Of what is not where the name of its manifest says: the files beside it that the manifest describes, or the manifest alone."""
    known = [one.place for one in survey.releases if one.manifest.document == release.manifest.document]
    places = _described(release)
    if release.renamed_manifest and release.kind is not ReleaseKind.FILE and not places:
        if release.place.parent not in known:
            survey.unclear.append(UnclearPlace(release.place, _OF_A_FOLDER))
        return
    survey.releases += [replace(release, place=place) for place in places or [release.place] if place not in known]


def _described(release: Release) -> list[Path]:
    try:
        return described_files(release.manifest, release.place.parent)
    except (TypeError, LookupError, ValueError, OSError):
        return []


def _judge_archive(path: Path, survey: FolderSurvey) -> None:
    many = packed_manifests(path)
    if many is None:
        survey.unclear.append(
            UnclearPlace(path, "It is a zip archive that cannot be read, so nobody can say what is in it.")
        )
    elif many:
        survey.unclear.append(
            UnclearPlace(
                path,
                f"{counted(many, 'manifest')} of ndoo {were(many)} packed in it: unpack it, and look into what it holds.",
            )
        )


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
    if not is_manifest_name(path.name):
        return True
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
    if target.is_dir() or (target.is_file() and _may_tell(link, target)):
        survey.unclear.append(
            UnclearPlace(link, "It is a link to somewhere else, and links are not followed: name what it leads to.")
        )


def _may_tell(link: Path, target: Path) -> bool:
    """May this file be a manifest, a database or an archive with manifests in it? It may, where it may not be read."""
    try:
        return (
            is_manifest_name(link.name)
            or database_kind(target) is not None
            or may_be_renamed(target)
            or packed_manifests(target) != 0
        )
    except OSError:
        return True
