"""Where in a file does each FHIR resource stand? Lines of NDJSON, or the entries of one bundle, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ndoo.upholding.fhir.saying import unfit

_LARGEST_BUNDLE = 1 << 28
_LONGEST_LINE = 1 << 26
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """One resource, and the bytes in which it stands; None between resources (a blank line)."""

    raw: bytes
    resource: dict[str, Any] | None
    full_url: str | None = None


def is_fhir(path: Path) -> bool:
    """Does a file begin as JSON? By its first bytes, never by its name."""
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: lines, or one bundle."""

    path: Path
    bundle: bool

    def each(self, progress: Callable[[int], object]) -> Iterator[Piece]:
        """Every resource, in order.

        Raises:
            UnfitData: see `unfit`.
        """
        try:
            if self.bundle:
                text = self.path.read_bytes().decode("utf-8")
                for begin, end in _entries(text)[1]:
                    entry = json.loads(text[begin:end], object_pairs_hook=_once)
                    resource = entry.get("resource") if isinstance(entry, dict) else None
                    if not isinstance(resource, dict) or not isinstance(entry.get("fullUrl"), str | None):
                        raise unfit()
                    yield Piece(text[begin:end].encode(), resource, entry.get("fullUrl"))
                return
            with self.path.open("rb") as file:
                for line in iter(lambda: file.readline(_LONGEST_LINE), b""):
                    progress(file.tell())
                    plain = line.strip()
                    resource = json.loads(plain.decode("utf-8"), object_pairs_hook=_once) if plain else None
                    if plain and not isinstance(resource, dict):
                        raise unfit()
                    yield Piece(line, resource)
        except (ValueError, RecursionError):
            raise unfit() from None

    def write(
        self, into: Callable[[bytes], object], keep: Callable[[], bool], progress: Callable[[int], object]
    ) -> None:
        """The file again with the resources for which `keep`, asked in order, says so."""
        if not self.bundle:
            for piece in self.each(progress):
                if piece.resource is None or keep():
                    into(piece.raw)
            return
        text = self.path.read_bytes().decode("utf-8")
        first, entries = _entries(text)
        into(text[:first].encode())
        last, before = first, False
        for begin, end in entries:
            if keep():
                into((text[last:begin] if before or last == first else text[first : entries[0][0]]).encode())
                into(text[begin:end].encode())
                before = True
            last = end
        into(text[last:].encode())


def source_of(path: Path) -> Source:
    """The file, looked at: a bundle is one document, everything else is lines.

    Raises:
        UnfitData: a bundle that is too large to be held, or no JSON.
    """
    with path.open("rb") as file:
        first = _line(file)
    try:
        head = json.loads(first.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        head = None
    bundle = head is None or (isinstance(head, dict) and head.get("resourceType") == "Bundle")
    if bundle and (path.stat().st_size > _LARGEST_BUNDLE or first.startswith(b"\xef\xbb\xbf")):
        raise unfit()
    return Source(path, bundle)


def _line(file: BinaryIO) -> bytes:
    return next((line for line in iter(lambda: file.readline(_LONGEST_LINE), b"") if line.strip()), b"")


def _entries(text: str) -> tuple[int, list[tuple[int, int]]]:
    """Of a bundle: where the list of its entries begins, and where each of them lies. Without any, where the text ends."""
    decoder = json.JSONDecoder(object_pairs_hook=_once)
    whole = json.loads(text, object_pairs_hook=_once)
    if (
        not isinstance(whole, dict)
        or whole.get("resourceType") != "Bundle"
        or not isinstance(whole.get("entry", []), list)
    ):
        raise unfit()
    at = _past(text, _past(text, 0) + 1)
    while text[at] == '"':
        key, at = decoder.raw_decode(text, at)
        at = _past(text, _past(text, at) + 1)
        if key == "entry":
            found, first = [], at + 1
            at = _past(text, first)
            while text[at] != "]":
                _, end = decoder.raw_decode(text, at)
                found.append((at, end))
                at = _past(text, end)
                at = _past(text, at + 1) if text[at] == "," else at
            return first, found
        _, at = decoder.raw_decode(text, at)
        at = _past(text, at)
        at = _past(text, at + 1) if text[at] == "," else at
    return len(text), []


def _past(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document
