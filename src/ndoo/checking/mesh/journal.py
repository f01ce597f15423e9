"""What was asked, what was sent, and what came back: a durable record that is written before anything is done.

SQLite in the data folder, readable by its owner alone. A request stands in it before it is sent, a sending before it is
tried, a reply before it is acknowledged; so a run that dies at any moment is gone on with by the next one. The numbers in
it expire: `expire` takes them out, and what is deleted is overwritten.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from ndoo.checking.mesh.trusted_time import MAY_DIFFER
from ndoo.domain.errors import Fault, NotPermitted, NoUsableList
from ndoo.domain.operating_system import lock, open_file

FILE = "mesh.sqlite3"
_VERSION = 2


def way(mailbox: str) -> str:
    """Under which name a journal remembers why the last round of a mailbox did not get through."""
    return f"way {mailbox}"


class Keyed:
    """A digest of a list, by which the same list is known again; without the journal's key it tells nothing."""

    def __init__(self, key: bytes) -> None:
        self._digest = hashlib.blake2b(key=key, digest_size=32)

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces as they are, digested as they pass."""
        for piece in pieces:
            self._digest.update(piece)
            yield piece

    @property
    def value(self) -> bytes:
        """Of what has passed so far."""
        return self._digest.digest()


class Journal:
    """One file. Use `transaction` around everything that changes it; close it at the end.

    Raises:
        NotPermitted: the file cannot be made or used. Fault: it is damaged, or a later version's.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):  # SQLite gives its other files the same rights as this one
                os.close(open_file(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            self._sqlite = sqlite3.connect(self.path, isolation_level=None, timeout=60)
            self._sqlite.row_factory = sqlite3.Row
            self._sqlite.execute("PRAGMA secure_delete = ON")
            self._sqlite.execute("PRAGMA foreign_keys = ON")
            self._sqlite.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise _explained(error) from None
        except OSError:
            raise _unusable() from None

    def _prepare(self) -> None:
        with self.transaction():
            version = self._sqlite.execute("PRAGMA user_version").fetchone()[0]
            if version == _VERSION:
                return
            if version > _VERSION:
                raise Fault("mesh-journal-version", "The MESH journal was written by a later version of ndoo.")
            if not version:
                self._run("schema.sql")
                self.execute("INSERT INTO fact VALUES ('key', ?)", secrets.token_bytes(32))
            self._run("upgrade_2.sql")
            self._sqlite.execute(f"PRAGMA user_version = {_VERSION}")

    def _run(self, script: str) -> None:
        text = files("ndoo.checking.mesh").joinpath(script).read_text(encoding="utf-8")
        for statement in text.split(";\n"):
            self._sqlite.execute(statement)

    def close(self) -> None:
        """Close the file; nothing that was not committed stays."""
        self._sqlite.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, on the disk, or nothing. Others wait."""
        try:
            self._sqlite.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._sqlite.execute("ROLLBACK")
                raise
            self._sqlite.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            raise _explained(error) from None

    def execute(self, statement: str, *values: Any) -> int:
        """Change something; the row's id."""
        return self._sqlite.execute(statement, values).lastrowid or 0

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Whatever stands there."""
        try:
            return self._sqlite.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _explained(error) from None

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        """The first row, if there is one."""
        found = self.rows(query, *values)
        return found[0] if found else None

    def fact(self, name: str) -> Any:
        """A thing remembered by its name."""
        found = self.row("SELECT value FROM fact WHERE name = ?", name)
        return found["value"] if found else None

    def remember(self, name: str, value: Any) -> None:
        """Remember it; call inside a transaction."""
        self.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", name, value)

    def judge_clock(self, now: datetime) -> None:
        """Is this machine's clock at least as late as the latest time that MESH vouched for?

        Raises:
            NoUsableList: it is behind. Answers would look younger than they are.
        """
        if now < self.latest(now) - MAY_DIFFER:
            raise NoUsableList(
                "clock-behind",
                "This machine's clock is behind the latest entry of the MESH journal, so the age of an answer cannot be "
                "known. Set the clock right. If it is right, it was ahead once: `ndoo mesh repair` sets the journal right.",
            )

    def latest(self, default: datetime) -> datetime:
        """The latest time that this journal was advanced to."""
        return datetime.fromisoformat(self.fact("clock") or default.isoformat())

    def advance(self, now: datetime) -> None:
        """Both this machine and MESH say that it is so late; it is never earlier again."""
        with self.transaction():
            self.remember("clock", max(now, self.latest(now)).isoformat())

    def forget(self, name: str) -> None:
        """The opposite of `remember`; call inside a transaction."""
        self.execute("DELETE FROM fact WHERE name = ?", name)

    def keyed(self) -> Keyed:
        """A new digest under this journal's key."""
        return Keyed(self.fact("key"))

    def expire(self, before: datetime) -> int:
        """Take out all numbers of requests and messages from before that time; how many requests lost theirs."""
        with self.transaction():
            when = before.isoformat()
            gone = len(self.rows("SELECT id FROM request WHERE numbers IS NOT NULL AND created < ?", when))
            self.execute(
                "UPDATE request SET numbers = NULL, likeness = NULL, answer = NULL,"
                " state = CASE state WHEN 'open' THEN 'expired' ELSE state END WHERE created < ?",
                when,
            )
            self.execute("UPDATE message SET body = NULL WHERE seen < ?", when)
        return gone


@contextmanager
def alone(folder: Path, mailbox: str) -> Iterator[None]:
    """One thread in a mailbox, on this machine: the next one waits."""
    try:
        handle = open_file(folder / f"mesh-{mailbox}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise _unusable() from None
    try:
        lock(handle)
        yield
    finally:
        os.close(handle)


def deflated(pieces: Iterable[bytes]) -> bytes:
    """Lists of numbers as the journal keeps them."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(piece) for piece in pieces), packer.flush()])


def inflated(packed: bytes) -> Iterator[bytes]:
    """The same, back again, in pieces."""
    unpacker = zlib.decompressobj()
    rest = packed
    while rest:
        yield unpacker.decompress(rest, 1 << 22)
        rest = unpacker.unconsumed_tail
    yield unpacker.flush()


def _explained(error: sqlite3.DatabaseError) -> Fault | NotPermitted:
    if isinstance(error, sqlite3.OperationalError):
        return _unusable()
    return Fault("mesh-journal-damaged", "The MESH journal in the data folder is damaged. Restore it, or move it away.")


def _unusable() -> NotPermitted:
    return NotPermitted(
        "mesh-journal-not-usable",
        "The MESH journal in the data folder cannot be written. Set NDOO_DATA to a folder of your own with room in it.",
    )
