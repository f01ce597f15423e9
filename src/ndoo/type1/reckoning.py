"""What do entries come to, in whatever order they come? The latest dated one decides, and on one day dissent."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator, Sequence
from ctypes import POINTER, c_int32, c_int64, c_uint32, cast
from dataclasses import dataclass
from datetime import date
from typing import Any

from ndoo.numbers import kernel
from ndoo.numbers.column import REASONS
from ndoo.numbers.kernel import Cells, Reckoning, Spelling, address_of, library
from ndoo.numbers.number_set import PEOPLE, NumberSet
from ndoo.type1.code_table import SCHEMES, CodeTable

_MEANINGS = {"dissent": 1, "withdrawn": 2, "type2": 3}
_UNSURE = 4
_TALLIES = 22
_HELD = {13: "undated", 14: "date_unreadable", 15: "future", 16: "scheme", 17: "code_unconfirmed"}
_LINES = 1 << 20
_EPOCH = date(1970, 1, 1)
_LAST_DAY = 32_766
"""How many days from the first one on the kernel's two bytes a person hold: until 2089."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was read. `held` counts entries that speak of a Type 1 and were set aside, by reason."""

    entries: int
    dissents: int
    withdrawals: int
    type2: int
    type2_after_end: int
    near_misses: int
    damaged: int
    first_damaged: int
    held: dict[str, int]
    dissents_of_nobody: int
    people: int
    type2_people: int


class Reckoner:
    """Takes entries of one source after the other; holds two bytes of address space for everybody there can be.

    Args:
        table: the codes.
        today: the London day after which an entry lies in the future.
        trust: are the codes used that nobody has confirmed? Else their entries are held.
    """

    def __init__(self, table: CodeTable, today: date, *, trust: bool = True) -> None:
        self._table = table
        codes = [(text, SCHEMES.index(scheme) + 1,
                  _UNSURE if code.meaning == "withdrawn" and not (trust or code.confirmed_by) else _MEANINGS[code.meaning])
                 for code in table.codes for scheme, text in code.spellings]  # fmt: skip
        self._codes = _spellings(codes)
        self._schemes = _spellings([(name, SCHEMES.index(scheme) + 1, 0) for scheme, name in table.scheme_names])
        self._earliest = (table.earliest - _EPOCH).days
        self.people, self.dissenting, self.unsettled = NumberSet(), NumberSet(), NumberSet()
        self._open_dissent, self._open_withdrawal = NumberSet(), NumberSet()
        self._disagreed, self._type2 = NumberSet(), NumberSet()
        self._latest = _Days()
        self.disagreements = 0
        self._tally = (c_int64 * _TALLIES)()
        self._reckoning = Reckoning(
            codes=cast(self._codes.array, POINTER(Spelling)), schemes=cast(self._schemes.array, POINTER(Spelling)),
            code_count=len(codes), scheme_count=len(table.scheme_names), earliest=self._earliest,
            today=min((today - _EPOCH).days, self._earliest + _LAST_DAY), type2_end=(table.type2_end - _EPOCH).days,
            latest=self._latest.address, people=self.people.address, open_dissent=self._open_dissent.address,
            open_withdrawal=self._open_withdrawal.address, type2=self._type2.address,
        )  # fmt: skip
        self._other: _Days | None = None

    def take(self, cells: Sequence[Cells], rows: int) -> None:
        """Take in rows: columns of numbers, codes, days and, where there are any, schemes."""
        columns = [ctypes.byref(column) for column in cells]
        scheme = columns[3] if len(columns) > 3 else None
        library.ndoo_entries(ctypes.byref(self._reckoning), *columns[:3], scheme, rows, self._tally)

    def begin_source(self) -> None:
        """What comes now is of another source than what came before."""
        if self._tally[0]:
            self._other = _Days()
            self._reckoning.latest = self._other.address

    def end_source(self) -> None:
        """Join what the source said to what was known: dissent stands where two sources disagree."""
        if self._other is not None:
            self.disagreements += int(library.ndoo_join(
                self._latest.address, self._other.address, self.people.address, PEOPLE // 8, self._disagreed.address
            ))  # fmt: skip
            self._other, self._reckoning.latest = None, self._latest.address

    def tally(self) -> Tally:
        """What was read so far."""
        t = list(self._tally)
        held = {
            str(reason): t[8 + code] for code, reason in REASONS.items() if code != kernel.NOT_COVERED and t[8 + code]
        }
        held |= {reason: t[at] for at, reason in _HELD.items() if t[at]}
        return Tally(t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[20], held, t[18], t[19], t[21])

    def settle(self) -> dict[str, int]:
        """How many people are of each status; `dissenting` and `unsettled` are filled. Call once, at the end."""
        counts = (c_int64 * 4)()
        library.ndoo_settle(
            ctypes.byref(self._reckoning), PEOPLE // 8, self.dissenting.address, self.unsettled.address, counts
        )
        return dict(zip(("not_recorded", "dissent", "withdrawn", "held"), counts, strict=True))

    def lines(self) -> Iterator[memoryview]:
        """`nhs_number,status,since`, a line a person, in ascending order. Each piece holds until the next is asked for."""
        buffer, place = bytearray(_LINES), c_uint32(0)
        while length := library.ndoo_status_lines(
            ctypes.byref(self._reckoning), ctypes.byref(place), address_of(buffer), _LINES
        ):
            yield memoryview(buffer)[:length]


class _Days:
    """Two bytes for everybody there can be, resident only where they were written."""

    def __init__(self) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
        self._bytes = mmap.mmap(-1, 2 * PEOPLE, flags=flags)
        self.address = address_of(memoryview(self._bytes))


@dataclass(frozen=True, slots=True)
class _Spelt:
    array: Any
    texts: tuple[Any, ...]
    """Kept alive, because the array points into them."""


def _spellings(rows: Sequence[tuple[str, int, int]]) -> _Spelt:
    texts = tuple(ctypes.create_string_buffer(text.encode("ascii")) for text, _, _ in rows)
    array = (Spelling * len(rows))()
    for at, (text, scheme, meaning) in enumerate(rows):
        array[at] = Spelling(ctypes.addressof(texts[at]), len(text), c_int32(scheme), c_int32(meaning))
    return _Spelt(array, texts)
