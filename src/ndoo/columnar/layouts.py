"""How an Arrow type lies in memory: only types whose layout is known here are read, and of these only some are released."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import UnfitData


class Layout(StrEnum):
    """One way of lying in memory; each has its own rule in `shown_rows`, `texts` and `sizes`."""

    NULL = "null"
    BITS = "bits"
    FIXED = "fixed"
    BYTES = "bytes"
    VIEW = "view"
    LIST = "list"
    LIST_VIEW = "list view"
    FIXED_LIST = "fixed-size list"
    STRUCT = "struct"
    MAP = "map"
    DICTIONARY = "dictionary"
    EXTENSION = "extension"
    RUN_END = "run-end"
    UNION = "union"


_FIXED = (
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "HALF_FLOAT",
    "FLOAT",
    "DOUBLE",
    "DATE32",
    "DATE64",
    "TIME32",
    "TIME64",
    "TIMESTAMP",
    "DURATION",
    "INTERVAL_MONTH_DAY_NANO",
    "DECIMAL32",
    "DECIMAL64",
    "DECIMAL128",
    "DECIMAL256",
    "FIXED_SIZE_BINARY",
)
_BY_NAME = {
    "NA": Layout.NULL,
    "BOOL": Layout.BITS,
    **dict.fromkeys(_FIXED, Layout.FIXED),
    **dict.fromkeys(("STRING", "LARGE_STRING", "BINARY", "LARGE_BINARY"), Layout.BYTES),
    **dict.fromkeys(("STRING_VIEW", "BINARY_VIEW"), Layout.VIEW),
    **dict.fromkeys(("LIST", "LARGE_LIST"), Layout.LIST),
    **dict.fromkeys(("LIST_VIEW", "LARGE_LIST_VIEW"), Layout.LIST_VIEW),
    "FIXED_SIZE_LIST": Layout.FIXED_LIST,
    "STRUCT": Layout.STRUCT,
    "MAP": Layout.MAP,
    "DICTIONARY": Layout.DICTIONARY,
    "RUN_END_ENCODED": Layout.RUN_END,
    **dict.fromkeys(("SPARSE_UNION", "DENSE_UNION"), Layout.UNION),
}
_BY_ID = {
    number: layout for name, layout in _BY_NAME.items() if (number := getattr(pa.lib, f"Type_{name}", None)) is not None
}


def layout_of(kind: Any) -> Layout | None:
    """The layout of an Arrow type; None where it is not known, and nobody can say what it holds."""
    return Layout.EXTENSION if isinstance(kind, pa.BaseExtensionType) else _BY_ID.get(kind.id)


def within(kind: Any) -> Iterator[Any]:
    """The type itself and all types in it, at any depth: of an extension its storage, of a dictionary its values."""
    yield kind
    layout = layout_of(kind)
    if layout is Layout.EXTENSION:
        yield from within(kind.storage_type)
    elif layout in (Layout.DICTIONARY, Layout.RUN_END):
        yield from within(kind.value_type)
    for field in fields_of(kind):
        yield from within(field.type)


_HAVE_FIELDS = frozenset((Layout.LIST, Layout.LIST_VIEW, Layout.FIXED_LIST, Layout.STRUCT, Layout.MAP, Layout.UNION))


def fields_of(kind: Any) -> list[Any]:
    """The fields of which this type is made."""
    return [kind.field(at) for at in range(kind.num_fields)] if layout_of(kind) in _HAVE_FIELDS else []


_WIDE = frozenset(getattr(pa.lib, f"Type_LARGE_{name}") for name in ("STRING", "BINARY", "LIST", "LIST_VIEW"))


def is_wide(kind: Any) -> bool:
    """Are the offsets of this type eight bytes wide? Else they are four."""
    return kind.id in _WIDE


def readable(kind: Any) -> bool:
    """Can arrays of this type be looked at, at every depth?"""
    return all(layout_of(part) is not None for part in within(kind))


_RELEASED_WITHIN = frozenset(Layout) - {Layout.DICTIONARY, Layout.RUN_END, Layout.UNION}
_IN_DICTIONARIES = frozenset((Layout.NULL, Layout.BITS, Layout.FIXED, Layout.BYTES, Layout.VIEW))


def is_dictionary_of_plain_values(kind: Any) -> bool:
    """Is it a dictionary, and one that is rebuilt from what its rows show?"""
    return layout_of(kind) is Layout.DICTIONARY and layout_of(kind.value_type) in _IN_DICTIONARIES


def not_released(kind: Any) -> Any:
    """The part of an Arrow type that cannot be rid of what no row shows, or may not be; None where there is none.

    A dictionary is rebuilt where it is a whole column of plain values, not inside another type.
    """
    if layout_of(kind) is Layout.DICTIONARY:
        return None if is_dictionary_of_plain_values(kind) else kind
    return next((part for part in within(kind) if layout_of(part) not in _RELEASED_WITHIN), None)


def refuse_unknown(schema: Any) -> None:
    """Look at every column's type.

    Raises:
        UnfitData: one holds, at some depth, a type that a release may not have; the sentence names the column and the type.
    """
    for field in schema:
        if (part := not_released(field.type)) is not None:
            raise type_refused(field.name, part)


def type_refused(column: str, kind: Any) -> UnfitData:
    """The refusal of a column for its type."""
    name = str(kind).partition("<")[0].partition("[")[0]
    return UnfitData(
        "type-refused",
        f"The column {column!r} is, or holds, an Arrow {name}: rows of this type could carry other people's data with them. Write the column as plain text, numbers, dates, lists or structs, or leave it out.",
    )
