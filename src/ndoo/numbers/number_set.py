"""A set of people, one bit for each: exact, of one size whatever it holds, and quick to ask about."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Sequence
from ctypes import byref, c_int32, c_int64
from dataclasses import dataclass
from operator import and_, or_
from typing import Protocol

from ndoo.domain.nhs_number import NHSNumber
from ndoo.domain.operating_system import memory
from ndoo.numbers import touched
from ndoo.numbers.kernel import address_of, library

LINE = 12
"""Bytes of a line of a list: ten digits, a comma and a line feed."""
_PIECE = LINE << 17
_COMBINED = 1 << 20
"""Bytes of two sets that are combined at a time."""
PEOPLE = 1_000_000_000
"""Every first-nine-digits there can be; 125 MB of address space, resident only where it was written."""


class LinedPeople(Protocol):
    """People who come out as the lines of a list, number, comma and line feed each, in pieces and in ascending order."""

    def lines(self) -> Iterable[bytes]: ...


class SettledPeople:
    """The people of a set that changes no more. Their lines are written once, however often they are read: to find a thousand people
    among a thousand million takes longer than all that is asked about them. They take 12 bytes each."""

    def __init__(self, people: NumberSet) -> None:
        self._lines = list(people.lines())

    def __repr__(self) -> str:
        return "SettledPeople(…)"

    def lines(self) -> Iterable[bytes]:
        """See `LinedPeople`."""
        return self._lines


@dataclass(frozen=True, slots=True)
class AddedLines:
    """What `NumberSet.add_lines` made of a piece of a list."""

    read: int
    consumed: int
    fresh: int
    """How many of them were not in the set before."""
    stopped: bool
    """The line after the last one read is no NHS number."""


class NumberSet:
    """Holds people, not numbers: the tenth digit follows from the first nine. What it holds comes out packed, for a
    snapshot or a journal, and as the lines of a list, for the check.

    Args:
        crowded: many people are to come (a hundred thousand and more), so large pages pay.
    """

    def __init__(self, *, crowded: bool = False) -> None:
        self._bits = memory(PEOPLE // 8)
        if crowded and hasattr(mmap, "MADV_HUGEPAGE"):
            self._bits.madvise(mmap.MADV_HUGEPAGE)
        self.address = address_of(memoryview(self._bits))

    def __repr__(self) -> str:
        return "NumberSet(…)"

    def __contains__(self, number: NHSNumber) -> bool:
        return self.has_person(number.person)

    def has_person(self, person: int) -> bool:
        """Is whoever these first nine digits name here?"""
        return bool(self._bits[person >> 3] >> (person & 7) & 1)

    def add(self, number: NHSNumber) -> None:
        """Take one person in."""
        self._bits[number.person >> 3] |= 1 << (number.person & 7)

    def add_lines(self, block: bytearray, length: int, *, final: bool) -> AddedLines:
        """Take in the numbers of the first `length` bytes of `block`, one a line, a comma and CR tolerated.

        Stops before the first line that is no NHS number, and, unless `final`, before a line without its end.
        """
        consumed, bad, fresh = c_int64(), c_int32(), c_int64()
        read = library.ndoo_list(
            address_of(block), length, final, self.address, byref(consumed), byref(bad), byref(fresh)
        )
        return AddedLines(int(read), consumed.value, fresh.value, bool(bad.value))

    def add_packed(self, packed: bytes) -> int | None:
        """Take in what `packed` made, into an empty set; how many people these were. None where the bytes are damaged:
        then the set is of no use."""
        buffer = bytearray(packed) or bytearray(1)
        count = int(library.ndoo_unpack(address_of(buffer), len(packed), self.address, PEOPLE))
        return None if count < 0 else count

    def packed(self) -> bytes:
        """The people in ascending order, each as its distance from the one before: about a byte each in a full register."""
        out = bytearray(max(1, length := int(library.ndoo_pack(self.address, PEOPLE // 8, None))))
        library.ndoo_pack(self.address, PEOPLE // 8, address_of(out))
        return bytes(out[:length])

    def lines(self, start: int = 0) -> Iterator[bytes]:
        """A list of everybody, number, comma and line feed each, in pieces and in ascending order.

        Args:
            start: the first nine digits to begin with; those before come last, so another start makes another text.
        """
        out, filled = bytearray(_PIECE), 0
        runs = list(touched.runs(self.address, PEOPLE // 8))
        for first, end in ((start, PEOPLE), (0, start)):
            for begin, length in runs:
                at, stop = c_int64(max(first, 8 * begin)), min(end, 8 * (begin + length))
                while at.value < stop:
                    filled += library.ndoo_lines(
                        self.address, byref(at), stop, address_of(out) + filled, _PIECE - filled
                    )
                    if filled + LINE > _PIECE:
                        yield bytes(out[:filled])
                        filled = 0
        if filled:
            yield bytes(out[:filled])

    def count(self, *, but_not_in: tuple[NumberSet, ...] = ()) -> int:
        """How many people are here and in none of the (at most two) other sets.

        Raises:
            ValueError: for more than two other sets.
        """
        if len(but_not_in) > 2:
            raise ValueError("at most two other sets")
        total = 0
        for begin, length in touched.runs(self.address, PEOPLE // 8):
            first, second, *_ = [*(s.address + begin for s in but_not_in), None, None]
            total += library.ndoo_count(self.address + begin, first, second, length)
        return total

    def take_known(self, asked: NumberSet, allowed: NumberSet, into: NumberSet) -> int:
        """Whoever is here and was asked about leaves this set, and goes `into` another if allowed; how many left."""
        return int(library.ndoo_take_known(self.address, asked.address, allowed.address, into.address, PEOPLE // 8))

    def contains_all_of(self, other: NumberSet) -> bool:
        """Is `other` a subset of this set?"""
        return other.count(but_not_in=(self,)) == 0

    def add_all(self, other: NumberSet) -> None:
        """Everybody of another set comes in."""
        self._combine(other, or_, of=other)

    def discard_all(self, other: NumberSet) -> None:
        """Everybody who is in another set leaves."""
        self._combine(other, lambda mine, theirs: mine & ~theirs, of=other)

    def retain_all(self, other: NumberSet) -> None:
        """Everybody who is not in another set leaves."""
        self._combine(other, and_, of=self)

    def _combine(self, other: NumberSet, both: Callable[[int, int], int], *, of: NumberSet) -> None:
        """Each piece of this set becomes what `both` makes of it and of the other's; pieces where nobody of `of` is stay."""
        for begin, length in touched.runs(of.address, PEOPLE // 8):
            for at in range(begin, begin + length, _COMBINED):
                end = min(at + _COMBINED, begin + length)
                mine, theirs = (int.from_bytes(people._bits[at:end], "little") for people in (self, other))
                if (made := both(mine, theirs)) != mine:
                    self._bits[at:end] = made.to_bytes(end - at, "little")

    def discard_range(self, first: int, end: int) -> int:
        """Everybody from `first` up to, but not with, `end` leaves; how many they were. Both are multiples of 8.

        Raises:
            ValueError: they are not.
        """
        if first % 8 or end % 8:
            raise ValueError("whole bytes only")
        before = self.count()
        self._bits[first >> 3 : end >> 3] = bytes((end - first) >> 3)
        return before - self.count()


def pieces_in_use(sets: Sequence[NumberSet], people: int) -> Iterator[tuple[int, int, int]]:
    """Where anybody may be in any of the sets: the number of a region of so many people, the place and the length in bytes of a
    piece of it, each once and in ascending order. `people` is a multiple of the people of a page.
    """
    size, done = people // 8, 0
    for begin, length in sorted(run for one in sets for run in touched.runs(one.address, PEOPLE // 8)):
        place, end = max(begin, done), begin + length
        done = max(done, end)
        while place < end:
            region = place // size
            stop = min(end, (region + 1) * size)
            yield region, place, stop - place
            place = stop
