"""Which database a file is, by its first bytes, and the refusal of one that is not the database that was meant.

Whoever opens a file of DuckDB or SQLite asks here first: of a CSV or a Parquet file DuckDB makes a view in memory, takes what is written
beside it, and forgets all of it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import quote

from ndoo.domain.errors import NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained, missing
from ndoo.domain.nhs_number import masked

ROLE = "the database"
_SAID = {"duckdb": "DuckDB", "sqlite": "SQLite"}
_SQLITE = b"SQLite format 3\0"
_DUCKDB, _DUCKDB_AT = b"DUCK", 8
_FLAGS_AT, _ENCRYPTED = 20, 1
"""Of DuckDB: behind its mark stand eight bytes of its version, then its flags."""
_HEAD = 24


def kind_of_head(head: bytes) -> str | None:
    """ "sqlite" or "duckdb", where a file that begins so is one of theirs."""
    if head.startswith(_SQLITE):
        return "sqlite"
    return "duckdb" if head[_DUCKDB_AT:].startswith(_DUCKDB) else None


def database_kind(path: Path) -> str | None:
    """The same of a plain file."""
    with path.open("rb") as file:
        return kind_of_head(file.read(_HEAD))


def refuse_other_file(path: Path, kind: str, *, written: bool = False) -> None:
    """Refuse what is not a database of this kind, before anything opens it.

    Args:
        kind: "sqlite" or "duckdb".
        written: something is to be written to it.

    Raises:
        UsageFault: nothing is there, or no file is. UnfitData: it is something else, or encrypted. NotPermitted: this account may not read
            it, or not write to it.
    """
    name, said = masked(str(path)), _SAID[kind]
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageFault("is-a-folder", f"{name} is a folder, and a {said} database is a file. Name the file.")
        if not stat.S_ISREG(mode):
            raise UsageFault("not-a-file", f"{name} is a pipe or a device, and a {said} database is a file. Name one.")
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except (FileNotFoundError, ValueError):  # no path at all, such as one with a NUL in it
        raise missing(path, ROLE) from None
    except OSError as error:
        raise explained(error, ROLE) from None
    found = kind_of_head(head)
    if found is not None and found != kind:
        raise UnfitData(
            "database-kind",
            f"{name} is a {_SAID[found]} database. Name it as {masked(f'{found}:///{quote(str(path))}')}.",
        )
    if found is None and not (kind == "sqlite" and not head):  # SQLite's own empty database has no byte
        encrypted = ", or is encrypted" if kind == "sqlite" else ""
        raise UnfitData(
            "database-kind",
            f"{name} is not a {said} database{encrypted}. If it is a table in a file, leave {kind}:/// out: ndoo uphold "
            f"{masked(path.name)} -o OUTPUT.",
        )
    if kind == "duckdb" and any(flags & _ENCRYPTED for flags in head[_FLAGS_AT : _FLAGS_AT + 1]):
        raise UnfitData(
            "database-encrypted",
            f"{name} is an encrypted DuckDB database, which is not read. Decrypt it where its key is.",
        )
    if written and not (os.access(path, os.W_OK) and os.access(path.resolve().parent, os.W_OK | os.X_OK)):
        raise NotPermitted(
            "no-permission",
            f"This account may not write to {name} ({ROLE}), or not in its folder, and a result goes there.",
        )
