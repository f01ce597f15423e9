"""What a backup holds: each file with its size and SHA-256, sealed, in `backup.json`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo import __version__
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.evidence.document import JsonObject
from ndoo.evidence.seal import Sealer, check_seal

NAME = "backup.json"
KIND = "backup of the register"
DATA, HEADS = "data", "heads"
SQLITE, POSTGRESQL = "register.sqlite3", "register.dump"
_LARGEST = 1 << 26


@dataclass(frozen=True, slots=True)
class BackupContents:
    """What `backup.json` says.

    Attributes:
        made: when, in UTC.
        version: of ndoo that made it.
        database: the file that holds the database: `SQLITE` or `POSTGRESQL`.
        files: of each file, by its path in the backup: bytes and SHA-256.
    """

    made: datetime
    version: str
    database: str
    files: dict[str, tuple[int, str]]


def looked_through(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file under a folder but `backup.json`, with its size in bytes and its SHA-256."""
    return {path.relative_to(folder).as_posix(): _digest(path) for path in _files(folder)}


def write(folder: Path, database: str, made: datetime, sealer: Sealer) -> BackupContents:
    """Write `backup.json` for what stands in the folder."""
    contents = BackupContents(made, __version__, database, looked_through(folder))
    document: JsonObject = {
        "kind": KIND,
        "made": made.isoformat(),
        "ndoo": contents.version,
        "database": database,
        "files": {path: {"bytes": size, "sha256": digest} for path, (size, digest) in sorted(contents.files.items())},
    }
    path = folder / NAME
    path.touch(0o600, exist_ok=False)
    path.write_text(json.dumps(sealer.seal(document), indent=1) + "\n", encoding="ascii")
    return contents


def read(folder: Path) -> BackupContents:
    """What a backup holds, with every file of it looked at.

    Raises:
        UnfitData: this is no backup, its seal does not fit, or a file is missing, changed or more than it names.
        NotPermitted: it cannot be read.
    """
    try:
        with (folder / NAME).open("rb") as file:
            document = json.loads(file.read(_LARGEST))
        check_seal(document)
        contents = _understood(document)
    except FileNotFoundError:
        raise UnfitData("no-backup", f"The folder {folder} is not a backup: it has no {NAME}.") from None
    except OSError:
        raise _unreadable(folder) from None
    except (UnfitData, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise UnfitData("backup-damaged", f"The backup {folder} is damaged: its {NAME} cannot be read.") from None
    try:
        there = looked_through(folder)
    except OSError:
        raise _unreadable(folder) from None
    if there != contents.files:
        raise UnfitData(
            "backup-damaged",
            f"The backup {folder} is damaged: its files are not those that {NAME} names. Use another backup.",
        )
    return contents


def _understood(document: dict[str, Any]) -> BackupContents:
    if document["kind"] != KIND or document["database"] not in (SQLITE, POSTGRESQL):
        raise ValueError("not of this kind")
    files = {str(path): (int(said["bytes"]), str(said["sha256"])) for path, said in document["files"].items()}
    return BackupContents(datetime.fromisoformat(document["made"]), str(document["ndoo"]), document["database"], files)


def _unreadable(folder: Path) -> NotPermitted:
    return NotPermitted("backup-unreadable", f"The backup {folder} cannot be read by this account.")


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, onerror=_raised):
        if any((Path(place) / name).is_symlink() for name in (*folders, *names)):
            raise OSError("a link is no part of a backup")
        yield from (Path(place) / name for name in names if Path(place) != folder or name != NAME)


def _raised(error: OSError) -> None:
    raise error


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), digest
