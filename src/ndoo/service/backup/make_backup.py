"""Makes a backup: complete and read once, or absent."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from ndoo.domain.errors import Fault, NotPermitted, UsageFault
from ndoo.domain.operating_system import PYTHON
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.service.backup import contents
from ndoo.service.backup.contents import DATA, HEADS, SQLITE, BackupContents
from ndoo.service.backup.copy_database import Database, dump, is_sqlite
from ndoo.service.ledger.head_store import heads_folder

_OF_THE_MOMENT = (".lock", ".queue", "-wal", "-shm", "-journal")


def make_backup(target: Path, database: Database, now: datetime) -> BackupContents:
    """Write everything that belongs to the service into a new folder, while it goes on.

    The heads are copied before the database, so that none of them is newer than it.

    Raises:
        UsageFault: the target is there already. NotPermitted: it cannot be written.
        Fault: the database does not let itself be copied, or its copy is not whole.
    """
    if os.path.lexists(target):
        raise UsageFault("output-exists", f"{target} exists already. A backup is a new folder.")
    data, heads = data_folder().resolve(), heads_folder().path.resolve()
    if target.resolve().is_relative_to(data) or target.resolve().is_relative_to(heads):
        raise UsageFault("backup-inside", f"{target} is inside what is backed up. Name a folder elsewhere.")
    draft = target.absolute().with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        draft.mkdir(mode=0o700)
        try:
            if heads.is_dir():
                _copied(heads, draft / HEADS, frozenset())
            name = dump(database, draft)
            register = {Path(str(database["NAME"])).resolve()} if is_sqlite(database) else set()
            _copied(data, draft / DATA, frozenset({data / "static", heads} | register))
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


def _copied(source: Path, target: Path, left_out: frozenset[Path]) -> None:
    """Copy files and folders, each its owner's alone.

    Args:
        left_out: what is made anew, or has a place of its own in a backup.

    Raises:
        Fault: there is a link: what it leads to would be missing from the backup, or be put back elsewhere.
    """
    target.mkdir(mode=0o700)
    for entry in sorted(source.iterdir()):
        if entry.is_symlink():
            raise Fault(
                "backup-link", f"{entry} is a link, which a backup cannot hold. Put what it leads to in its place."
            )
        if entry in left_out or entry.name.endswith(_OF_THE_MOMENT):
            continue
        if entry.is_dir():
            _copied(entry, target / entry.name, left_out)
        elif entry.is_file():
            handle = os.open(target / entry.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file, entry.open("rb") as read:
                shutil.copyfileobj(read, file, 1 << 20)


def _read_once(draft: Path, name: str) -> None:
    """A backup that nobody has read is no backup: its own ledger is verified, in a process that sees nothing else."""
    if name != SQLITE:
        return  # a dump is read when it is restored; the page says so
    own = {
        "NDOO_DATA": draft / DATA,
        "NDOO_DATABASE_URL": f"sqlite:///{quote(str(draft / name))}",
        "NDOO_LEDGER_HEADS": draft / HEADS,
    }
    done = subprocess.run(
        [*PYTHON, "-c", "from ndoo.cli.main import run; run()", "ledger", "verify", "--json"],
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
