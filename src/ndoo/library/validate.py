"""A whole column of NHS numbers at once: which cells hold one, and why the others do not."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import UnfitData
from ndoo.numbers import column as numbers
from ndoo.numbers import kernel


@dataclass(frozen=True, slots=True)
class Validated:
    """The answers for a column, as a column of the same kind: of pandas, polars or PyArrow; a list for anything else.

    Args:
        valid: for each cell, does it hold an NHS number? A mask.
        reasons: for each cell, None where it does, else `missing`, `malformed`, `check_digit`, `placeholder` or `not_covered`.
        counts: how many cells hold none, by reason.
    """

    valid: Any
    reasons: Any
    counts: dict[str, int]


def validate(column: Any) -> Validated:
    """Which cells hold a valid NHS number: ten digits with their check digit, bare or 3-3-4, no placeholder.

    Args:
        column: a Series of pandas or polars, an array of PyArrow, or an iterable of text and None; text, or whole numbers, which
            must have all ten digits.

    Raises:
        UnfitData: the column is of a type that loses digits, such as floating point.
    """
    cells, back = _read(column)
    try:
        answers = numbers.validate(cells)
    except (TypeError, pa.ArrowException):
        raise UnfitData(
            "column-type", "The column of NHS numbers is not text or whole numbers: as it is, digits may be lost."
        ) from None
    valid = [why == kernel.VALID for why in answers.reasons]
    reasons = [numbers.REASONS[why].value if why != kernel.VALID else None for why in answers.reasons]
    return Validated(
        back(pa.array(valid, pa.bool_())), back(pa.array(reasons, pa.string())), dict(Counter(filter(None, reasons)))
    )


def _read(column: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The cells as they are validated, and how a column of answers is given back."""
    pandas, polars = sys.modules.get("pandas"), sys.modules.get("polars")
    try:
        if pandas is not None and isinstance(column, pandas.Series):
            like = {"index": column.index, "name": column.name}
            return _whole(pa.Array.from_pandas(column)), lambda answers: pandas.Series(
                answers.to_pandas().array, **like
            )
        if polars is not None and isinstance(column, polars.Series):
            return _whole(column.rechunk().to_arrow()), lambda answers: polars.Series(column.name, answers)
    except (pa.ArrowException, TypeError):
        raise UnfitData(
            "column-mixed", "The column holds values of several types. Make it text, and leave what is missing empty."
        ) from None
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return _whole(column), lambda answers: answers
    return column, lambda answers: answers.to_pylist()


def _whole(array: Any) -> Any:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
