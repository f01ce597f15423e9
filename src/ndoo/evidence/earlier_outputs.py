"""What an output may take the place of without --force: an earlier output of the same kind in the same place, and nothing else.

It is known by the sealed document that stands with it. A release does not make room for a list, nor a file for a folder, nor a manifest
for the copy of another one, nor anything of these for rows that were held.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.evidence.document import JsonObject, parse_document
from ndoo.evidence.manifest import LARGEST, SUFFIX, ReleaseManifest, manifest_path, read_manifest
from ndoo.evidence.release import OF_DATABASES, ReleaseKind, difference, kind_of, named_files, release_at


@dataclass(frozen=True, slots=True)
class EarlierOutput:
    """What makes room for a new one of its kind."""

    is_one: Callable[[Path], bool]
    """Is what stands here one of these?"""
    what: str
    """What it is, as "ITS PLACE already exists, and is not …" goes on."""


def earlier_file(*kinds: ReleaseKind) -> EarlierOutput:
    """A released file of one of these kinds with its manifest beside it, or that manifest."""

    def is_one(target: Path) -> bool:
        manifest = _manifest(_beside(target))
        return manifest is not None and kind_of(manifest) in kinds

    return EarlierOutput(is_one, "an earlier release of the same kind with its manifest beside it")


def earlier_folder(kind: ReleaseKind) -> EarlierOutput:
    """A released folder of this kind, whole and with nothing else in it."""

    def is_one(target: Path) -> bool:
        try:
            release = release_at(target)
            return release.kind is kind and not difference(target, named_files(release))
        except (UnfitData, NotPermitted, TypeError, LookupError, AttributeError):
            return False

    return EarlierOutput(is_one, "an earlier release of the same kind")


def earlier_copy(named: Callable[[], tuple[str, str] | None]) -> EarlierOutput:
    """The manifest, as a file, of what was released in a database.

    Args:
        named: from which table into which, as manifests name them; it answers None as long as nobody can say, and any such copy is one.
    """

    def is_one(target: Path) -> bool:
        manifest = _manifest(target)
        if manifest is None or kind_of(manifest) not in OF_DATABASES:
            return False
        said = [manifest.whole.part(part).said("name") for part in ("input", "output")]
        return named() in (None, tuple(said))

    return EarlierOutput(is_one, "the manifest of an earlier release of this table into that one")


NOTHING = EarlierOutput(lambda _: False, "an earlier one")
"""Where nothing makes room."""


def is_of_an_output(path: Path) -> bool:
    """Does a sealed document of ndoo stand beside this file, or is it one?"""
    return any(_sealed(own) is not None for own in (path, manifest_path(path)))


def _is_list(target: Path) -> bool:
    document = _sealed(_beside(target))
    return document is not None and document.get("kind") == "check"


EARLIER_LIST = EarlierOutput(_is_list, "an earlier cleaned list with its record beside it")
"""What `ndoo check` wrote: a list with its record beside it, or that record."""


def _beside(target: Path) -> Path:
    """The sealed document of what stands here, which may be that document."""
    return target if target.name.endswith(SUFFIX) else manifest_path(target)


def _sealed(path: Path) -> JsonObject | None:
    """What a file says that is a sealed document; None where it is none, or cannot be read."""
    try:
        document = parse_document(path.read_bytes()) if path.stat().st_size <= LARGEST else None
    except OSError:
        return None
    return document if document is not None and isinstance(document.get("seal"), dict) else None


def _manifest(path: Path) -> ReleaseManifest | None:
    """The manifest of a release that a file is; None where it is none."""
    with suppress(UnfitData):
        return read_manifest(path) if _sealed(path) is not None else None
    return None
