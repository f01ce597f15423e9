"""Every release that is meant by a file, a folder, a manifest or the address of a database: one way to find them, for all commands.

`recall`, `type1 rerun` and `review` find releases here, and look into them by the code of `ndoo verify`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ndoo.domain.database_file import database_kind, refuse_other_file
from ndoo.domain.errors import Fault, NdooError, NotPermitted, UnfitData
from ndoo.domain.machine_faults import missing
from ndoo.domain.nhs_number import masked
from ndoo.evidence.find_releases import FolderSurvey, find_releases, find_renamed
from ndoo.evidence.manifest import ReleaseManifest, released_manifest
from ndoo.evidence.release import OF_DATABASES, Release, ReleaseKind, kind_of, place_of, release_of
from ndoo.upholding.database_address import Address, InDatabase, address_of, is_address, table_named, taken_apart
from ndoo.upholding.databases.database import open_database
from ndoo.upholding.databases.manifest_table import ReleaseInDatabase, UnclearTable, released, released_in


@dataclass(frozen=True, slots=True)
class FoundRelease:
    """A release, wherever it lies."""

    name: str
    """As it may be said."""
    manifest: ReleaseManifest
    place: Path | InDatabase
    renamed_manifest: Path | None = None
    """See `evidence.release.Release`."""

    @property
    def kind(self) -> ReleaseKind:
        return kind_of(self.manifest)

    @property
    def identity(self) -> tuple[object, ...]:
        """The same for one release, however it was named: where it lies, and its manifest."""
        place, written = self.place, self.manifest.written()
        if isinstance(place, InDatabase):
            address = place.address
            where = os.path.realpath(address.path) if address.path else address.shown
            return where, str(place.name), place.whole_schema, written
        return os.path.realpath(place), self.renamed_manifest and os.path.realpath(self.renamed_manifest), written

    @property
    def is_there(self) -> bool:
        """Is what was released here, and not its manifest alone?"""
        return isinstance(self.place, InDatabase) or (self.place != self.renamed_manifest and self.place.exists())

    @property
    def manifest_name(self) -> str:
        """What its manifest is called, without the folder that it is in."""
        if not isinstance(self.place, Path):
            return self.name
        return masked((self.renamed_manifest or released_manifest(self.place)).name)


@dataclass(frozen=True, slots=True)
class UnclearRelease:
    """Something that could be a release, and cannot be read as one."""

    name: str
    because: str
    error: NdooError | None = None
    """What was refused, where this file itself was asked about and not a folder that it is in."""

    @property
    def code(self) -> str | None:
        """Of what was refused."""
        return self.error.code if self.error else None


@dataclass(slots=True)
class FoundReleases:
    """What was found."""

    releases: list[FoundRelease] = field(default_factory=list)
    unclear: list[UnclearRelease] = field(default_factory=list)
    copies: list[FoundRelease] = field(default_factory=list)
    """Manifests, as files, of what was released in databases that are not among the releases; `place` is not there."""
    of_others: list[str] = field(default_factory=list)
    """Files named as manifests that are none of ndoo's releases."""

    @property
    def count(self) -> int:
        """Of all that is, or could be, a release."""
        return len(self.releases) + len(self.unclear) + len(self.copies)

    def __bool__(self) -> bool:
        return bool(self.count)


def find(locations: Sequence[str]) -> FoundReleases:
    """Every release that these files, folders, manifests and addresses mean.

    Raises:
        UsageFault: there is no such file or folder, or an address cannot be meant. UnfitData, NotPermitted: see `refuse_other_file`.
    """
    found = FoundReleases()
    for location in locations:
        _look(location, found)
    return _each_once(found)


def find_some(locations: Sequence[str]) -> FoundReleases:
    """As `find`; a location that holds none is unclear.

    Raises:
        UnfitData: there is none in any of them.
    """
    found, empty = FoundReleases(), list[str]()
    for location in locations:
        before = found.count
        _look(location, found)
        if found.count == before:
            empty.append(masked(location))
    if not found:
        raise UnfitData(
            "manifest-missing",
            f"No release was found in {', '.join(empty)}: there is no manifest of ndoo. Check the path.",
        )
    found.unclear += [
        UnclearRelease(name, "No release was found here: there is no manifest of ndoo.") for name in empty
    ]
    return _each_once(found)


def _look(location: str, found: FoundReleases) -> None:
    if is_address(location):
        _in_database(location, found)
    else:
        _at_path(Path(location), found)


def _each_once(found: FoundReleases) -> FoundReleases:
    """What was named twice, or by a folder and by itself, is one; and a copy of the manifest of what was found says nothing more."""
    found.releases = list({one.identity: one for one in reversed(found.releases)}.values())[::-1]
    seen = [one.manifest.whole.said("seal") for one in found.releases]
    copies = {one.identity: one for one in found.copies if one.manifest.whole.said("seal") not in seen}
    found.copies = list(copies.values())
    found.unclear = list({(one.name, one.because): one for one in reversed(found.unclear)}.values())[::-1]
    found.of_others = list(dict.fromkeys(found.of_others))
    return found


def _at_path(path: Path, found: FoundReleases) -> None:
    if path.is_dir():
        _take_survey(find_releases(path), found)
        return
    if path.is_file() and (survey := find_renamed(path)):
        _take_survey(survey, found)
        return
    place = place_of(path)
    if not (place.exists() or released_manifest(place).exists()):
        raise missing(path, "the release")
    if place.is_file() and database_kind(place):
        _in_file(place, found)
        return
    try:
        release = release_of(released_manifest(place))
    except NdooError as error:
        found.unclear.append(UnclearRelease(_said(path), error.sentence, error))
        return
    (found.copies if release.kind in OF_DATABASES else found.releases).append(_on_disk(release))


def _take_survey(survey: FolderSurvey, found: FoundReleases) -> None:
    found.releases += [_on_disk(one) for one in survey.releases]
    found.copies += [_on_disk(one) for one in survey.copies]
    found.unclear += [UnclearRelease(_said(one.place), one.because) for one in survey.unclear]
    found.of_others += [_said(one) for one in survey.of_others]
    for database in survey.databases:
        _in_file(database, found)


def _in_file(path: Path, found: FoundReleases) -> None:
    """What was released in a file of DuckDB or SQLite."""
    kind = database_kind(path)
    _all_of(Address(str(kind), masked(f"{kind}:///{path}"), path=path), found)


def _in_database(location: str, found: FoundReleases) -> None:
    place, name = taken_apart(location)
    address = address_of(place)
    if address.path:
        refuse_other_file(address.path, address.kind)
    if name is None:
        _all_of(address, found)
        return
    try:
        with open_database(address, read_only=True) as database, database.guarded():
            _add(released(database, table_named(name), whole_schema=None), address, found)
    except (UnfitData, NotPermitted, Fault) as error:
        found.unclear.append(UnclearRelease(masked(f"{address.shown}#{name}"), error.sentence, error))


def _all_of(address: Address, found: FoundReleases) -> None:
    try:
        with open_database(address, read_only=True) as database, database.guarded():
            for one in released_in(database):
                _add(one, address, found)
    except NdooError as error:
        found.unclear.append(UnclearRelease(address.shown, error.sentence))


def _add(one: ReleaseInDatabase | UnclearTable, address: Address, found: FoundReleases) -> None:
    if isinstance(one, UnclearTable):
        found.unclear.append(UnclearRelease(masked(f"{address.shown}#{one.name}"), one.because))
    else:
        found.releases.append(found_in(address, one))


def found_in(address: Address, one: ReleaseInDatabase) -> FoundRelease:
    """What was released in a database."""
    place = InDatabase(address, one.name, one.whole_schema)
    return FoundRelease(masked(str(place)), one.manifest, place)


def _on_disk(release: Release) -> FoundRelease:
    return FoundRelease(_said(release.place), release.manifest, release.place, release.renamed_manifest)


def _said(place: Path) -> str:
    """A path as it may be said: no number that it holds is repeated."""
    return masked(os.fspath(place))
