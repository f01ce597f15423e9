"""Whom do the other cells of a frame name? Spark lays aside the few that could, and the kernel looks at these, here.

A cell could name somebody if it has nine digits (scientific notation leaves out the tenth), whatever stands between them, a letter
beyond ASCII, which may be a digit of another script, or eleven letters and digits in a row, which may be the code of others. The rest never leaves the executors; they need no Python for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.evidence.manifest import Columns
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.columns import refuse_mentioned
from ndoo.upholding.mentions import Mentions

MOST_ROWS = 1_000_000
"""Rows with such cells that are looked at: they come to this process."""
_SMALLEST, _LARGEST = 10**9, 9 * 10**18
_FEWEST = 9
_CODED = "[A-Za-z0-9]{11}"


def refuse_mentions(kept: Any, chosen: Columns, cleaned: CleanedList | None, type1: Objections | None) -> None:
    """Look at every cell of the rows that stay, in columns that nobody classified.

    Raises:
        UsageFault: one holds the number of somebody withheld; or too many rows would have to be looked at.
    """
    from pyspark.sql.functions import coalesce

    cells = [cell.alias(name) for name, cell in _cells(kept) if name not in chosen.classified]
    if not cells:
        return
    some = kept.select(*cells)
    some = some.where(coalesce(*(some[_quoted(name)] for name in some.columns)).isNotNull()).limit(MOST_ROWS + 1)
    table = some.toArrow()
    if table.num_rows > MOST_ROWS:
        raise UsageFault(
            "cells-too-many",
            f"More than {MOST_ROWS:,} rows hold ten digits in other columns, too many to be looked at one by one. Leave out what is "
            "not needed, say ignored= of columns that may stay as they are, or uphold it as a folder: ndoo uphold --engine spark.",
        )
    mentions = Mentions(table.column_names, (), cleaned, type1)
    for batch in table.to_batches():
        mentions.batch(batch)
    refuse_mentioned(mentions.found)


def _cells(frame: Any) -> Iterator[tuple[str, Any]]:
    """Each column that can hold a number, as text where it could, else NULL."""
    from pyspark.sql import types
    from pyspark.sql.functions import abs as abs_of
    from pyspark.sql.functions import col, length, octet_length, regexp_replace, to_json, when

    for field in frame.schema.fields:
        column, kind = col(_quoted(field.name)), field.dataType
        if isinstance(kind, (types.IntegerType, types.LongType, types.DoubleType, types.DecimalType)):
            size = abs_of(column)
            yield field.name, when(size.between(_SMALLEST, _LARGEST), size.cast("bigint").cast("string"))
            continue
        if isinstance(kind, (types.ArrayType, types.MapType, types.StructType, types.VariantType)):
            column = to_json(column)
        elif isinstance(kind, (types.StringType, types.CharType, types.VarcharType, types.BinaryType)):
            column = column.cast("string")
        else:
            continue
        digits = length(regexp_replace(column, "[^0-9]", ""))
        yield (
            field.name,
            when((octet_length(column) != length(column)) | (digits >= _FEWEST) | column.rlike(_CODED), column),
        )


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
