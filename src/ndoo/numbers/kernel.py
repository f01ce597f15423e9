"""The compiled functions of `_kernel.c`, loaded with ctypes, which lets other threads run while one is inside."""

from __future__ import annotations

import ctypes
import mmap
from ctypes import (
    POINTER,
    Structure,
    c_char,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from pathlib import Path
from typing import TypeVar

from ndoo.domain.operating_system import processor_flags
from ndoo.numbers.compiled import Signatures, load_compiled
from ndoo.numbers.entry_structures import Memory, Reckoning, TextAnswer

_Item = TypeVar("_Item", c_uint8, c_uint32, c_int64)

VALID, MISSING, MALFORMED, CHECK_DIGIT, PLACEHOLDER, NOT_COVERED, TYPE1_UNDECIDED, AMBIGUOUS, MENTIONS = range(9)
KEEP, REMOVE, HOLD = 0, 1, 16
RAGGED, STRAY_QUOTE, OPEN_QUOTE, NUL_BYTE, BARE_CR = range(1, 6)
TALLIES = 18


class RowsCall(Structure):
    """`scan` of the kernel: one call of `ndoo_rows`."""

    _fields_ = (
        ("buf", c_void_p),
        ("len", c_int64),
        ("delimiter", c_int32),
        ("quotes", c_int32),
        ("width", c_int32),
        ("fields", c_int32),
        ("final", c_int32),
        ("max_rows", c_int64),
        ("wanted", c_int32),
        ("keys", c_int32),
        ("want", POINTER(c_int32)),
        ("begin_at", POINTER(c_int32)),
        ("end_at", POINTER(c_int32)),
        ("noted", POINTER(c_int64)),
        ("row_end", POINTER(c_int64)),
        ("key_begin", POINTER(c_int64)),
        ("key_end", POINTER(c_int64)),
        ("rows", c_int64),
        ("consumed", c_int64),
        ("found", c_int64),
        ("fault", c_int32),
    )


class Rules(Structure):
    """`rules` of the kernel: what `ndoo_decide` looks each person up in."""

    _fields_ = (
        ("list", c_void_p),
        ("list_allows", c_int32),
        ("keep_missing", c_int32),
        ("asked", c_void_p),
        ("covered", POINTER(c_uint32)),
        ("ranges", c_int32),
        ("kept", c_void_p),
        ("removed", c_void_p),
        ("held", c_void_p),
        ("dissent", c_void_p),
        ("unsettled", c_void_p),
        ("known", c_void_p),
        ("disputed", c_void_p),
    )


class Cells(Structure):
    """`cells` of the kernel: one column, wherever its cells lie."""

    _fields_ = (("buf", c_void_p), ("begin", c_void_p), ("end", c_void_p), ("stride", c_int64), ("csv", c_int32))


class MentionedNumber(Structure):
    """`mention` of the kernel: what could be a number in one column, and whose it is."""

    _fields_ = (
        ("candidates", c_int64),
        ("valid", c_int64),
        ("withheld", c_int64),
        ("unknown", c_int64),
        ("formed_unknown", c_int64),
        ("windows", c_int64),
        ("windows_withheld", c_int64),
        ("expected", c_double),
    )


SEEN, PLACES, PLACES_AT, REGIONS, PEOPLE_OF_A_REGION, WEIGHED = 21, 4096, 512, 1024, 1 << 20, 256
(
    LONG_NUMBER,
    AT_BYTE,
    ODD_GROUPS,
    GLUED,
    FRACTION,
    SIDE_BY_SIDE,
    FILLED_UP,
    LONGER_GROUPS,
    FAR_APART,
    CODES,
    PLAIN_HEX,
) = range(1, 12)
"""What kind of position a window of ten digits has: the highest four bits of `Position.key`."""


class Position(Structure):
    """`position` of the kernel: what was weighed at one position in the digits of a column's cells."""

    _fields_ = (
        ("column", c_uint32),
        ("key", c_uint32),
        ("span", c_uint32),
        ("unused", c_uint32),
        ("windows", c_int64),
        ("valid", c_int64),
        ("withheld", c_int64),
        ("unknown", c_int64),
        ("expected", c_double),
        ("met_valid", c_uint64 * (PLACES_AT // 64)),
        ("met_other", c_uint64 * (PLACES_AT // 64)),
    )


class Sighted(Structure):
    """`sight` of the kernel: what was met in one column (`numbers/sight.py` names the counters)."""

    _fields_ = (
        ("count", c_int64 * SEEN),
        ("met_valid", c_uint64 * (PLACES // 64)),
        ("met_other", c_uint64 * (PLACES // 64)),
        ("unfit", POINTER(Rules)),
        ("into", POINTER(MentionedNumber)),
        ("positions", POINTER(Position)),
        ("room", c_int64),
        ("density", POINTER(c_float)),
        ("column", c_uint32),
        ("hits", c_int64),
        ("reading", c_uint32),
        ("first_reading", c_uint32),
        ("weighed", c_uint64 * WEIGHED),
    )


class Side(Structure):
    """`side` of the kernel: a column of a batch, as text or as whole numbers; neither: nothing that could be a part of a number."""

    _fields_ = (("buf", c_void_p), ("begin", c_void_p), ("end", c_void_p), ("value", c_void_p), ("stride", c_int64))


_V3 = {"avx2", "bmi1", "bmi2", "popcnt", "movbe", "fma", "f16c", "abm"}


def fitting(flags: str) -> str:
    """Which of the built libraries suits a processor with these flags (a line of `/proc/cpuinfo`)."""
    here = Path(__file__).with_name("_kernel_v3.so")
    return here.name if here.exists() and set(flags.split()) >= _V3 else "_kernel.so"


def _load() -> ctypes.CDLL:
    address, many, one = c_void_p, c_int64, c_int32
    signatures: Signatures = {
        "ndoo_cells": ([address, many, one, address, address, one, address, address], None),
        "ndoo_arrow_text": ([address, address, one, address, many, many, address, address], None),
        "ndoo_arrow_int64": ([address, address, many, many, address, address], None),
        "ndoo_rows": ([POINTER(RowsCall)], None),
        "ndoo_last_end": ([address, many, one], many),
        "ndoo_add": ([address, address, address, many], many),
        "ndoo_fresh": ([address, address, address, many, address], None),
        "ndoo_has": ([address, address, address, many, address], None),
        "ndoo_count": ([address, address, address, many], many),
        "ndoo_list": (
            [address, many, one, address, POINTER(c_int64), POINTER(c_int32), POINTER(c_int64)],
            many,
        ),
        "ndoo_take_known": ([address, address, address, address, many], many),
        "ndoo_lines": ([address, POINTER(c_int64), many, address, many], many),
        "ndoo_sift": (
            [POINTER(Rules), address, many, one, address, address, POINTER(c_int64), POINTER(c_int64)],
            many,
        ),
        "ndoo_write": ([address, address, many, address, one, address], many),
        "ndoo_pack": ([address, many, address], many),
        "ndoo_unpack": ([address, many, address, many], many),
        "ndoo_decide": ([POINTER(Rules), address, address, many, one, address, address, address], None),
        "ndoo_gather": ([address, address, many, address, one, one, address], many),
        "ndoo_mask": ([address, many, one, address], None),
        "ndoo_narrow": ([address, many, one, one, address], one),
        "ndoo_nulls": ([address, many, address, address, one, address, address, one, address], None),
        "ndoo_coded_entries": (
            [
                POINTER(Reckoning),
                POINTER(Cells),
                POINTER(Cells),
                one,
                POINTER(Cells),
                POINTER(Cells),
                many,
                many,
                POINTER(c_int64),
            ],
            many,
        ),
        "ndoo_end_source": ([POINTER(Reckoning), one, one, POINTER(c_int64)], None),
        "ndoo_learn": ([POINTER(Memory), address, many, POINTER(TextAnswer)], None),
        "ndoo_forget": ([POINTER(Memory)], None),
        "ndoo_join": ([address, address, address, many, address], many),
        "ndoo_settle": ([POINTER(Reckoning), many, address, address, POINTER(c_int64)], None),
        "ndoo_status_lines": ([POINTER(Reckoning), POINTER(c_uint32), address, many], many),
        "ndoo_arrow_cells": ([address, one, address, many, many, address, address], None),
        "ndoo_withheld": ([POINTER(Rules), many, many], many),
        "ndoo_sight": ([POINTER(Cells), many, POINTER(Sighted)], None),
        "ndoo_parts": ([POINTER(Side), many], one),
        "ndoo_beside": ([POINTER(Side), one, many, POINTER(MentionedNumber), POINTER(Sighted)], None),
        "ndoo_beside_in_lists": ([POINTER(Side), address, many, one, POINTER(MentionedNumber), POINTER(Sighted)], None),
        "ndoo_mentions": ([address, many, one, one, one, address, POINTER(MentionedNumber), POINTER(Sighted)], None),
        "ndoo_join_positions": ([POINTER(Sighted), address, many], None),
        "ndoo_sampled": ([many, many, c_uint64, c_uint64, address, address], many),
    }
    return load_compiled(fitting(processor_flags()), signatures)


library = _load()


def address_of(buffer: bytearray | memoryview, offset: int = 0) -> int:
    """Where a writable buffer lies. The caller keeps it alive and does not resize it while the address is in use."""
    return ctypes.addressof(c_char.from_buffer(buffer, offset))


def int32s(values: list[int]) -> ctypes.Array[c_int32]:
    """A C array; never of length zero, so that it always has an address."""
    return (c_int32 * max(len(values), 1))(*values)


def int64s(length: int) -> ctypes.Array[c_int64]:
    return (c_int64 * max(length, 1))()


def uint32s(length: int) -> ctypes.Array[c_uint32]:
    return (c_uint32 * max(length, 1))()


def uint8s(length: int) -> ctypes.Array[c_uint8]:
    return (c_uint8 * max(length, 1))()


def spacious(kind: type[_Item], length: int) -> ctypes.Array[_Item]:
    """A C array of zeros for long use, of which hardly all is used: it has pages of its own, which cost nothing until they are written."""
    array = kind * max(length, 1)
    return array.from_buffer(mmap.mmap(-1, ctypes.sizeof(array)))
