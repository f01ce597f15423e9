"""The rows of a column of NHS numbers that name somebody of a set, and those that name somebody for the first time."""

from __future__ import annotations

import ctypes
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.numbers.column import can_hold_numbers, validate
from ndoo.numbers.kernel import library, uint8s
from ndoo.numbers.number_set import NumberSet


def among(column: Any, people: NumberSet) -> Any:
    """An Arrow array of true where the row's number is one of `people`. Raises as `fresh` does."""
    return _asked(column, people, library.ndoo_has)


def fresh(column: Any, met: NumberSet) -> Any:
    """An Arrow array of true where a person stands who was not in `met`; from then on they are.

    Raises:
        UnfitData: the column is of a type in which digits may be lost.
    """
    return _asked(column, met, library.ndoo_fresh)


def _asked(column: Any, people: NumberSet, ask: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not can_hold_numbers(column.type):
        raise UnfitData("numbers-type", "The column of NHS numbers is not text or whole numbers: digits may be lost.")
    answers = validate(column)
    yes = uint8s(answers.length)
    ask(
        people.address,
        ctypes.addressof(answers.person),
        ctypes.addressof(answers.why),
        answers.length,
        ctypes.addressof(yes),
    )
    return pc.equal(pa.Array.from_buffers(pa.uint8(), answers.length, [None, pa.py_buffer(yes)]), 1)
