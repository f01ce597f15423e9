"""The columns of a table that hold NHS numbers: counted where it lies, by the same SQL that decides; no value comes out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, Protocol

from ndoo.upholding.columns import Watch
from ndoo.upholding.sql.read_cells import (
    CHECK_DIGIT,
    PLACEHOLDER,
    VALID,
    TableColumn,
    prefix_for,
    quoted,
    reading,
    script,
)

FIRST_ROWS = 200_000
_COLUMNS_AT_ONCE = 40
"""So that no database finds the statement too long."""


class Runs(Protocol):
    """Runs SQL where the data lies."""

    @property
    def dialect(self) -> str: ...
    @property
    def width(self) -> int: ...
    def run(self, sql: str) -> list[tuple[Any, ...]]: ...


def look(
    database: Runs,
    source: str,
    columns: Sequence[TableColumn],
    watch: Watch,
    *,
    rows: int | None,
    known: Sequence[str] = (),
) -> None:
    """Take into `watch` what the first `rows` rows show (None: all rows), `known` columns left aside."""
    candidates = [(at, c) for at, c in enumerate(columns) if c.kind.is_read and c.name not in known]
    left = iter(candidates)
    prefix = prefix_for(columns)
    while some := list(islice(left, _COLUMNS_AT_ONCE)):
        names = ", ".join(quoted(column.name) for _, column in some)
        limit = "" if rows is None else f" LIMIT {rows}"
        part = f"(SELECT {names} FROM {source}{limit}) AS {prefix}some"
        shaped = f"IN ({VALID}, {CHECK_DIGIT}, {PLACEHOLDER})"
        counts = ", ".join(
            f"SUM(CASE WHEN {prefix}why{n} {test} THEN 1 ELSE 0 END)"
            for n in range(len(some))
            for test in (f"= {VALID}", shaped)
        )
        steps = reading(part, [column for _, column in some], prefix)
        sql = script(steps, f"SELECT {counts} FROM {prefix}judged", database.dialect, width=database.width)
        row = database.run(sql)[0]
        for n, (at, _) in enumerate(some):
            watch.seen[at].valid = int(row[2 * n] or 0)
            watch.seen[at].shaped = int(row[2 * n + 1] or 0)
