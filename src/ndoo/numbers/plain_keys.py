"""Whether the values of a column could be keys of another table: cells laid bare, samples of them, and where the samples are met.

A sample is of the distinct values of a column, those whose names are smallest: drawn by chance, however the rows are sorted.
What is known of a value is exact: every cell that has it is counted, from the first on.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator, Mapping
from ctypes import addressof
from dataclasses import dataclass, field

from ndoo.numbers.kernel import int64s, uint8s, uint32s
from ndoo.numbers.key_index import KeyCells, KeyIndex, U8s, U32s, U64s, uint64s
from ndoo.numbers.key_kernel import NOBODY, library

_EVERY = (1 << 64) - 1
SEVERAL = NOBODY - 1
"""Instead of a person: several."""


@dataclass(frozen=True, slots=True)
class PlainCells:
    """The cells of one column of some rows, laid bare: see `ndoo_key_plain`."""

    plain: U64s
    core: U64s
    bits: U8s
    rows: int


class Baring:
    """Lays cells bare.

    Args:
        secret: of 128 bits, so that nobody can prepare cells that share a name.
    """

    def __init__(self, secret: tuple[int, int]) -> None:
        self._secret = uint64s(2)
        self._secret[0], self._secret[1] = secret

    def of(self, cells: KeyCells, rows: int) -> PlainCells:
        """Each cell by itself."""
        bare = PlainCells(uint64s(rows), uint64s(rows), uint8s(rows), rows)
        library().ndoo_key_plain(
            cells.buffer,
            cells.begin,
            cells.end,
            cells.stride,
            rows,
            addressof(self._secret),
            addressof(bare.plain),
            addressof(bare.core),
            addressof(bare.bits),
        )
        return bare

    def paired(self, one: PlainCells, other: PlainCells) -> PlainCells:
        """Two columns side by side, as one."""
        rows = one.rows
        pair = PlainCells(uint64s(rows), uint64s(rows), uint8s(rows), rows)
        library().ndoo_key_paired(
            addressof(one.plain),
            addressof(other.plain),
            addressof(one.bits),
            addressof(other.bits),
            rows,
            addressof(self._secret),
            addressof(pair.plain),
            addressof(pair.bits),
        )
        return pair


@dataclass(frozen=True, slots=True)
class Value:
    """One distinct value of a sample."""

    name: int
    cells: int
    bits: int
    who: int


class ValueSample:
    """At most `most` distinct values of a column, drawn by chance, with all their cells."""

    def __init__(self, most: int, *, whose: bool = False) -> None:
        self._most = most
        self._full = 2 * most
        self._limit = _EVERY
        self._whose = whose
        self._mask = (1 << (2 * self._full - 1).bit_length()) - 1
        self._count = int64s(2)
        self._emptied()

    @property
    def filled(self) -> int:
        """How many cells were no blank."""
        return self._count[1]

    def take(self, bare: PlainCells, who: U32s | None = None, *, core: bool = False) -> None:
        """Take in the cells of some rows, or (`core`) their digits alone; blanks are passed over."""
        names, at = bare.core if core else bare.plain, 0
        while True:
            at = library().ndoo_key_sample(
                addressof(self._slots),
                addressof(self._cells),
                addressof(self._bits),
                addressof(self._who) if self._whose else None,
                self._mask,
                self._limit,
                self._full,
                addressof(self._count),
                addressof(names),
                addressof(bare.bits),
                addressof(who) if who is not None else None,
                at,
                bare.rows,
            )
            if at == bare.rows:
                return
            self._pruned()

    def values(self) -> list[Value]:
        """The sample, smallest name first."""
        return sorted(self._held(), key=lambda value: value.name)[: self._most]

    @property
    def distinct(self) -> float:
        """How many distinct values the column has; an estimate where there are more than the sample holds."""
        values = self.values()
        if len(values) < self._most:
            return float(len(values))
        return (len(values) - 1) * float(_EVERY) / values[-1].name

    @property
    def is_unique(self) -> bool:
        """Has every cell that is no blank another value, as far as the sample shows?"""
        return all(value.cells == 1 for value in self._held())

    def _held(self) -> Iterator[Value]:
        for at, name in enumerate(self._slots):
            if name:
                yield Value(name, self._cells[at], self._bits[at], self._who[at] if self._whose else NOBODY)

    def _pruned(self) -> None:
        """Only the smallest names stay, and no greater one comes in any more."""
        keep = self.values()
        self._limit = keep[-1].name + 1
        self._emptied()
        for value in keep:
            at = (value.name ^ value.name >> 32) & self._mask
            while self._slots[at]:
                at = (at + 1) & self._mask
            self._slots[at], self._cells[at], self._bits[at] = value.name, value.cells, value.bits
            if self._whose:
                self._who[at] = value.who
        self._count[0] = len(keep)

    def _emptied(self) -> None:
        room = self._mask + 1
        self._slots, self._cells, self._bits = uint64s(room), uint32s(room), uint8s(room)
        self._who = uint32s(room if self._whose else 0)
        self._count[0] = 0


class WantedValues:
    """The values of a sample, numbered in an index of all that are looked for."""

    def __init__(self, sample: ValueSample, index: KeyIndex) -> None:
        values = sample.values()
        self.sampled = len(values)
        self.distinct = sample.distinct
        self.cells = sum(value.cells for value in values)
        self._bits = Counter(value.bits for value in values)
        names, self._cells = uint64s(self.sampled), uint32s(self.sampled)
        for at, value in enumerate(values):
            names[at], self._cells[at] = value.name, value.cells
        self._numbers = index.add(names, self.sampled)

    def met_in(self, met: MetValues) -> tuple[int, int, int]:
        """How many stand in a column, how many of these in one row or in rows of one person, and how many cells the latter have."""
        out = int64s(3)
        library().ndoo_key_overlap(
            addressof(self._numbers),
            addressof(self._cells),
            self.sampled,
            met.count,
            addressof(met.times),
            addressof(met.who),
            addressof(out),
        )
        return out[0], out[1], out[2]

    def expected_among(self, distinct: float) -> float:
        """How many would stand among so many distinct values by chance."""
        return expected_by_chance(self._bits, distinct)


@dataclass(slots=True)
class MetValues:
    """Which of the first `count` values of an index stand in a column, in how many rows, and to whom these lead."""

    count: int
    times: U8s = field(init=False)
    who: U32s = field(init=False)

    def __post_init__(self) -> None:
        self.times, self.who = uint8s(self.count), uint32s(self.count)
        ctypes.memset(self.who, 0xFF, 4 * self.count)

    def take(self, index: KeyIndex, names: U64s, rows: int, who: U32s) -> None:
        """Take in the cells of some rows and whose rows these are."""
        numbers = index.find(names, rows)
        library().ndoo_key_met(
            addressof(numbers), rows, addressof(who), self.count, addressof(self.times), addressof(self.who)
        )


def expected_by_chance(values_by_bits: Mapping[int, int], distinct: float) -> float:
    """How many of so many values, by how many bits wide each is, stand among `distinct` others by chance."""
    return sum(count * min(1.0, distinct / 2.0**bits) for bits, count in values_by_bits.items())
