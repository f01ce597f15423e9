"""The compiled functions of `_columnar.c`, loaded when columnar data is first met."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, Structure, c_int32, c_int64, c_uint32, c_void_p
from functools import cache

from ndoo.numbers.compiled import Signatures, load_compiled


class RowGroup(Structure):
    """`group` of the kernel."""

    _fields_ = (("rows", c_int64), ("chunks", c_int64))


class Chunk(Structure):
    """`chunk` of the kernel: one column of one group of rows, by the numbers of parquet.thrift."""

    _fields_ = (
        ("values", c_int64),
        ("unpacked", c_int64),
        ("max_at", c_int64),
        ("max_length", c_int64),
        ("type", c_uint32),
        ("codec", c_uint32),
        ("encodings", c_uint32),
        ("marks", c_uint32),
    )


class FooterCounts(Structure):
    """`told` of the kernel."""

    _fields_ = (("groups", c_int64), ("chunks", c_int64), ("encrypted", c_int32))


@cache
def library() -> ctypes.CDLL:
    """The library.

    Raises:
        ImportError: the package was not built.
    """
    address, many, one = c_void_p, c_int64, c_int32
    signatures: Signatures = {
        "ndoo_add_digests": ([address, many, address], many),
        "ndoo_rows_set": ([address, many, address], many),
        "ndoo_rows_valid": ([address, many, address, many, many, address], many),
        "ndoo_rows_validity": ([address, many, address], None),
        "ndoo_rows_bits": ([address, address, many, address], None),
        "ndoo_rows_values": ([address, many, address, many, address], None),
        "ndoo_rows_offsets": ([address, address, one, address, many, address], many),
        "ndoo_rows_bytes": ([address, address, one, address, many, address], None),
        "ndoo_rows_items": ([address, address, one, address, many, address], None),
        "ndoo_view_lengths": ([address, address, many, many, address], None),
        "ndoo_rows_slots": ([many, address, many, address], None),
        "ndoo_parquet_footer": ([address, many, address, address, POINTER(FooterCounts)], one),
    }
    return load_compiled("_columnar.so", signatures)
