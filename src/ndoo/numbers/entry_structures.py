"""The structures of `_entries.c`, the part of the kernel that reads coded entries, as ctypes has them."""

from __future__ import annotations

from ctypes import POINTER, Structure, c_int32, c_int64, c_uint8, c_uint32, c_uint64, c_void_p


class Spelling(Structure):
    """`spelling` of the kernel: one way of writing the name of a scheme."""

    _fields_ = (("text", c_void_p), ("length", c_int32), ("scheme", c_int32))


class TextAnswer(Structure):
    """`text_answer` of the kernel: what the text of one code or one day says."""

    _fields_ = (
        ("head", c_uint64),
        ("end", c_uint64),
        ("at", c_uint32),
        ("used", c_int32),
        ("sure", c_uint8),
        ("maybe", c_uint8),
        ("near", c_uint8),
        ("marks", c_uint8),
        ("first", c_int32),
        ("second", c_int32),
    )


class Memory(Structure):
    """`text_memory` of the kernel: the texts that were asked about, and their answers."""

    _fields_ = (
        ("slots", POINTER(TextAnswer)),
        ("texts", c_void_p),
        ("places", c_int64),
        ("room", c_int64),
        ("count", c_int64),
        ("used", c_int64),
    )


class BesideColumn(Structure):
    """`beside_column` of the kernel: a column beside the code, and what a blank cell of it says, and one too long to be read."""

    _fields_ = (("known", Memory), ("blank", c_int32), ("unread", c_int32))


class Pending(Structure):
    """`pending_entry` of the kernel: an entry that waits for the end of its source."""

    _fields_ = (
        ("person", c_uint32),
        ("first", c_int32),
        ("second", c_int32),
        ("says", c_uint8),
        ("marks", c_uint8),
        ("why", c_uint8),
        ("near", c_uint8),
    )


class Stray(Structure):
    """`stray_entry` of the kernel: a row whose number cannot be read, and what its code says."""

    _fields_ = (("row", c_int64), ("says", c_int64))


class Reckoning(Structure):
    """`reckoning` of the kernel: how coded entries are read, and what they come to."""

    _fields_ = (
        ("codes", POINTER(Memory)),
        ("days", POINTER(Memory)),
        ("schemes", POINTER(Spelling)),
        ("pended", c_void_p),
        ("strays", POINTER(Stray)),
        ("asked", c_void_p),
        ("beside", POINTER(BesideColumn)),
        ("asked_length", c_int64),
        ("pending_count", c_int64),
        ("stray_count", c_int64),
        ("question", c_int32),
        ("scheme_count", c_int32),
        ("beside_count", c_int32),
        ("asked_column", c_int32),
        ("earliest", c_int32),
        ("today", c_int32),
        ("type2_end", c_int32),
        ("orders", c_int32),
        ("latest", c_void_p),
        ("people", c_void_p),
        ("open_dissent", c_void_p),
        ("open_withdrawal", c_void_p),
        ("type2", c_void_p),
    )
