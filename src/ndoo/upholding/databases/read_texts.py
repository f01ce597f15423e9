"""The texts of a schema's columns, taken apart: see `table_links.glued_keys`. They are read, and their parts compared by the database."""

from __future__ import annotations

from collections.abc import Iterable

from ndoo.upholding.databases.database import working_name
from ndoo.upholding.databases.plain_cells import bare_query
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn
from ndoo.upholding.table_links.glued_keys import TEXTS, KeysThere, ReadAs, TakenApart, glued, readings
from ndoo.upholding.table_links.undeclared import SampledValues, UndeclaredColumn, UndeclaredLink

_PARTS = [TableColumn(name, TypeKind.TEXT, "text") for name in ("one", "other")]


class ReadTexts:
    """Some texts of each column, and all that they could be, in a table of the database's own transaction.

    Args:
        columns: each with the query for its cells, `plain` and as `text`.
    """

    def __init__(self, database: PostgreSQL, columns: Iterable[tuple[SampledValues, str]]) -> None:
        self._database = database
        self._parts, self._read = working_name(), working_name()
        found = []
        for values, query in columns:
            texts = database.run(
                f"SELECT MIN(text) FROM ({query}) AS bare WHERE plain IS NOT NULL GROUP BY plain ORDER BY MD5(plain) LIMIT {TEXTS}"
            )
            found.append((values, [readings(text) for (text,) in texts]))
        every = list({one.parts: None for _, texts in found for text in texts for one in text})
        database.run(f"CREATE TEMPORARY TABLE {self._parts} (n INTEGER, one TEXT, other TEXT) ON COMMIT DROP")
        database.run(
            f"INSERT INTO {self._parts} SELECT * FROM UNNEST(%s::integer[], %s::text[], %s::text[])",
            [list(range(len(every))), [one[0] for one in every], [one[1] if len(one) > 1 else None for one in every]],
        )
        by_width = [
            f"SELECT * FROM ({bare_query(_PARTS[:wide], self._parts, 's.n')}) AS b{wide} WHERE plain IS NOT NULL AND n IN "
            f"(SELECT n FROM {self._parts} WHERE other IS {'NOT ' if wide > 1 else ''}NULL)"
            for wide in (1, 2)
        ]
        database.run(f"CREATE TEMPORARY TABLE {self._read} ON COMMIT DROP AS {' UNION ALL '.join(by_width)}")
        named = {every[n]: (plain, bits) for n, plain, bits in database.run(f"SELECT n, plain, bits FROM {self._read}")}
        self._apart = [
            TakenApart(
                values.column,
                values.distinct,
                tuple(tuple(ReadAs(one, *named[one.parts]) for one in text if one.parts in named) for text in texts),
            )
            for values, texts in found
        ]

    def glued(self, column: UndeclaredColumn, query: str, *, is_known: bool) -> list[UndeclaredLink]:
        """The columns whose texts hold keys of this one.

        Args:
            query: for its cells, `plain`, and for `whose` each is.
        """
        rows = self._database.run(
            f"WITH bare AS MATERIALIZED ({query}), wanted AS (SELECT DISTINCT plain FROM {self._read}) "
            "SELECT NULL, FALSE, COUNT(DISTINCT plain) FROM bare UNION ALL "
            "SELECT w.plain, COUNT(*) = 1 OR COUNT(DISTINCT NULLIF(b.whose, -1)) <= 1, 0 "
            "FROM wanted AS w JOIN bare AS b ON b.plain = w.plain GROUP BY w.plain"
        )
        distinct = sum(row[2] for row in rows)
        there = KeysThere(
            column, float(distinct), is_known, {plain: one for plain, one, _ in rows if plain is not None}
        )
        return [link for taken in self._apart if (link := glued(taken, there))]
