"""The lines of a list of NHS numbers that may stay, by what a cleaned list says: as they came, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ctypes import POINTER, byref, c_int64, c_uint32, cast
from typing import Protocol

from ndoo.domain.nhs_number import ranges
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.kernel import Rules, address_of, library
from ndoo.numbers.number_set import NumberSet

CROWD = 100_000 * 12
"""Bytes of a list from which large pages pay."""
_PIECE = 1 << 21


class NumberLines(Protocol):
    """Bytes that are looked at by slices, each line a valid NHS number; `bytes` is one."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


def kept_lines(
    body: NumberLines, who: CleanedList, tally: Counter[str], *, start: int = 0, collapse: bool = False
) -> Iterator[bytes]:
    """The lines that may stay, in pieces.

    Args:
        tally: takes the lines `kept`, `removed`, `not_covered` and `repeated`, once the last piece was taken.
        start: where the first line begins.
        collapse: a number that stands there twice is kept once.
    """
    covered = [edge for r in ranges() if r.in_national_register for edge in r.people]
    places = (c_uint32 * len(covered))(*covered)
    rules = Rules(
        list=who.listed.address,
        list_allows=who.names_allowed,
        asked=who.asked.address if who.asked else None,
        covered=cast(places, POINTER(c_uint32)),
        ranges=len(covered) // 2,
    )
    seen = NumberSet(crowded=len(body) > CROWD) if collapse else None
    counts, consumed, at, out = (c_int64 * 4)(), c_int64(), start, bytearray(_PIECE)
    while at < len(body):
        piece = bytearray(body[at : at + _PIECE])
        length = library.ndoo_sift(
            byref(rules),
            address_of(piece),
            len(piece),
            at + len(piece) == len(body),
            seen.address if seen else None,
            address_of(out),
            byref(consumed),
            counts,
        )
        at += consumed.value or len(piece)
        if length:
            yield bytes(out[:length])
    for name, count in zip(("kept", "removed", "not_covered", "repeated"), counts, strict=True):
        tally[name] = count
