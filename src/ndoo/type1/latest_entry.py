"""What entries come to, in whatever order they come: the latest dated one decides, and on one day dissent."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from ctypes import POINTER, byref, c_int32, c_int64, c_uint8, c_uint32, cast
from dataclasses import dataclass
from datetime import date
from typing import Any

from ndoo.domain.operating_system import memory
from ndoo.numbers import kernel
from ndoo.numbers.column import REASONS
from ndoo.numbers.entry_structures import BesideColumn, Memory, Pending, Reckoning, Spelling, Stray, TextAnswer
from ndoo.numbers.kernel import Cells, address_of, library
from ndoo.numbers.number_set import PEOPLE, NumberSet
from ndoo.type1.beside_code import BesideReader
from ndoo.type1.code_cell import CodeReader, CodeSays
from ndoo.type1.code_table import SCHEMES, CodeTable
from ndoo.type1.columns import ColumnPlaces
from ndoo.type1.day_cell import DayOrder, read_day
from ndoo.type1.number_cell import people_in

_DAMAGED, _UNCONFIRMED, _BLANK, _SCHEME = 1, 2, 4, 4
_ASKS_FOR_A_CODE, _ASKS_FOR_WHAT_IS_BESIDE = 1, 3
_TALLIES = 29
_OF_NOBODY, _NEW_PEOPLE = 18, 19
_HELD = {
    13: "undated",
    14: "date_unreadable",
    15: "future",
    16: "scheme",
    17: "code_unconfirmed",
    22: "code_unclear",
    23: "date_ambiguous",
    24: "code_case",
    26: "opt_out_beside",
    27: "struck_out",
    28: "standing_unclear",
}
_LINES = 1 << 20
_TEXTS, _TEXT_ROOM = 1 << 16, 1 << 22
"""How many different texts are remembered (half of the first), and their bytes together."""
_TEXTS_BESIDE, _TEXT_ROOM_BESIDE = 1 << 8, 1 << 14
"""As many of each column beside the code, where most cells say the same."""
_NOT_READ = "?"
"""What a cell is that is too long to be read."""
_LONGEST_NUMBER = 1 << 10
_EPOCH = date(1970, 1, 1)
_LAST_DAY = 32_766
"""How many days from the first one on the kernel's two bytes a person hold: until 2089."""


@dataclass(frozen=True, slots=True)
class EntryTally:
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
    without_code: int


class Reckoner:
    """Takes entries of one source after the other; holds two bytes of address space for everybody there can be.

    Args:
        table: the codes.
        today: the London day after which an entry lies in the future.
        trust: are the codes used that nobody has confirmed? Else their entries are held.
    """

    def __init__(self, table: CodeTable, today: date, *, trust: bool = True) -> None:
        self._table = table
        self._trust = trust
        self._reader = CodeReader(table)
        self._places = ColumnPlaces(0, (), 0, None)
        self._codes, self._days = _Remembered(_TEXTS, _TEXT_ROOM), _Remembered(_TEXTS, _TEXT_ROOM)
        self._beside: list[tuple[BesideReader, _Remembered]] = []
        self._columns = (BesideColumn * 0)()
        self._schemes = _spellings([(name, SCHEMES.index(scheme) + 1) for scheme, name in table.scheme_names])
        self._earliest = (table.earliest - _EPOCH).days
        self.people, self.dissenting, self.unsettled = NumberSet(), NumberSet(), NumberSet()
        self._open_dissent, self._open_withdrawal = NumberSet(), NumberSet()
        self._disagreed, self._type2 = NumberSet(), NumberSet()
        self._latest = _Days()
        self.disagreements = 0
        self._tally = (c_int64 * _TALLIES)()
        self._pending = (Pending * 1)()
        self._strays = (Stray * 1)()
        self._reckoning = Reckoning(
            codes=ctypes.pointer(self._codes.memory),
            days=ctypes.pointer(self._days.memory),
            schemes=cast(self._schemes.array, POINTER(Spelling)),
            scheme_count=len(table.scheme_names),
            earliest=self._earliest,
            today=min((today - _EPOCH).days, self._earliest + _LAST_DAY),
            type2_end=(table.type2_end - _EPOCH).days,
            latest=self._latest.address,
            people=self.people.address,
            open_dissent=self._open_dissent.address,
            open_withdrawal=self._open_withdrawal.address,
            type2=self._type2.address,
        )
        self._other: _Days | None = None

    def arrange(self, places: ColumnPlaces) -> None:
        """How the columns stand that `take` is going to be given."""
        if places == self._places:
            return
        self._places = places
        self._beside = [
            (BesideReader(kind), _Remembered(_TEXTS_BESIDE, _TEXT_ROOM_BESIDE)) for _, kind in places.beside
        ]
        self._columns = (BesideColumn * len(self._beside))(
            *(
                BesideColumn(known.memory, reader.read("").bits, reader.read(_NOT_READ).bits)
                for reader, known in self._beside
            )
        )
        self._reckoning.beside, self._reckoning.beside_count = self._columns, len(self._columns)

    def take(self, cells: Sequence[Cells], rows: int) -> None:
        """Take in rows: the columns of `ColumnPlaces.every`, in that order."""
        self._make_room(rows)
        places = self._places
        column = dict(zip(places.every, cells, strict=True))
        number, day = byref(column[places.number]), byref(column[places.date])
        scheme = None if places.scheme is None else byref(column[places.scheme])
        read = [column[at] for at in (*places.codes, *(at for at, _ in places.beside))]
        codes, count = (Cells * len(read))(*read), len(places.codes)
        at, told = 0, byref(self._reckoning)
        while True:
            at = library.ndoo_coded_entries(told, number, codes, count, day, scheme, at, rows, self._tally)
            self._look_for_strays(cells[0])
            if at == rows:
                return
            self._answer()

    def begin_source(self) -> None:
        """What comes now is of another source than what came before."""
        self._reader = CodeReader(self._table)
        library.ndoo_forget(byref(self._codes.memory))
        library.ndoo_forget(byref(self._days.memory))
        if self._tally[0]:
            self._other = _Days()
            self._reckoning.latest = self._other.address

    def end_source(self) -> None:
        """Settle what waited for the end, and join what the source said to what was known: dissent stands where two disagree."""
        shown = self._reckoning.orders
        order = shown if shown in (DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST) else DayOrder.UNKNOWN
        library.ndoo_end_source(byref(self._reckoning), order, self._reader.keeps_case, self._tally)
        if self._other is not None:
            self.disagreements += int(
                library.ndoo_join(
                    self._latest.address, self._other.address, self.people.address, PEOPLE // 8, self._disagreed.address
                )
            )
            self._other, self._reckoning.latest = None, self._latest.address

    def tally(self) -> EntryTally:
        """What was read so far."""
        t = list(self._tally)
        held = {
            str(reason): t[8 + code] for code, reason in REASONS.items() if code != kernel.NOT_COVERED and t[8 + code]
        }
        held |= {reason: t[at] for at, reason in _HELD.items() if t[at]}
        return EntryTally(
            t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[20], held, t[_OF_NOBODY], t[_NEW_PEOPLE], t[21], t[25]
        )

    def settle(self) -> dict[str, int]:
        """How many people are of each status; `dissenting` and `unsettled` are filled. Call once, at the end."""
        counts = (c_int64 * 4)()
        library.ndoo_settle(
            byref(self._reckoning), PEOPLE // 8, self.dissenting.address, self.unsettled.address, counts
        )
        return dict(zip(("not_recorded", "dissent", "withdrawn", "held"), counts, strict=True))

    def lines(self) -> Iterator[memoryview]:
        """`nhs_number,status,since`, a line a person, in ascending order. Each piece holds until the next is asked for."""
        buffer, place = bytearray(_LINES), c_uint32(0)
        while length := library.ndoo_status_lines(byref(self._reckoning), byref(place), address_of(buffer), _LINES):
            yield memoryview(buffer)[:length]

    def _make_room(self, rows: int) -> None:
        """Every row may have to wait, or be a stray."""
        waiting = self._reckoning.pending_count
        if len(self._pending) < waiting + rows:
            larger = (Pending * (2 * waiting + rows))()
            ctypes.memmove(larger, self._pending, waiting * ctypes.sizeof(Pending))
            self._pending = larger
        if len(self._strays) < rows:
            self._strays = (Stray * rows)()
        self._reckoning.pended = ctypes.addressof(self._pending)
        self._reckoning.strays = self._strays

    def _answer(self) -> None:
        """Read the text that the kernel has not met yet."""
        address, length = self._reckoning.asked, self._reckoning.asked_length
        cell = ctypes.string_at(address, length).decode("utf-8", "replace")
        if self._reckoning.question == _ASKS_FOR_A_CODE:
            reading = self._reader.read(cell)
            untrusted = reading.unconfirmed and reading.sure == CodeSays.WITHDRAWN and not self._trust
            marks = _DAMAGED * reading.damaged | _UNCONFIRMED * untrusted | _BLANK * reading.blank
            marks |= _SCHEME << reading.scheme if reading.sure else 0
            answer = TextAnswer(sure=reading.sure, maybe=reading.maybe, near=reading.near, marks=marks)
            library.ndoo_learn(byref(self._codes.memory), address, length, byref(answer))
        elif self._reckoning.question == _ASKS_FOR_WHAT_IS_BESIDE:
            at = self._reckoning.asked_column
            beside = self._beside[at][0].read(cell)
            answer = TextAnswer(maybe=beside.says, marks=beside.standing)
            library.ndoo_learn(byref(self._columns[at].known), address, length, byref(answer))
        else:
            first, second = read_day(cell, self._places.order)
            library.ndoo_learn(byref(self._days.memory), address, length, byref(TextAnswer(first=first, second=second)))

    def _look_for_strays(self, numbers: Cells) -> None:
        """Whoever's number may stand in a cell that cannot be read is held, where the row speaks of a Type 1.

        The entry counts as nobody's all the same: nobody knows that it is theirs.
        """
        for stray in self._strays[: self._reckoning.stray_count]:
            begin, end = (
                c_int64.from_address(address + stray.row * numbers.stride * ctypes.sizeof(c_int64)).value
                for address in (numbers.begin, numbers.end)
            )
            cell = ctypes.string_at(numbers.buf + begin, min(end - begin, _LONGEST_NUMBER)).decode("utf-8", "replace")
            held = self._open_dissent if stray.says & CodeSays.DISSENT else self._open_withdrawal
            for number in people_in(cell):
                self._tally[_NEW_PEOPLE] += number not in self.people
                self.people.add(number)
                held.add(number)
        self._reckoning.stray_count = 0


class _Remembered:
    """The kernel's memory of texts, and the buffers that it points to."""

    def __init__(self, texts: int, room: int) -> None:
        self._slots, self._texts = (TextAnswer * texts)(), (c_uint8 * room)()
        self.memory = Memory(
            slots=cast(self._slots, POINTER(TextAnswer)),
            texts=ctypes.addressof(self._texts),
            places=texts,
            room=room,
        )


class _Days:
    """Two bytes for everybody there can be, resident only where they were written."""

    def __init__(self) -> None:
        self._bytes = memory(2 * PEOPLE, reserved=False)
        self.address = address_of(memoryview(self._bytes))


@dataclass(frozen=True, slots=True)
class _Spelt:
    array: Any
    texts: tuple[Any, ...]
    """Kept alive, because the array points into them."""


def _spellings(rows: Sequence[tuple[str, int]]) -> _Spelt:
    texts = tuple(ctypes.create_string_buffer(text.encode("ascii")) for text, _ in rows)
    array = (Spelling * len(rows))()
    for at, (text, scheme) in enumerate(rows):
        array[at] = Spelling(ctypes.addressof(texts[at]), len(text), c_int32(scheme))
    return _Spelt(array, texts)
