"""One dictionary for all batches of a column: each may add values behind those that were written already."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ndoo.columnar.layouts import Layout, layout_of
from ndoo.domain.errors import UnfitData


class GrowingDictionary:
    """The dictionary of one column.

    Args:
        column: its name, for a refusal.
    """

    def __init__(self, column: str) -> None:
        self._column = column
        self._known: Any = None

    def taken_in(self, column: Any) -> Any:
        """The column over the dictionary so far and its own values.

        Raises:
            UnfitData: the dictionary is ordered, and adding to its end would change the order.
        """
        kind, own = column.type, _searchable(column.dictionary)
        if self._known is None:
            # Arrow writes what comes after an empty dictionary as another dictionary, and refuses it
            self._known = own if len(own) else pa.nulls(1, own.type)
        fresh = own.filter(pc.invert(pc.is_in(own, value_set=self._known)))
        if len(fresh):
            if kind.ordered and self._known.null_count < len(self._known):
                raise UnfitData(
                    "type-refused",
                    f"The column {self._column!r} is an ordered dictionary whose values come later in the file than their place in the "
                    "order: they cannot be written without the values of others between them. Write the column as text.",
                )
            self._known = pa.concat_arrays([self._known, fresh])
        places = pc.index_in(own, value_set=self._known).take(column.indices).cast(kind.index_type)
        return pa.DictionaryArray.from_arrays(places, self._known.cast(kind.value_type), ordered=kind.ordered)


def _searchable(values: Any) -> Any:
    """In views Arrow looks nothing up."""
    if layout_of(values.type) is not Layout.VIEW:
        return values
    return values.cast(pa.large_string() if pa.types.is_string_view(values.type) else pa.large_binary())
