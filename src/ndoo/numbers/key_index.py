"""What is known of each key of a linked table: some thirty bytes for a key, whatever it is: its name, its state, its person.

A name is a keyed digest of 64 bits. Two keys of one name would be taken for one key, and the worse of what is known of
either for both: so somebody might be left out, or an orphan not be seen for one, with a chance of one in 2^64 for a
pair; nobody who must go could stay.
"""

from __future__ import annotations

import ctypes
import secrets
from collections.abc import Sequence
from ctypes import addressof
from dataclasses import dataclass

from ndoo.numbers.kernel import address_of, uint8s, uint32s
from ndoo.numbers.key_kernel import NOBODY, library

_FIRST_ROOM = 1 << 12

U64s = ctypes.Array[ctypes.c_uint64]
U32s = ctypes.Array[ctypes.c_uint32]
U8s = ctypes.Array[ctypes.c_uint8]


def uint64s(length: int) -> U64s:
    """A C array; never of length zero, so that it always has an address."""
    return (ctypes.c_uint64 * max(length, 1))()


@dataclass(frozen=True, slots=True)
class KeyCells:
    """One column of some rows: cell i lies in `buffer` from `begin[i * stride]` to `end[i * stride]`; addresses, all three."""

    buffer: int
    begin: int
    end: int
    stride: int
    csv: bool
    """The cells are fields of quoted text."""
    held: object = None
    """Whatever must live as long as the addresses are used."""


class Naming:
    """Turns cells into names, under a secret of its own, so that nobody can prepare keys that share one."""

    def __init__(self) -> None:
        self._secret = uint64s(2)
        self._secret[0], self._secret[1] = secrets.randbits(64), secrets.randbits(64)

    def nulls(self, texts: Sequence[str]) -> U64s:
        """The names of texts that mean a blank."""
        names = uint64s(len(texts))
        for at, text in enumerate(texts):
            raw = text.encode()
            buffer = ctypes.create_string_buffer(raw)
            edges = (ctypes.c_int64 * 2)(0, len(raw))
            where = addressof(edges)
            cell = KeyCells(addressof(buffer), where, where + 8, 1, csv=False)
            names[at] = self.of([cell], 1, uint64s(0), 0)[0]
        return names

    def of(self, columns: Sequence[KeyCells], rows: int, nulls: U64s, null_count: int) -> U64s:
        """The name of each row's key, which has one column or several; 0 where one of them is blank."""
        names = uint64s(rows * len(columns))
        for at, cells in enumerate(columns):
            library().ndoo_key_names(
                cells.buffer,
                cells.begin,
                cells.end,
                cells.stride,
                rows,
                cells.csv,
                addressof(self._secret),
                addressof(nulls),
                null_count,
                addressof(names) + 8 * at * rows,
            )
        if len(columns) == 1:
            return names
        joined = uint64s(rows)
        library().ndoo_key_joined(addressof(names), len(columns), rows, addressof(self._secret), addressof(joined))
        return joined


def names_of_people(person: U32s, why: U8s, rows: int) -> U64s:
    """The same where the key is an NHS number: every spelling of one number has one name."""
    names = uint64s(rows)
    library().ndoo_key_people(addressof(person), addressof(why), rows, addressof(names))
    return names


class KeyIndex:
    """Every key of a table, numbered as they come, with its state and the person it leads to."""

    def __init__(self) -> None:
        self._room = _FIRST_ROOM
        self._slots, self._numbers = uint64s(self._room), uint32s(self._room)
        self.count = 0
        self.state = uint8s(self._room)
        self.who = uint32s(self._room)
        ctypes.memset(self.who, 0xFF, 4 * self._room)

    def add(self, names: U64s, rows: int) -> U32s:
        """The number of each name, a new one where it was not there."""
        if (self.count + rows) * 4 > self._room * 3:
            self._grow(self.count + rows)
        numbers = uint32s(rows)
        self.count = int(
            library().ndoo_key_add(
                addressof(self._slots),
                addressof(self._numbers),
                self._room - 1,
                addressof(names),
                rows,
                self.count,
                addressof(numbers),
            )
        )
        return numbers

    def find(self, names: U64s, rows: int) -> U32s:
        """The number of each name; `BLANK` for a blank, `ABSENT` where it is not there."""
        numbers = uint32s(rows)
        library().ndoo_key_find(
            addressof(self._slots), addressof(self._numbers), self._room - 1, addressof(names), rows, addressof(numbers)
        )
        return numbers

    def tell(self, numbers: U32s, rows: int, states: U8s, who: U32s) -> None:
        """What rows come to, to the keys that they have: of several rows the worst."""
        library().ndoo_key_tell(
            addressof(numbers), addressof(states), addressof(who), rows, addressof(self.state), addressof(self.who)
        )

    def _grow(self, keys: int) -> None:
        room = self._room
        while keys * 4 > room * 3:
            room *= 4
        slots, numbers, state, who = uint64s(room), uint32s(room), uint8s(room), uint32s(room)
        library().ndoo_key_move(
            addressof(self._slots), addressof(self._numbers), self._room, addressof(slots), addressof(numbers), room - 1
        )
        ctypes.memset(who, NOBODY & 0xFF, 4 * room)
        ctypes.memmove(state, self.state, self._room)
        ctypes.memmove(who, self.who, 4 * self._room)
        self._slots, self._numbers, self._room, self.state, self.who = slots, numbers, room, state, who


@dataclass(frozen=True, slots=True)
class Edges:
    """Which nodes lead to which, for one piece of rows."""

    begin: U32s
    end: U32s
    count: int


def edges_between(numbers: U32s, rows: int, first_key: int, first_row: int, *, to_keys: bool) -> Edges:
    """From rows to the keys that they have (`to_keys`), or from the keys that they lead to, to the rows."""
    keys, places = uint32s(rows), uint32s(rows)
    count = library().ndoo_key_edges(addressof(numbers), rows, first_key, first_row, addressof(keys), addressof(places))
    return Edges(places, keys, count) if to_keys else Edges(keys, places, count)


def spread(levels: bytearray, edges: Sequence[Edges]) -> None:
    """The greatest level goes along every edge, as far as edges lead; in place."""
    total = sum(piece.count for piece in edges)
    begin, end = uint32s(total), uint32s(total)
    at = 0
    for piece in edges:
        ctypes.memmove(addressof(begin) + 4 * at, piece.begin, 4 * piece.count)
        ctypes.memmove(addressof(end) + 4 * at, piece.end, 4 * piece.count)
        at += piece.count
    nodes = len(levels)
    start, edge, queue = uint32s(nodes + 1), uint32s(total), uint32s(nodes)
    library().ndoo_key_spread(
        address_of(levels) if nodes else None,
        nodes,
        addressof(begin),
        addressof(end),
        total,
        addressof(start),
        addressof(edge),
        addressof(queue),
    )
