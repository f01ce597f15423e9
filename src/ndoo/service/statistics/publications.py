"""The publications in the folder of the setting `statistics`: each is shown where it is as it was sealed, and not at all otherwise."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.settings import setting
from ndoo.statistics.published_files import RECORD, PublishedFolder, read_publication

log = logging.getLogger("ndoo.statistics")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class NamedPublication:
    """A publication and the name of its folder, which its address has."""

    name: str
    folder: Path
    said: PublishedFolder


@dataclass(frozen=True, slots=True)
class Publications:
    """What can be shown, the newest day first, and of one day the one that was made last.

    Attributes:
        whole: nothing else is there; where it is not, a publication, or the folder of all, is damaged or cannot be read.
    """

    shown: tuple[NamedPublication, ...]
    whole: bool


def refuse_what_cannot_be_shown() -> None:
    """Look at each publication.

    Raises:
        UsageFault: the folder is not there, or one in it cannot be read or is not as it was sealed.
    """
    try:
        folders = _named()
    except OSError:
        raise UsageFault("setting", "The folder that the setting statistics names cannot be read.") from None
    for folder in folders:
        try:
            if _has_record(folder):
                read_publication(folder)
        except UnfitData:
            raise UsageFault(
                "setting",
                f"{folder.name} in the folder of the setting statistics is not as it was sealed: a file was changed, or is missing.",
            ) from None
        except OSError:
            raise UsageFault(
                "setting", f"{folder.name} in the folder of the setting statistics cannot be read by this account."
            ) from None


def everything() -> Publications:
    """Every publication; one that cannot be read hides no other."""
    try:
        folders = _named()
    except OSError:
        log.warning("the folder of statistics cannot be read")
        return Publications((), whole=False)
    found, whole = list[NamedPublication](), True
    for folder in folders:
        one = None
        try:
            if not _has_record(folder):
                continue
            one = _looked_at(folder)
        except OSError:
            log.warning("a publication of statistics cannot be read, and is not shown")
        if one:
            found.append(one)
        else:
            whole = False
    return Publications(
        tuple(sorted(found, key=lambda one: (one.said.as_at, one.said.created), reverse=True)), whole=whole
    )


def _named() -> list[Path]:
    """What lies in the folder and has a name that an address can have."""
    place = setting("statistics")
    return [path for path in Path(place).iterdir() if _NAME.fullmatch(path.name)] if place else []


def _has_record(folder: Path) -> bool:
    """Raises OSError where that cannot be told."""
    try:
        (folder / RECORD).stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _looked_at(folder: Path) -> NamedPublication | None:
    """Its files are read again where one of them is another than before."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return _read(folder, tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files))


@lru_cache(maxsize=240)
def _read(folder: Path, files: tuple[tuple[str, int, int], ...]) -> NamedPublication | None:
    try:
        return NamedPublication(folder.name, folder, read_publication(folder))
    except UnfitData:
        log.warning("a publication of statistics is not as it was sealed, and is not shown")
        return None
