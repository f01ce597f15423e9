"""What lies at an address, and how it is read: files by their first bytes, never by their names; folders with all below them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from ndoo.checking.snapshot_format import MAGIC
from ndoo.domain.database_file import kind_of_head
from ndoo.domain.errors import NdooError, NotPermitted, UnfitData
from ndoo.domain.progress import Progress
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.own_records import manifests_for, noted_as_release
from ndoo.upholding.input_files.source import compression_of, fingerprint, first_bytes

Reader = Callable[[Path, Callable[[int], object]], Examined]

_NOT_READ: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "It is a PDF, which is not read."),
    (b"PK\x03\x04", "It is an archive or a document, which is not read: unpack it."),
    (b"\xd0\xcf\x11\xe0", "It is in an old document format that is not read: save it in a newer one."),
    (b"\x89PNG", "It is a picture, which is not read."),
    (b"\xff\xd8\xff", "It is a picture, which is not read."),
    (b"7z\xbc\xaf", "It is an archive, which is not read: unpack it."),
    (b"\x7fELF", "It is a program, which is not read."),
)
_PARQUET, _ARROW = b"PAR1", (b"ARROW1", b"\xff\xff\xff\xff")
_MAY_HOLD_SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OWN = frozenset((".git", ".venv", "__pycache__", "node_modules"))
"""Folders of programs, which are not read; links to what is in them are named."""
_SHUT = NotPermitted("no-permission", "This account may not read the folder: nobody has looked at what lies in it.")
_LINK = UnfitData("scan-not-read", "It is a link, and links are not followed: scan what it leads to.")
_NO_FILE = UnfitData("scan-not-read", "It is a pipe, a socket or a device, which is not read.")


def tables_in(path: Path) -> Iterator[ExaminedTable]:
    """The tables of one file, under their own names, or of all files in a folder, under `path/in/the/folder`.

    Raises:
        UsageFault: there is nothing there. NotPermitted: it may not be read. Fault: what would read it is not installed.
    """
    if not path.is_dir():
        try:
            yield from tables_of(path, path.name)
        except UnfitData as error:
            yield ExaminedTable(path.name, str(path.resolve()), None, _refusing(error))
        return
    unread: list[tuple[Path, NdooError]] = []
    for found in _files(path, unread):
        name = found.relative_to(path).as_posix()
        try:
            yield from (_inside(table, name) for table in tables_of(found, name))
        except NdooError as error:
            yield ExaminedTable(name, str(found.resolve()), None, _refusing(error))
    for place, why in unread:
        name = path.name if place == path else place.relative_to(path).as_posix()
        yield ExaminedTable(name, str(place.absolute()), None, _refusing(why))


def tables_of(path: Path, name: str) -> Iterator[ExaminedTable]:
    """The tables of one file."""
    head = first_bytes(path, 4096)
    mark, size = file_fingerprint(path), path.stat().st_size
    place = str(path.resolve())
    if (kind := kind_of_head(head)) == "sqlite":
        from ndoo.scanning import sqlite_source

        yield from sqlite_source.tables_of(path, mark)
        return
    if kind == "duckdb":
        from ndoo.scanning import duckdb_source

        yield from duckdb_source.tables_of(path, mark)
        return
    if head.startswith(MAGIC):
        raise UnfitData(
            "scan-snapshot",
            "It is a snapshot of a register: it holds the NHS numbers of everybody who had opted out. Treat it as confidential.",
        )
    if head.startswith(_MAY_HOLD_SHEETS):
        from ndoo.scanning import workbook_source

        if workbook_source.holds_sheets(path, head):
            yield from workbook_source.tables_of(path, mark)
            return
    if not compression_of(path) and is_json(head):
        from ndoo.scanning import json_source

        yield from json_source.tables_of(path, name, mark)
        return
    for magic, sentence in _NOT_READ:
        if head.startswith(magic):
            raise UnfitData("scan-not-read", sentence)
    reader = _reader_of(head)
    yield ExaminedTable(name, place, mark, lambda told: noted_as_release(path, reader(path, told)), size)


def _reader_of(head: bytes) -> Reader:
    """What reads the rows of a file that begins so. Each is imported where it is needed: text is scanned without Arrow."""
    if head.startswith(_PARQUET):
        from ndoo.scanning.columnar_source import read_parquet

        return read_parquet
    if head.startswith(_ARROW):
        from ndoo.scanning.columnar_source import read_arrow

        return read_arrow
    from ndoo.scanning.text_source import read_text

    return read_text


def is_json(head: bytes) -> bool:
    """Does it begin as an object or an array does?"""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] in b'[{"0123456789-tfn]')


def file_fingerprint(path: Path) -> str:
    """Device, inode, size and times, a write-ahead log's and a manifest's too: nothing that comes from the data."""
    beside = [path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-journal", ".wal")] + manifests_for(path)
    return " ".join("-".join(map(str, fingerprint(p))) for p in (path, *(b for b in beside if b.exists())))


def _inside(table: ExaminedTable, name: str) -> ExaminedTable:
    shown = name if table.name == name else f"{name}/{table.name}"
    return ExaminedTable(shown, table.place, table.fingerprint, table.read, table.size)


def _refusing(error: NdooError) -> Callable[[Progress], Examined]:
    def read(_: Progress) -> Examined:
        raise error

    return read


def _files(folder: Path, unread: list[tuple[Path, NdooError]]) -> Iterator[Path]:
    """Every regular file below, in the order of their names; links are not followed.

    What is not looked at is added to `unread`: folders that cannot be listed, what is no file, and links, but for those to what is
    below as well and looked at.
    """
    root = os.path.realpath(folder)
    for here, folders, names in os.walk(folder, onerror=lambda error: unread.append((Path(error.filename), _SHUT))):
        linked = [name for name in folders if Path(here, name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in _OWN)
        for path in sorted(Path(here, name) for name in [*names, *linked]):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                if not _of_database(path):
                    yield path
            elif not stat.S_ISLNK(mode):
                unread.append((path, _NO_FILE))
            elif not _stands_below(path, root):
                unread.append((path, _LINK))


def _stands_below(link: Path, root: str) -> bool:
    """Does it lead to what is found below this folder anyway?"""
    target = os.path.realpath(link)
    if not link.exists() or not target.startswith(root + os.sep):
        return False
    return _OWN.isdisjoint(Path(target).relative_to(root).parts) and not _of_database(Path(target))


def _of_database(path: Path) -> bool:
    """Is it the journal of a database that lies beside it, and is read with it?"""
    return any(
        path.name.endswith(ending) and path.with_name(path.name.removesuffix(ending)).is_file()
        for ending in ("-wal", "-shm", "-journal")
    )
