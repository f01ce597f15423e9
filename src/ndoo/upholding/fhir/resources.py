"""Where in a file each FHIR resource stands: on a line of NDJSON, as an entry of a bundle, or as the whole of a document.

What is released or not as a whole is a `FhirPiece`: a resource, an entry of a bundle with everything in it, or a bundle without its
entries. Kept ones are written byte for byte, with what is between them: blank lines, and the byte order mark at the start.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ndoo.domain.errors import UnfitData
from ndoo.upholding.fhir.json_text import Cursor, Json, NotFHIR, parsed
from ndoo.upholding.input_files.source import ByteSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_LINE = 1 << 26
LARGEST_DOCUMENT = 1 << 28
_BUNDLE, _TYPE = "Bundle", "resourceType"
_MARK = b"\xef\xbb\xbf"
_AT_ONCE = 1 << 20

Write = Callable[[bytes], object]


class PieceKind(Enum):
    """What a piece is."""

    RESOURCE = "resource"
    ENTRY = "entry"
    BUNDLE = "bundle"
    """What stands around the entries of a bundle. It comes after them."""


@dataclass(frozen=True, slots=True)
class FhirPiece:
    """One of these, read."""

    form: PieceKind
    content: dict[str, Json]
    line: int
    """On which it stands; 0 in a document."""
    entries: int = 0
    """Of a bundle: how many there were."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as stored, read from start to end."""

    sha256: str
    bytes: int


class FhirFile:
    """One file of an export.

    Args:
        name: its path in the export, for messages.

    Raises:
        UnfitData: the file is packed and damaged. NotPermitted, Fault: see `machine_faults`.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        with _opened(path) as (stream, _):
            self.document = _is_document(stream)
            """It is one resource or one bundle, over as many lines as it takes; else it is resources a line each."""

    def read(self, take: Callable[[FhirPiece], object], progress: Callable[[int], object]) -> Stored:
        """Send every piece to `take`, in order.

        Args:
            take: may raise NotFHIR.
            progress: called with the number of stored bytes read so far.

        Raises:
            UnfitData: it is no FHIR, or damaged, or changed while it was read.
        """
        with _opened(self.path) as (stream, source):
            for number, text in self._texts(stream):
                with self._explained(number):
                    for piece in _pieces(text, 0 if self.document else number):
                        take(piece)
                progress(source.digest.bytes)
            return Stored(*source.finish())

    def holds_resources(self) -> bool:
        """Is one of its lines, or the document, a resource or a bundle? True as well where that cannot be told.

        Raises:
            UnfitData: the file is packed and damaged.
        """
        with _opened(self.path) as (stream, _):
            for _, text in self._texts(stream):
                try:
                    if (_TYPE in text or "\\" in text) and _type_of(text) is not None:
                        return True
                    parsed(text)
                except NotFHIR:
                    return True
        return False

    def write(self, into: Write, stays: Iterator[bool]) -> Stored:
        """The file again with the pieces of which `stays` says so: what `read` sends, in its order.

        Raises:
            UnfitData: as `read`.
        """
        with _opened(self.path) as (stream, source):
            for number, text in self._texts(stream, into):
                with self._explained(number):
                    _write(text, into, stays)
            return Stored(*source.finish())

    def _texts(self, stream: io.BufferedReader, between: Write = bytes) -> Iterator[tuple[int, str]]:
        """Each line with something on it, or the document; and its number. What is between goes to `between`."""
        number = 0
        with self._explained(1):
            parts = _document(stream) if self.document else _lines(stream)
        while True:
            with self._explained(number + 1):
                part = next(parts, None)
                if part is None:
                    return
                plain = part.strip() not in (b"", _MARK)
                number += plain or part != _MARK
                if not plain:
                    between(part)
                    continue
                text = part.decode("utf-8")
            yield number, text

    @contextmanager
    def _explained(self, number: int) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError:
            raise self._unfit(number, "it is not UTF-8") from None
        except NotFHIR as error:
            raise self._unfit(number, error.why) from None

    def _unfit(self, number: int, why: str) -> UnfitData:
        where = "the document" if self.document else f"line {number}"
        return UnfitData(
            "fhir-unfit", f"{self.name!r}, {where}: this cannot be read as FHIR, because {why}. Nothing was written."
        )


def head_of(path: Path, count: int) -> bytes:
    """The first bytes of a file, unpacked, without its byte order mark and the space before anything else."""
    with _opened(path) as (stream, _):
        head = stream.read(count).removeprefix(_MARK).lstrip()
        while not head and (more := stream.read(count)):
            head = more.lstrip()
        return head


class _Unpacked(io.RawIOBase):
    """A `ByteSource` as a stream that `io` can read."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        got, pending = self._source.read_into(memoryview(buffer))
        if pending is not None:
            pending.result()
        return got


@contextmanager
def _opened(path: Path) -> Iterator[tuple[io.BufferedReader, ByteSource]]:
    """The bytes of a file, unpacked, and what counts and digests them as stored."""
    with ThreadPoolExecutor(1) as worker, ByteSource(path, worker) as source:
        yield io.BufferedReader(_Unpacked(source), _AT_ONCE), source


def _lines(stream: io.BufferedReader) -> Iterator[bytes]:
    """The parts of a file, one after the other: its byte order mark, and its lines with what ends them."""
    first = stream.readline(LONGEST_LINE)
    if first.startswith(_MARK):
        yield _MARK
        first = first.removeprefix(_MARK)
    for line in chain([first] if first else [], iter(lambda: stream.readline(LONGEST_LINE), b"")):
        if len(line) == LONGEST_LINE:
            raise NotFHIR(f"a line of more than {LONGEST_LINE >> 20} MB is not read")
        yield line


def _document(stream: io.BufferedReader) -> Iterator[bytes]:
    """The same of a document."""
    raw = stream.read(LARGEST_DOCUMENT + 1)
    if len(raw) > LARGEST_DOCUMENT:
        raise NotFHIR(f"a document of more than {LARGEST_DOCUMENT >> 20} MB is not read: export it as NDJSON")
    if raw.startswith(_MARK):
        yield _MARK
    yield raw.removeprefix(_MARK)


def _is_document(stream: io.BufferedReader) -> bool:
    """Is the first line no value of its own, or a bundle and all there is?"""
    try:
        lines = (line for line in _lines(stream) if line.strip() not in (b"", _MARK))
        first = next(lines, b"{}")
        head = parsed(first.decode("utf-8"))
        return isinstance(head, dict) and head.get(_TYPE) == _BUNDLE and not any(lines)
    except (UnicodeDecodeError, NotFHIR):
        return True


def _is_bundle(text: str) -> bool:
    """Of a document or a line."""
    return (f'"{_BUNDLE}"' in text or "\\" in text) and _type_of(text) == _BUNDLE


def _type_of(text: str) -> Json:
    """The type of the resource that the text begins with. A bundle may be large, so no more of it is read than this takes."""
    cursor = Cursor(text)
    for name in cursor.members():
        if name == "entry" and cursor.sees_list():
            for _ in cursor.elements():
                cursor.value()
        elif (value := cursor.value()) and name == _TYPE:
            return value
    return None


def _pieces(text: str, line: int) -> Iterator[FhirPiece]:
    """What one document or one line holds."""
    if not _is_bundle(text):
        yield FhirPiece(PieceKind.RESOURCE, _object(parsed(text)), line)
        return
    bundle, count = dict[str, Json](), 0
    cursor = Cursor(text)
    for name in cursor.members():
        if name == "entry":
            for _ in cursor.elements():
                count += 1
                yield FhirPiece(PieceKind.ENTRY, _object(cursor.value()), line)
        else:
            bundle[name] = cursor.value()
    cursor.end()
    yield FhirPiece(PieceKind.BUNDLE, bundle, line, count)


def _write(text: str, into: Write, stays: Iterator[bool]) -> None:
    """One document or one line, as far as it stays."""
    if not _is_bundle(text):
        if next(stays, False):
            into(text.encode())
        return
    cursor = Cursor(text)
    first, last, kept = len(text), len(text), list[str]()
    for name in cursor.members():
        if name == "entry":
            first = last = cursor.at + 1
            lead = None
            for begin in cursor.elements():
                cursor.value()
                lead = text[first:begin] if lead is None else lead
                if next(stays, False):
                    kept.append((text[last:begin] if kept else lead) + text[begin : cursor.ended])
                last = cursor.ended
        else:
            cursor.value()
    if next(stays, False):
        for part in (text[:first], *kept, text[last:]):
            into(part.encode())


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise NotFHIR("it is no JSON object")
    return value
