"""Makes a backup: complete and read once, or absent."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from ndoo.domain.errors import Fault, NotPermitted, UsageFault
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.service.backup import contents
from ndoo.service.backup.contents import DATA, HEADS, SQLITE, Contents
from ndoo.service.backup.copy_database import Database, dump, is_sqlite
from ndoo.service.ledger.head_store import heads_folder

LEFT_OUT = frozenset({"static", HEADS})
"""Folders of the data folder that are made anew, or that have a place of their own in a backup."""
_OF_THE_MOMENT = (".lock", ".queue", "-wal", "-shm", "-journal")


def make_backup(target: Path, database: Database, now: datetime) -> Contents:
    """Write everything that belongs to the service into a new folder, while it goes on.

    The heads are copied before the database, so that none of them is newer than it.

    Raises:
        UsageFault: the target is there already. NotPermitted: it cannot be written.
        Fault: the database does not let itself be copied, or its copy is not whole.
    """
    if os.path.lexists(target):
        raise UsageFault("output-exists", f"{target} exists already. A backup is a new folder.")
    draft = target.absolute().with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        draft.mkdir(mode=0o700)
        try:
            heads = heads_folder().path
            if heads.is_dir():
                _copied(heads, draft / HEADS)
            name = dump(database, draft)
            _copied(data_folder(), draft / DATA, database)
            _read_once(draft, name)
            made = contents.write(draft, name, now, load_sealer(data_folder()))
            _flushed(draft)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError:
        raise NotPermitted(
            "backup-not-written", f"The backup {target} cannot be written, or the data folder cannot be read."
        ) from None
    return made


def _copied(source: Path, target: Path, database: Database | None = None) -> None:
    """Copy files and folders, each its owner's alone; what is neither is not the service's."""
    register = Path(str(database["NAME"])).resolve() if database and is_sqlite(database) else None
    target.mkdir(mode=0o700)
    for entry in sorted(source.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            if database is None or entry.name not in LEFT_OUT:
                _copied(entry, target / entry.name)
        elif entry.is_file() and entry.resolve() != register and not entry.name.endswith(_OF_THE_MOMENT):
            handle = os.open(target / entry.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file, entry.open("rb") as read:
                shutil.copyfileobj(read, file, 1 << 20)


def _read_once(draft: Path, name: str) -> None:
    """A backup that nobody has read is no backup: its own ledger is verified, in a process that sees nothing else."""
    if name != SQLITE:
        return  # a dump is read when it is restored; the page says so
    own = {
        "NDOO_DATA": draft / DATA,
        "NDOO_DATABASE_URL": f"sqlite:///{draft / name}",
        "NDOO_LEDGER_HEADS": draft / HEADS,
    }
    done = subprocess.run(
        [sys.executable, "-c", "from ndoo.cli.main import run; run()", "ledger", "verify", "--json"],
        env={**os.environ, **{variable: str(value) for variable, value in own.items()}},
        capture_output=True,
        check=False,
    )
    for path in [*draft.glob(f"{name}-*"), *(draft / DATA).glob("*")]:
        if path.name.endswith(_OF_THE_MOMENT):
            path.unlink()
    if done.returncode:
        raise Fault(
            "backup-not-whole",
            "The copy of the register does not verify, so no backup was made. Run `ndoo ledger verify` to see what is wrong.",
        )


def _flushed(folder: Path) -> None:
    """Everything in it is on the disk."""
    for place, _, names in os.walk(folder):
        for path in (*(Path(place) / name for name in names), Path(place)):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
