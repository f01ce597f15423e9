"""Whom each column of NHS numbers names, in the rows that stay and in all others: what releases of one asset are compared by."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import addressof
from dataclasses import dataclass, field

from ndoo.numbers import kernel
from ndoo.numbers.kernel import Rules, library, uint8s, uint32s
from ndoo.numbers.key_index import U8s, U32s
from ndoo.numbers.number_set import NumberSet

_MARKED = bytes(verdict != kernel.KEEP for verdict in range(256))


@dataclass(frozen=True, slots=True)
class ColumnPeople:
    """The people of one column."""

    kept: NumberSet = field(default_factory=NumberSet)
    """In the rows that stay."""
    others: NumberSet = field(default_factory=NumberSet)
    """Everybody else who was there; whoever was kept may be among them."""

    def everybody(self) -> NumberSet:
        return united(self.kept, self.others)


class PeopleByColumn:
    """Takes rows in, once it was decided on them; several threads may do so at once.

    Args:
        names: of the columns, in the order of the cells of a row.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.columns = {name: ColumnPeople() for name in names}

    def take(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `row_decision.Decides.decide`, of which these are the arguments; `verdict` is settled."""
        marks = uint8s(rows)
        ctypes.memmove(marks, ctypes.string_at(verdict, rows).translate(_MARKED), rows)
        unread, tally = uint8s(rows), (ctypes.c_int64 * kernel.TALLIES)()
        for at, people in enumerate(self.columns.values()):
            others = people.others.address
            rules = Rules(kept=people.kept.address, removed=others, held=others)
            who, reasons = column_of(at, len(self.columns), person, why, rows)
            library.ndoo_decide(
                ctypes.byref(rules),
                addressof(who),
                addressof(reasons),
                rows,
                1,
                addressof(marks),
                addressof(unread),
                addressof(tally),
            )


def column_of(at: int, stride: int, person: int, why: int, rows: int) -> tuple[U32s, U8s]:
    """One column of numbers out of the cells of all that were read as such, which lie row by row."""
    people, reasons = uint32s(rows), uint8s(rows)
    if rows:
        of_people = memoryview((ctypes.c_uint32 * (rows * stride)).from_address(person)).cast("B").cast("I")
        memoryview(people).cast("B").cast("I")[:rows] = of_people[at::stride]
        of_reasons = memoryview((ctypes.c_uint8 * (rows * stride)).from_address(why)).cast("B")
        memoryview(reasons).cast("B")[:rows] = of_reasons[at::stride]
    return people, reasons


def united(*sets: NumberSet) -> NumberSet:
    """Everybody who is in one of them, in a set of its own."""
    made = NumberSet()
    for one in sets:
        made.add_all(one)
    return made
