"""Validate a whole column of NHS numbers at once."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ndoo.domain.nhs_number import Undecided
from ndoo.numbers import kernel
from ndoo.numbers.kernel import library, uint8s, uint32s

REASONS: dict[int, Undecided] = {
    kernel.MISSING: Undecided.MISSING,
    kernel.MALFORMED: Undecided.MALFORMED,
    kernel.CHECK_DIGIT: Undecided.CHECK_DIGIT,
    kernel.PLACEHOLDER: Undecided.PLACEHOLDER,
    kernel.NOT_COVERED: Undecided.NOT_COVERED,
}
"""The kernel's reasons in the contract's words."""


class Column:
    """The answers for `length` cells: who (`person`, the first nine digits) and why not (`why`, 0 where valid)."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.person: ctypes.Array[ctypes.c_uint32] = uint32s(length)
        self.why: ctypes.Array[ctypes.c_uint8] = uint8s(length)

    @property
    def reasons(self) -> bytes:
        """One byte a cell, as in `kernel`: 0 valid, else the reason."""
        return bytes(self.why)[: self.length]

    @property
    def valid(self) -> int:
        """How many cells hold a valid NHS number."""
        return self.reasons.count(kernel.VALID)

    def undecided(self) -> Counter[Undecided]:
        """How many cells hold none, by reason."""
        counts = {reason: self.reasons.count(code) for code, reason in REASONS.items()}
        return Counter({reason: count for reason, count in counts.items() if count})


def validate(values: Any) -> Column:
    """Validate a column: an Arrow array (text or 64-bit integers), or any iterable of `str | None`.

    Integers count as NHS numbers only with ten digits: a shorter one has lost its leading zero.

    Raises:
        TypeError: for floating point and every other type.
    """
    import pyarrow as pa

    array: Any = values if isinstance(values, pa.Array) else _text_array(values)
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    column = Column(len(array))
    person, why = ctypes.addressof(column.person), ctypes.addressof(column.why)
    if pa.types.is_null(kind):
        ctypes.memset(column.why, kernel.MISSING, column.length)
        ctypes.memset(column.person, 0xFF, 4 * column.length)
    elif pa.types.is_integer(kind):
        array = array.cast(pa.int64(), safe=kind != pa.uint64())
        validity, data = (b.address if b else None for b in array.buffers())
        library.ndoo_arrow_int64(data, validity, array.offset, len(array), person, why)
    elif is_text(kind):
        if pa.types.is_string_view(kind):
            array = array.cast(pa.large_string())
            kind = array.type
        validity, offsets, data = (b.address if b else None for b in array.buffers())
        wide = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
        library.ndoo_arrow_text(data, offsets, wide, validity, array.offset, len(array), person, why)
    else:
        raise TypeError("NHS numbers are read from text or whole numbers only")
    return column


def is_text(kind: Any) -> bool:
    """Is this Arrow type text, or the bytes that older writers stored text as?"""
    from pyarrow import types

    return bool(
        types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
        or types.is_binary(kind) or types.is_large_binary(kind)
    )  # fmt: skip


def can_hold_numbers(kind: Any) -> bool:
    """Could a column of this Arrow type hold NHS numbers that are still whole? Floating point could not."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(is_text(kind) or types.is_integer(kind) or types.is_null(kind))


def _text_array(values: Iterable[str | None]) -> Any:
    import pyarrow as pa

    cells = list(values)
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        raise TypeError("NHS numbers are read from text or whole numbers only")
    try:
        return pa.array(cells, pa.large_string())
    except UnicodeEncodeError:  # half a character, as left by a reader that let bytes through: malformed, not a crash
        return pa.array([c if c is None else c.encode("utf-8", "surrogatepass") for c in cells], pa.large_binary())
