"""The compiled functions of `_keys.c`, loaded when linked tables are first met."""

from __future__ import annotations

import ctypes
from ctypes import c_int32, c_int64, c_uint8, c_void_p
from functools import cache

from ndoo.numbers.compiled import Signatures, load_compiled

ABSENT, BLANK, NOBODY = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF
ANCHORED, UNNUMBERED = 0x80, 0x40
LEVELS = 0x0F


@cache
def library() -> ctypes.CDLL:
    """The library.

    Raises:
        ImportError: the package was not built.
    """
    address, many, one, byte = c_void_p, c_int64, c_int32, c_uint8
    signatures: Signatures = {
        "ndoo_key_names": ([address, address, address, many, many, one, address, address, one, address], None),
        "ndoo_key_joined": ([address, one, many, address, address], None),
        "ndoo_key_people": ([address, address, many, address], None),
        "ndoo_key_add": ([address, address, many, address, many, many, address], many),
        "ndoo_key_find": ([address, address, many, address, many, address], None),
        "ndoo_key_move": ([address, address, many, address, address, many], None),
        "ndoo_key_join": ([address, address, many], None),
        "ndoo_key_edges": ([address, many, ctypes.c_uint32, ctypes.c_uint32, address, address], many),
        "ndoo_key_tell": ([address, address, address, many, address, address], None),
        "ndoo_key_follow": ([address, address, address, many, byte, address, address, address, address], many),
        "ndoo_key_settle": ([many, address, address, byte, byte, one, address, address], None),
        "ndoo_key_spread": ([address, many, address, address, many, address, address, address], None),
        "ndoo_key_plain": ([address, address, address, many, many, address, address, address, address], None),
        "ndoo_key_paired": ([address, address, address, address, many, address, address, address], None),
        "ndoo_key_sample": (
            [
                address,
                address,
                address,
                address,
                many,
                ctypes.c_uint64,
                many,
                address,
                address,
                address,
                address,
                many,
                many,
            ],
            many,
        ),
        "ndoo_key_met": ([address, many, address, ctypes.c_uint32, address, address], None),
        "ndoo_key_overlap": ([address, address, many, ctypes.c_uint32, address, address, address], None),
        "ndoo_key_seen": ([address, address, many, byte, address, address, address], None),
    }
    return load_compiled("_keys.so", signatures)
