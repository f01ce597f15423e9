"""The people whom a file of NHS numbers asks about: everybody on it once; lines that name nobody are counted by their reason."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ndoo.checking.impostors import is_heading
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.machine_faults import missing
from ndoo.domain.nhs_number import Undecided, masked
from ndoo.numbers.column import Column, validate
from ndoo.numbers.kernel import library
from ndoo.numbers.number_set import NumberSet

_BLOCK = 1 << 22
_MARK = b"\xef\xbb\xbf"
_CROWD = 100_000 * 12
_TABLE = (b"\t", b";", b"|", b"^", b"~", b"\x01", b"\x1e", b"\x1f", *(sign.encode() for sign in "§¦¬¶•¤†‡│║"))


@dataclass(slots=True)
class GatheredNumbers:
    """The people of a file. read = asked + repeated + the held, exactly."""

    people: NumberSet
    read: int = 0
    asked: int = 0
    held: Counter[Undecided] = field(default_factory=Counter)

    @property
    def repeated(self) -> int:
        """Lines about somebody who was on an earlier one."""
        return self.read - self.asked - sum(self.held.values())

    def take(self, person: int, why: int, rows: int, reasons: Counter[Undecided]) -> None:
        """Take in `rows` cells; `person` and `why` are the addresses of what the validator made of them."""
        self.read += rows
        self.asked += int(library.ndoo_add(self.people.address, person, why, rows))
        self.held += reasons


def gather(path: Path) -> GatheredNumbers:
    """Read a list: one number a line, in any of the forms that `domain.nhs_number` reads; a comma behind it, CRLF, a
    byte-order mark and a heading are tolerated.

    Raises:
        UsageFault: there is no such file. UnfitData: it is empty, or a table of several columns.
    """
    return _gathered(columns(path), _size(path))


def gather_text(raw: bytes) -> GatheredNumbers:
    """The same for a list that was not sent as a file.

    Raises:
        UnfitData: it is empty, or a table of several columns.
    """
    return _gathered(_columns(io.BytesIO(raw)), len(raw))


def _gathered(found: Iterable[Column], size: int) -> GatheredNumbers:
    import ctypes

    gathered = GatheredNumbers(NumberSet(crowded=size > _CROWD))
    for column in found:
        gathered.take(ctypes.addressof(column.person), ctypes.addressof(column.why), column.length, column.undecided())
    if gathered.read == gathered.held[Undecided.MISSING]:
        raise UnfitData("numbers-empty", "The file of numbers is empty, so there is no one to ask about.")
    return gathered


def columns(path: Path) -> Iterator[Column]:
    """The lines of the file, validated, in blocks and in order."""
    return (column for _lines, column in blocks(path))


def blocks(path: Path) -> Iterator[tuple[list[bytes], Column]]:
    """The same, each block with its lines as they came, but for the heading and a byte-order mark."""
    try:
        with path.open("rb") as file:
            for lines in _lines(file):
                yield lines, validate(_array(lines))
    except OSError:
        raise UsageFault("numbers-not-readable", "The file of numbers could not be read to its end.") from None


def _columns(file: IO[bytes]) -> Iterator[Column]:
    for lines in _lines(file):
        yield validate(_array(lines))


def _array(lines: list[bytes]) -> Any:
    import pyarrow as pa

    return pa.array([line.removesuffix(b"\r").removesuffix(b",") for line in lines], pa.large_binary())


def _lines(file: IO[bytes]) -> Iterator[list[bytes]]:
    rest, first = b"", True
    while block := file.read(_BLOCK):
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        if len(rest) > _BLOCK:
            raise UnfitData("numbers-not-text", "The file of numbers is not plain text.")
        if first and lines:
            first = False
            lines = _without_heading(lines)
        yield lines
    last = [rest] if rest.strip() else []
    yield _without_heading(last) if first and last else last


def _without_heading(lines: list[bytes]) -> list[bytes]:
    """Without a byte-order mark and a heading.

    Raises:
        UnfitData: the first line shows a table, or no text.
    """
    lines[0] = lines[0].removeprefix(_MARK)
    start = lines[0].strip().removesuffix(b",")
    if b"\0" in start or start.startswith((b"\xff\xfe", b"\xfe\xff", b"PAR1", b"PK\x03\x04", b"\x1f\x8b")):
        raise UnfitData("numbers-not-text", "The file of numbers is not plain text.")
    if b"," in start or any(sign in start for sign in _TABLE):
        raise UnfitData(
            "numbers-table",
            "The file of numbers is a table of several columns. Name the one with the person's NHS number: --nhs-number.",
        )
    return lines[1:] if is_heading(start) or (not any(48 <= byte < 58 for byte in start) and start) else lines


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            raise UsageFault("is-a-folder", f"{masked(str(path))} is a folder, and a file is needed (the NHS numbers).")
        if not path.is_file():
            raise missing(path, "the file of NHS numbers")
        return path.stat().st_size
    except OSError:
        raise UsageFault("numbers-not-readable", "The file of numbers could not be read to its end.") from None
