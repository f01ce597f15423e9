"""Puts a backup in the place of what was lost; over nothing that is there."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UsageFault
from ndoo.service.backup import contents
from ndoo.service.backup.contents import DATA, HEADS, SQLITE, Contents
from ndoo.service.backup.copy_database import Database, is_sqlite, load


def restore_backup(source: Path, data: Path, heads: Path, database: Database) -> Contents:
    """Put database, keys, records and jobs where the settings say.

    Heads that are there already stay: where they are newer than the backup, the register refuses to answer afterwards
    until a person accepts that (`ledger.freshness`).

    Args:
        data: the data folder; it must be missing or empty.
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
    try:
        if data.exists() and any(data.iterdir()):
            raise _in_the_way(f"The data folder {data}")
        file = Path(str(database["NAME"])) if is_sqlite(database) else None
        if file is not None and os.path.lexists(file):
            raise _in_the_way(f"The register {file}")
        draft = data.absolute().with_name(f".{data.name}.{secrets.token_hex(8)}")
        try:
            draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _put(source / DATA, draft)
            if file is None:
                load(source / held.database, database)
            else:
                inside = file.absolute().is_relative_to(data.absolute())
                place = draft / file.absolute().relative_to(data.absolute()) if inside else file
                _put(source / held.database, place)
            if (source / HEADS).is_dir():
                inside = heads.absolute().is_relative_to(data.absolute())
                _put_missing(source / HEADS, draft / heads.absolute().relative_to(data.absolute()) if inside else heads)
            if data.exists():
                data.rmdir()
            draft.rename(data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError:
        raise NotPermitted(
            "restore-not-written",
            "The backup could not be put in place: the data folder, the register or the heads cannot be written.",
        ) from None
    return held


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
