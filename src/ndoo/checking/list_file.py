"""Reads a list from a file, plain or packed with gzip: one NHS number a line; a comma, CRLF and a byte-order mark are tolerated."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from ndoo.checking.freshness import judge_age
from ndoo.checking.impostors import is_heading, refuse
from ndoo.checking.list_record import record_beside
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.domain.machine_faults import near
from ndoo.domain.named_file import naming
from ndoo.domain.nhs_number import masked
from ndoo.numbers.cleaned_list import CleanedList, joined
from ndoo.numbers.number_set import NumberSet

_BLOCK = 1 << 22
_HEAD = 256
"""What must be seen at once to know a byte-order mark, a heading, or something that is no list."""
_LONGEST_LINE = 1 << 16
_MARK = b"\xef\xbb\xbf"
_CROWD = 100_000 * 12
_GZIP = b"\x1f\x8b"
_PACKED_BY = 2
"""So many times as large as packed are NHS numbers, at least."""


class _Readable(Protocol):
    def readinto(self, room: memoryview, /) -> int | None: ...


class _Digested(io.RawIOBase):
    """A file that is read once, from start to end, with a digest of what it handed out."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any, /) -> int:
        view = memoryview(room)
        got = self._file.readinto(view)
        self.digest.update(view[:got])
        self.bytes += got
        return got


@dataclass(frozen=True, slots=True)
class _Read:
    """A list as it was read: whom it names, how many they are, and its bytes."""

    people: NumberSet
    count: int
    sha256: str
    bytes: int


def read_lists(
    paths: Sequence[Path],
    polarity: Polarity,
    *,
    checked_at: datetime | date | None,
    now: datetime,
    limit_days: int | None = None,
    asked: Sequence[Path] = (),
) -> CleanedList:
    """Read several lists of one polarity as one, or refuse them all; the arguments are those of `read_list`.

    Args:
        asked: for each list of the allowed, in the same order, the list that was sent to be checked; or none for any.
    """
    about: Sequence[Path | None] = asked or [None] * len(paths)
    lists = []
    for path, request in zip(paths, about, strict=True):
        with naming(path):
            lists.append(
                read_list(path, polarity, checked_at=checked_at, now=now, limit_days=limit_days, asked=request)
            )
    return joined(lists)


def read_list(
    path: Path,
    polarity: Polarity,
    *,
    checked_at: datetime | date | None,
    now: datetime,
    limit_days: int | None = None,
    asked: Path | None = None,
) -> CleanedList:
    """Read a list, or refuse it whole.

    Args:
        path: the list.
        polarity: whom it names; never guessed.
        checked_at: when it was taken; None where the sealed record beside it says so.
        now: the moment of use, with its zone.
        limit_days: see `freshness.judge_age`.
        asked: for a list of the allowed, the list that was sent to be checked: whoever is not on it is unknown.

    Raises:
        NoUsableList: missing, unreadable, empty, stale, of unknown age, something that is not a list, or not what the sealed
            record beside it says.
    """
    record = record_beside(path)
    if record is not None:
        record.judge_polarity(polarity)
        record.judge_day(checked_at)
        checked_at = record.checked_at
    age = judge_age(checked_at, now, limit_days)
    listed = _numbers(path)
    if record is not None:
        record.judge_bytes(listed.sha256, listed.bytes)
    request = _numbers(asked).people if asked else None
    if request is not None and not request.contains_all_of(listed.people):
        raise NoUsableList(
            "list-not-asked-for",
            "The list names people who are not in --requested, so it is not the answer to that request.",
        )
    sealed_by = record.sealed_by if record is not None else None
    provenance = age.provenance(polarity, "file", listed.count, sha256=listed.sha256, record_sealed_by=sealed_by)
    return CleanedList(provenance, listed.people, request)


def _numbers(path: Path) -> _Read:
    try:
        with path.open("rb", buffering=0) as file:
            if file.seekable() and file.read(len(_GZIP)) == _GZIP:
                return _read_packed(file, path)
            if file.seekable():
                file.seek(0)
            return _read(file, table=path.suffix.lower() == ".csv", crowded=path.stat().st_size > _CROWD)
    except FileNotFoundError:
        raise NoUsableList(
            "list-missing", f"The list {masked(str(path))} does not exist.{near(path)} Check the path."
        ) from None
    except IsADirectoryError:
        raise NoUsableList("list-missing", f"The list {masked(str(path))} is a folder. Name the file in it.") from None
    except PermissionError:
        raise NoUsableList("list-not-readable", "The list may not be read by this account.") from None
    except (OSError, EOFError, zlib.error):
        raise NoUsableList("list-not-readable", "The list could not be read to its end.") from None


def _read_packed(file: io.FileIO, path: Path) -> _Read:
    """A list that is packed with gzip. It is read once, so its digest is of the stored bytes that were unpacked and of no others;
    unpacking ends only where the file does."""
    file.seek(0)
    stored, size = _Digested(file), os.fstat(file.fileno()).st_size
    with io.BufferedReader(stored) as packed, gzip.GzipFile(fileobj=packed, mode="rb") as unpacked:
        table = path.with_suffix("").suffix.lower() == ".csv"
        found = _read(unpacked, table=table, crowded=size * _PACKED_BY > _CROWD)
    return replace(found, sha256=stored.digest.hexdigest(), bytes=stored.bytes)


def _read(file: _Readable, *, table: bool, crowded: bool) -> _Read:
    people, digest = NumberSet(crowded=crowded), hashlib.sha256()
    buffer, kept, count, size = bytearray(_BLOCK + _LONGEST_LINE), 0, 0, 0
    start: bytes | None = None
    while True:
        view = memoryview(buffer)
        got = _fill(file, view[kept : kept + max(_BLOCK, _HEAD)])
        digest.update(view[kept : kept + got])
        view.release()
        size += got
        length, final = kept + got, got == 0
        if start is None:
            head = bytes(buffer[: min(length, _HEAD)])
            start = head.removeprefix(_MARK)
            skipped = _preamble(head, table=table)
            buffer[: length - skipped] = buffer[skipped:length]
            length -= skipped
            lines = int(skipped > len(_MARK))
        read = people.add_lines(buffer, length, final=final)
        lines += read.read
        count += read.fresh
        kept = length - read.consumed
        if read.stopped or kept > _LONGEST_LINE:
            raise refuse(start, lines + 1) if lines or buffer[read.consumed : length].strip() else _empty()
        buffer[:kept] = buffer[read.consumed : length]
        if final:
            break
    if count == 0:
        raise _empty()
    return _Read(people, count, digest.hexdigest(), size)


def _fill(file: _Readable, view: memoryview) -> int:
    """Read until the view is full or the file ends, because a pipe hands out a few bytes at a time."""
    length = 0
    while length < len(view) and (got := file.readinto(view[length:])):
        length += got
    return length


def _preamble(head: bytes, *, table: bool) -> int:
    """How many bytes stand before the first number: a byte-order mark, and the heading of a `.csv`."""
    mark = len(_MARK) if head.startswith(_MARK) else 0
    line, end, _ = head[mark:].partition(b"\n")
    return mark + len(line) + 1 if table and end and is_heading(line) else mark


def _empty() -> NoUsableList:
    return NoUsableList(
        "list-empty",
        "The list is empty. That may mean a failed check, a cut-off file or the wrong one; it never means that "
        "everybody, or nobody, opted out.",
    )
