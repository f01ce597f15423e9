"""What stays behind in a columnar batch when rows go? Dictionaries and views keep the values of rows that are no longer there.

A dictionary is shared by many rows, and a view points into a buffer that holds more than it shows; both would be
written whole, and with them the words, and the NHS numbers, of people who were removed.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


def may_hold_more(kind: Any) -> bool:
    """Can an array of this Arrow type hold values that none of its rows has, at any depth?"""
    if isinstance(kind, pa.BaseExtensionType):
        return may_hold_more(kind.storage_type)
    if pa.types.is_nested(kind):
        return any(may_hold_more(kind.field(at).type) for at in range(kind.num_fields))
    return bool(
        pa.types.is_dictionary(kind) or pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
        or pa.types.is_run_end_encoded(kind)
    )  # fmt: skip


def plain(column: Any) -> Any:
    """Arrow cannot filter view layouts yet; the classic ones hold the same values, and no more."""
    if pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(column.type):
        return column.cast(pa.large_binary())
    return column


def cleaned(column: Any, kind: Any) -> Any:
    """A filtered column in its own type again, with the values of its own rows only.

    Raises:
        pa.ArrowException: the type cannot be rid of what it may hold.
    """
    if pa.types.is_dictionary(kind):
        used = pc.unique(column.indices).drop_null().sort()
        indices = pc.index_in(column.indices, value_set=used).cast(kind.index_type)
        return pa.DictionaryArray.from_arrays(indices, column.dictionary.take(used), ordered=kind.ordered)
    if column.type != kind:
        return column.cast(kind)
    if may_hold_more(kind):
        raise pa.ArrowNotImplementedError("a dictionary or a view inside another type")
    return column


class Growing:
    """One dictionary for many batches: each may add values behind those that were written already."""

    def __init__(self) -> None:
        self._known: Any = None

    def taken_in(self, column: Any) -> Any:
        """The column over the dictionary so far and its own values.

        Raises:
            pa.ArrowException: the dictionary is ordered, and adding to its end would change the order.
        """
        if self._known is None:
            if len(column.dictionary):
                self._known = column.dictionary
                return column
            # Arrow writes what comes after an empty dictionary as another dictionary, and refuses it
            self._known = pa.nulls(1, column.dictionary.type)
        fresh = column.dictionary.filter(pc.invert(pc.is_in(column.dictionary, value_set=self._known)))
        if len(fresh):
            if column.type.ordered and self._known.null_count < len(self._known):
                raise pa.ArrowNotImplementedError("an ordered dictionary that grows")
            self._known = pa.concat_arrays([self._known, fresh])
        place = pc.index_in(column.dictionary, value_set=self._known)
        indices = place.take(column.indices).cast(column.type.index_type)
        return pa.DictionaryArray.from_arrays(indices, self._known, ordered=column.type.ordered)
