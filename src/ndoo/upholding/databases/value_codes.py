"""Undoes how a database writes values whose text does not show the digits that they hold, wherever in a cell they stand.

These are bytes in lists and structures, UUIDs (of which the bytes may be digits too), bits, network addresses, lists of the codes of characters,
and the words of a text search, which stand in order of the alphabet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv6Address
from typing import Any

_BYTES = re.compile(rb"\\x((?:[0-9a-f]{2})+)")
_UUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_BITS = re.compile(rb"(?<![0-9A-Za-z])[01]{30,}(?![0-9A-Za-z])")
"""Fewer have no room for a number."""
_LONGEST_INTEGER = 64
_ADDRESS = re.compile(rb"(?<![0-9a-f:])[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*")
_CHARACTERS = re.compile(rb"(?<![0-9.])(?:[0-9]{1,3}, ?){9,}[0-9]{1,3}(?![0-9.])")
_DIGIT_CODES = range(48, 58)
_LEXEME = re.compile(rb"'((?:[^']|'')*)'(?::([0-9]+[A-D]?(?:,[0-9]+[A-D]?)*))?")
_PLACE = re.compile(rb"[0-9]+")


def undone(cells: Any, *, only_uuids: bool) -> Any:
    """An Arrow array of bytes: whatever the cells of an array of text stand for in a code.

    Args:
        only_uuids: each is a UUID and nothing else.
    """
    import pyarrow as pa

    undoing = (_uuids,) if only_uuids else _UNDOING
    found = (
        one for cell in cells.cast(pa.large_binary()).to_pylist() if cell for undo in undoing for one in undo(cell)
    )
    return pa.array(found, pa.large_binary())


def _bytes(cell: bytes) -> Iterator[bytes]:
    """Each, and all of them as one."""
    pieces = [bytes.fromhex(one.decode()) for one in _BYTES.findall(cell)]
    yield from pieces
    if len(pieces) > 1:
        yield b"".join(pieces)


def _uuids(cell: bytes) -> Iterator[bytes]:
    for one in _UUID.findall(cell):
        digits = one.replace(b"-", b"")
        yield digits
        yield bytes.fromhex(digits.decode())


def _bits(cell: bytes) -> Iterator[bytes]:
    for one in _BITS.findall(cell):
        value = int(one, 2)
        if len(one) <= _LONGEST_INTEGER:
            yield str(value).encode()
        if len(one) % 8 == 0:
            yield value.to_bytes(len(one) // 8, "big")


def _addresses(cell: bytes) -> Iterator[bytes]:
    for one in _ADDRESS.findall(cell):
        try:
            packed = IPv6Address(one.decode()).packed
        except ValueError:
            continue
        yield packed.hex().encode()
        yield packed


def _characters(cell: bytes) -> Iterator[bytes]:
    """What is no code of a digit parts digits, whatever it is."""
    for one in _CHARACTERS.findall(cell):
        codes = (int(code) for code in one.split(b","))
        yield bytes(code if code in _DIGIT_CODES else 0x20 for code in codes)


def _words(cell: bytes) -> Iterator[bytes]:
    """As they stood in the text, where that is known; else as they stand."""
    places = [
        (int(at), word.replace(b"''", b"'"))
        for word, said in _LEXEME.findall(cell)
        for at in _PLACE.findall(said or b"0")
    ]
    if places:
        yield b" ".join(word for _, word in sorted(places, key=lambda place: place[0]))


_UNDOING: tuple[Callable[[bytes], Iterator[bytes]], ...] = (_bytes, _uuids, _bits, _addresses, _characters, _words)
