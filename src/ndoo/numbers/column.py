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
    """Validate a column: an Arrow array (text, bytes, whole numbers, or decimal numbers without a fraction), or any iterable of
    `str | None`.

    Numbers count as NHS numbers only with ten digits: a shorter one has lost its leading zero.

    Raises:
        TypeError: for floating point and every other type.
    """
    import pyarrow as pa

    array: Any = _plain(values) if isinstance(values, pa.Array) else _text_array(values)
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
        validity, offsets, data = (b.address if b else None for b in array.buffers())
        wide = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
        library.ndoo_arrow_text(data, offsets, wide, validity, array.offset, len(array), person, why)
    else:
        raise TypeError("NHS numbers are read from text or whole numbers only")
    return column


def _plain(array: Any) -> Any:
    """The same values as text, bytes or whole numbers that lie one behind the other, where they can be written so."""
    import pyarrow as pa

    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(array.storage)
    if pa.types.is_dictionary(kind):
        values = _plain(array.dictionary)
        return pa.DictionaryArray.from_arrays(array.indices, values).dictionary_decode()
    if pa.types.is_decimal(kind) and kind.scale == 0:
        return array.cast(pa.large_string())
    if is_text(kind) and not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        return array.cast(pa.large_string() if pa.types.is_string_view(kind) else pa.large_binary())
    return array


def is_text(kind: Any) -> bool:
    """Is this Arrow type text, or the bytes that older writers stored text as?"""
    from pyarrow import types

    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_binary_view(kind)
        or types.is_fixed_size_binary(kind)
    )


def can_hold_numbers(kind: Any) -> bool:
    """Could a column of this Arrow type hold NHS numbers that are still whole? Floating point, and a fraction, could not."""
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.BaseExtensionType):
        return can_hold_numbers(kind.storage_type)
    if types.is_dictionary(kind):
        return can_hold_numbers(kind.value_type)
    whole = types.is_integer(kind) or (types.is_decimal(kind) and kind.scale == 0)
    return bool(is_text(kind) or whole or types.is_null(kind))


def _text_array(values: Iterable[str | None]) -> Any:
    import pyarrow as pa

    cells = list(values)
    if not all(cell is None or isinstance(cell, str) for cell in cells):
        raise TypeError("NHS numbers are read from text or whole numbers only")
    try:
        return pa.array(cells, pa.large_string())
    except UnicodeEncodeError:  # half a character, as left by a reader that let bytes through: malformed, not a crash
        return pa.array([c if c is None else c.encode("utf-8", "surrogatepass") for c in cells], pa.large_binary())
