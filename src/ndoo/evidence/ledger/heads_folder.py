"""Keeps heads outside the database, in a folder: the newest head of each log, and the last one of each day.

The folder should be storage that whoever administers the database cannot write: another machine's disk, or a store
that refuses to change what it has. There, `LOG/newest.json` says how far the log had come; a file `NAME.log` says
which log a register of that name (a digest of its address) had.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.london import london_date
from ndoo.domain.operating_system import flush_file, flush_folder, lock, open_file
from ndoo.evidence.document import JsonObject
from ndoo.evidence.ledger.head import Head, read_head

NEWEST = "newest.json"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.json")
_LARGEST = 1 << 14


class HeadsFolder:
    """Copies of heads; made on first use, readable by their owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, document: JsonObject) -> None:
        """Copy this head, unless one at least as large is there already. It is on the disk when this returns.

        Raises:
            UnfitData: it is no head, or the newest copy there is damaged.
            NotPermitted: the folder cannot be used.
        """
        head = read_head(document)
        with self._used(head.log) as folder:
            before = _read(folder / NEWEST)
            if before is not None and before.size >= head.size:
                return
            text = json.dumps(document, sort_keys=True).encode("ascii")
            _put(folder / f"{london_date(head.at)}.json", text)
            _put(folder / NEWEST, text)

    def newest(self, log: str) -> Head | None:
        """The newest copied head of this log; None where there is none. Raises as `keep` does."""
        return _read(self.path / log / NEWEST)

    def every(self, log: str) -> list[Head]:
        """All copied heads of this log, the smallest first. Raises as `keep` does."""
        try:
            names = sorted(path.name for path in (self.path / log).glob("*.json") if _DAY.fullmatch(path.name))
        except OSError:
            raise _unusable() from None
        found = (_read(self.path / log / name) for name in (*names, NEWEST))
        heads = {(head.size, head.root): head for head in found if head}
        return sorted(heads.values(), key=lambda head: head.size)

    def set_aside(self, log: str) -> None:
        """From now on these heads count no longer; they stay, under a name of their own. Raises as `keep` does."""
        with self._used(log) as folder:
            aside = folder / f"set-aside-{secrets.token_hex(8)}"
            aside.mkdir(mode=0o700)
            for path in folder.glob("*.json"):
                path.rename(aside / path.name)

    def logs(self) -> frozenset[str]:
        """The logs of which there are copied heads that count."""
        return frozenset(path.parent.name for path in self.path.glob(f"*/{NEWEST}"))

    def log_of(self, register: str) -> str | None:
        """Which log the register at this address had; None where it was never seen. Raises as `keep` does."""
        try:
            return self._note(register).read_text("ascii")
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise _unusable() from None

    def note(self, register: str, log: str) -> None:
        """The register at this address has that log. Raises as `keep` does."""
        with self._used():
            _put(self._note(register), log.encode("ascii"))

    def _note(self, register: str) -> Path:
        return self.path / f"{hashlib.sha256(register.encode()).hexdigest()[:32]}.log"

    @contextmanager
    def _used(self, log: str = ".") -> Iterator[Path]:
        """The folder of that log, by one process at a time."""
        folder = self.path / log
        try:
            for each in (self.path, folder):
                each.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = open_file(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                lock(handle)
                yield folder
            finally:
                os.close(handle)
        except OSError:
            raise _unusable() from None


def _unusable() -> NotPermitted:
    return NotPermitted(
        "ledger-heads-folder",
        "The folder of the ledger's heads cannot be used. Set NDOO_LEDGER_HEADS to one that this account may write.",
    )


def _read(path: Path) -> Head | None:
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_LARGEST))
    except FileNotFoundError:
        return None
    except OSError:
        raise _unusable() from None
    except (ValueError, RecursionError):
        raise UnfitData("ledger-head", "This is not a ledger head that this version can read.") from None
    return read_head(document)


def _put(path: Path, text: bytes) -> None:
    """Whole or not at all, and on the disk."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            flush_file(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink()
        raise
    flush_folder(path.parent)
