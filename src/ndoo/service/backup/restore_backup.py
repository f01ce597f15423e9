"""Puts a backup in the place of what was lost; over nothing that is there."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UsageFault
from ndoo.service.backup import contents
from ndoo.service.backup.contents import DATA, HEADS, SQLITE, BackupContents
from ndoo.service.backup.copy_database import Database, is_sqlite, load
from ndoo.service.ledger.register_note import EMPTY_NOTE, NOTE_FILE


def restore_backup(source: Path, data: Path, heads: Path, database: Database) -> BackupContents:
    """Put database, keys, records and jobs where the settings say.

    Heads that are there already stay: where they are newer than the backup, the register refuses to answer afterwards
    until a person accepts that (`ledger.freshness`).

    Args:
        data: the data folder; it must be missing, or empty but for a note that names no register. It may be the place of a volume.
        heads: the folder of heads.
        database: where the register goes.

    Raises:
        UnfitData: this is no backup, or it is damaged.
        UsageFault: something is there already, or the backup is of another kind of database.
        NotPermitted: what cannot be written. Fault: the database refuses.
    """
    held = contents.read(source)
    if is_sqlite(database) != (held.database == SQLITE):
        raise UsageFault(
            "restore-other-database",
            "The backup is of another kind of database than NDOO_DATABASE_URL names: SQLite and PostgreSQL are restored each into its own.",
        )
    file = Path(str(database["NAME"])).absolute() if is_sqlite(database) else None
    data, heads = data.absolute(), heads.absolute()
    try:
        _refuse_what_is_there(data, file)
        draft = (data if data.exists() else data.parent) / f".restore.{secrets.token_hex(8)}"
        staged = None if file is None else _staged(file, data, draft)
        try:
            draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _put(source / DATA, draft)
            if staged is not None:
                staged.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                _put(source / held.database, staged)
            if (source / HEADS).is_dir():
                _put_missing(source / HEADS, draft / heads.relative_to(data) if heads.is_relative_to(data) else heads)
            if file is None:
                load(source / held.database, database)  # in one transaction
            _give_names(draft, data, staged, file)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            if staged is not None:
                staged.unlink(missing_ok=True)
    except OSError:
        raise NotPermitted(
            "restore-not-written",
            "The backup could not be put in place: the data folder, the register or the heads cannot be written.",
        ) from None
    return held


def _refuse_what_is_there(data: Path, file: Path | None) -> None:
    """Raises UsageFault where anything would be written over; what SQLite leaves beside a register would be played into it."""
    if os.path.lexists(data) and (not data.is_dir() or not all(map(_says_nothing, data.iterdir()))):
        raise _in_the_way(f"The data folder {data}")
    beside = [] if file is None else [file.with_name(file.name + ending) for ending in ("", "-wal", "-shm", "-journal")]
    for one in beside:
        if os.path.lexists(one):
            raise _in_the_way(f"The register {one}")


def _says_nothing(entry: Path) -> bool:
    """Is it what every command leaves in an empty data folder, also where it then refuses to make a register: a note that names none?"""
    return entry.name == NOTE_FILE and not entry.is_symlink() and entry.is_file() and entry.read_bytes() == EMPTY_NOTE


def _staged(file: Path, data: Path, draft: Path) -> Path:
    """Where the register waits for its name: in the draft of the data folder, or beside its own place."""
    return draft / file.relative_to(data) if file.is_relative_to(data) else file.with_name(f".{draft.name}")


def _give_names(draft: Path, data: Path, staged: Path | None, file: Path | None) -> None:
    """The register last: without it nothing is answered, whatever else is there."""
    if draft.parent == data:  # the folder is somebody else's to make, such as the place of a volume
        first = staged.relative_to(draft).parts[0] if staged is not None and staged.is_relative_to(draft) else ""
        for entry in sorted(draft.iterdir(), key=lambda entry: entry.name == first):
            entry.rename(data / entry.name)
    else:
        draft.rename(data)
    if staged is not None and file is not None and not file.is_relative_to(data):
        staged.rename(file)


def _in_the_way(what: str) -> UsageFault:
    return UsageFault(
        "restore-not-empty", f"{what} is there already. Move it away first: a backup is never restored over anything."
    )


def _put(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir(mode=0o700, parents=True)
        for entry in source.iterdir():
            _put(entry, target / entry.name)
        return
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, source.open("rb") as read:
        shutil.copyfileobj(read, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _put_missing(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _put_missing(entry, target / entry.name)
        elif not os.path.lexists(target / entry.name):
            _put(entry, target / entry.name)
