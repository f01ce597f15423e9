"""What the columns of a schema show of keys that nobody declared: as `linked_tables.key_evidence`, by the database.

The same samples, comparisons and judgement: values laid bare (`plain_cells`), samples by the least of a digest, and where they stand in
tables that lead to people. Only some texts of each column leave the database, to be taken apart (`read_texts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ndoo.numbers.plain_keys import expected_by_chance
from ndoo.upholding.databases.database import working_name
from ndoo.upholding.databases.follow_keys import Follower
from ndoo.upholding.databases.labels_that_go import literal
from ndoo.upholding.databases.plain_cells import bare_query, cell_of
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import SchemaTable
from ndoo.upholding.databases.read_texts import ReadTexts
from ndoo.upholding.databases.schema_choice import SchemaChoice
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn
from ndoo.upholding.table_links.key_candidates import Candidates, TableColumns
from ndoo.upholding.table_links.rows_as_headings import NamesMet, refuse_rows_as_headings
from ndoo.upholding.table_links.undeclared import (
    Nobodys,
    Overlap,
    SampledValues,
    TableKeys,
    Undeclared,
    UndeclaredColumn,
    judge_nobodys,
    undeclared,
)

_SAMPLED, _SAMPLED_HEAD = 2048, 512
_ROWS_OF_HEAD, _ROWS_OF_OTHERS = 10_000, 1 << 20
_TEXT = TableColumn("text", TypeKind.TEXT, "text")


@dataclass(frozen=True, slots=True)
class _StoredSample:
    """A sample that lies in the table of samples under this number."""

    at: int
    values: SampledValues
    bits: dict[int, int]
    has_digits: bool


class SchemaEvidence:
    """Of one schema whose keys were followed."""

    def __init__(
        self,
        database: PostgreSQL,
        sheets: Sequence[SchemaTable],
        choice: SchemaChoice,
        follower: Follower,
        nobodys: Nobodys,
    ) -> None:
        self._database, self._follower, self._nobodys = database, follower, nobodys
        self._sheets = {sheet.name: sheet for sheet in sheets}
        self._numbers = {name: frozenset(column.name for column in keys) for name, keys in choice.keys.items()}
        self._lead = [sheet.name for sheet in sheets if follower.leads(sheet)]
        tables = [
            TableColumns(
                sheet.name,
                tuple(column.name for column in sheet.columns),
                self._numbers[sheet.name],
                sheet.links,
                sheet.keys,
            )
            for sheet in sheets
        ]
        self._candidates = Candidates(tables, self._lead, nobodys)
        self._wanted: list[_StoredSample] = []
        self._sampled = working_name()
        self._filled: dict[str, set[str]] = {sheet.name: set() for sheet in sheets}
        self._unique: dict[str, set[str]] = {sheet.name: set() for sheet in sheets}

    def judged(self) -> Undeclared:
        """What comes of it.

        Raises:
            UsageFault: a table that leads to people was said to lead to nobody. UnfitData: see `refuse_rows_as_headings`.
        """
        judge_nobodys(self._nobodys, self._known())
        self._refuse_rows_as_headings()
        self._database.run(
            f"CREATE TEMPORARY TABLE {self._sampled} (at INTEGER, plain TEXT, core TEXT, bits INTEGER, cells BIGINT) ON COMMIT DROP"
        )
        for column in (column for name in self._sheets for column in self._candidates.asked_of(name)):
            self._sample(column)
        apart = ReadTexts(self._database, self._texts_of_nobody())
        overlaps, links = [], []
        columns = [wanted.values.column for wanted in self._wanted]
        for name in self._lead if columns else ():
            known, others = self._candidates.looked_for_in(name, columns)
            overlaps += [overlap for column in known for overlap in self._overlaps(column, is_known=True)]
            overlaps += [overlap for column in others for overlap in self._overlaps(column, is_known=False)]
            of_one = [
                *((column, True) for column in known),
                *((column, False) for column in others if len(column.names) == 1),
            ]
            for column, is_known in (*of_one, *self._candidates.glued_in(name)):
                links += apart.glued(column, self._bare_of_people(column, is_known=is_known), is_known=is_known)
        return undeclared(self._known(), overlaps, links, self._nobodys)

    def _refuse_rows_as_headings(self) -> None:
        headings = {
            name: self._laid_bare([column.name for column in sheet.columns]) for name, sheet in self._sheets.items()
        }
        names = sorted({plain for heading in headings.values() for plain in heading.values()})
        met = []
        for name in self._lead if names else ():
            known, links = self._candidates.keys_of(name), [link.columns for link in self._sheets[name].links]
            found = {
                column: self._named_in(name, column, names) - {headings[name].get(column)}
                for key in (*known, *links)
                for column in key
            }
            met.append(NamesMet(name, known, links, found))
        refuse_rows_as_headings(
            {name: set(heading.values()) for name, heading in headings.items()},
            met,
            "Make the table again from its file, with names of your own for its columns.",
        )

    def _laid_bare(self, names: Sequence[str]) -> dict[str, str]:
        """Each name of a column as a cell of that text would be laid bare, where anything is left of it."""
        texts = ", ".join(f"({literal(name)})" for name in names)
        bare = bare_query([_TEXT], f"(SELECT text FROM (VALUES {texts}) AS v (text))", "s.text AS text")
        return dict(self._database.run(f"SELECT text, plain FROM ({bare}) AS b WHERE plain IS NOT NULL"))

    def _named_in(self, table: str, column: str, names: Sequence[str]) -> set[str]:
        """Those of the names that stand in a column."""
        bare = self._bare(UndeclaredColumn(table, (column,)), self._sheets[table].table.quoted)
        asked = ", ".join(map(literal, names))
        return {
            row[0] for row in self._database.run(f"SELECT DISTINCT plain FROM ({bare}) AS b WHERE plain IN ({asked})")
        }

    def _texts_of_nobody(self) -> Iterator[tuple[SampledValues, str]]:
        """The columns of tables that lead to nobody, and of each the query for its texts."""
        for values in (wanted.values for wanted in self._wanted):
            if values.column.table not in self._lead and len(values.column.names) == 1:
                table = self._sheets[values.column.table]
                cell = cell_of(next(each for each in table.columns if each.name == values.column.names[0]))
                yield values, self._bare(values.column, table.table.quoted, f"{cell.first} AS text")

    def _bare_of_people(self, column: UndeclaredColumn, *, is_known: bool) -> str:
        """The query for the cells of a column of a table that leads to people, laid bare, and for whose each is."""
        twin, whose = self._follower.twin(column.table)
        many = is_known or self._numbers[column.table]
        source = twin if many else f"(SELECT * FROM {twin} LIMIT {_ROWS_OF_OTHERS})"
        return self._bare(column, source, f"{whose} AS whose")

    def _known(self) -> list[TableKeys]:
        return [
            self._candidates.known(name, filled=self._filled[name], unique=self._unique[name]) for name in self._sheets
        ]

    def _sample(self, column: UndeclaredColumn) -> None:
        """The distinct values of a column, or so many of them by chance; of a table that leads to people, of its first rows."""
        leads, at = column.table in self._lead, len(self._wanted)
        table = self._sheets[column.table].table.quoted
        source = f"(SELECT * FROM {table} LIMIT {_ROWS_OF_HEAD})" if leads else table
        ((distinct, filled, rows, most),) = self._database.run(
            f"WITH bare AS ({self._bare(column, source)}), each AS (SELECT plain, MAX(core) AS core, MAX(bits) AS bits, COUNT(*) AS cells "
            f"FROM bare GROUP BY plain), kept AS (INSERT INTO {self._sampled} SELECT {at}, plain, core, bits, cells FROM each "
            f"WHERE plain IS NOT NULL ORDER BY MD5(plain) LIMIT {_SAMPLED_HEAD if leads else _SAMPLED}) "
            "SELECT COUNT(plain), SUM(cells) FILTER (WHERE plain IS NOT NULL), SUM(cells), MAX(cells) FILTER (WHERE plain IS NOT NULL) "
            "FROM each"
        )
        if not distinct:
            return
        bits = self._database.run(
            f"SELECT bits, COUNT(*), SUM(cells), COUNT(core) FROM {self._sampled} WHERE at = {at} GROUP BY bits"
        )
        values = SampledValues(column, float(distinct), sum(row[1] for row in bits), int(sum(row[2] for row in bits)))
        self._wanted.append(_StoredSample(at, values, {row[0]: row[1] for row in bits}, any(row[3] for row in bits)))
        self._seen(column, filled == rows and most == 1 and not leads)

    def _seen(self, column: UndeclaredColumn, unique: bool) -> None:
        if len(column.names) == 1:
            self._filled[column.table].add(column.names[0])
            if unique:
                self._unique[column.table].add(column.names[0])

    def _overlaps(self, column: UndeclaredColumn, *, is_known: bool) -> list[Overlap]:
        """The samples that stand in a column of a table that leads to people."""
        wanted = [one for one in self._wanted if self._compares(one, column, is_known=is_known)]
        asked = ", ".join(str(one.at) for one in wanted) or "NULL"
        met = "SELECT at, COUNT(*), COUNT(*) FILTER (WHERE one), COALESCE(SUM(cells) FILTER (WHERE one), 0)"

        def joined(kind: int, mine: str, theirs: str) -> str:
            values = f"SELECT at, {mine} AS value, MAX(cells) AS cells FROM {self._sampled} WHERE at IN ({asked}) GROUP BY at, {mine}"
            each = (
                "SELECT w.at, w.value, MAX(w.cells) AS cells, COUNT(*) = 1 OR COUNT(DISTINCT NULLIF(b.whose, -1)) <= 1 AS one "
                f"FROM ({values}) AS w JOIN bare AS b ON b.{theirs} = w.value GROUP BY w.at, w.value"
            )
            return f"SELECT {kind}, each.* FROM ({met} FROM ({each}) AS one GROUP BY at) AS each"

        queries = [joined(0, "plain", "plain")]
        if is_known:
            queries += [joined(1, "core", "core"), joined(1, "core", "plain"), joined(2, "plain", "core")]
        told = "SELECT -1, COUNT(DISTINCT plain), COUNT(plain), COUNT(*), 0 FROM bare"
        rows = self._database.run(
            f"WITH bare AS MATERIALIZED ({self._bare_of_people(column, is_known=is_known)}) {told} UNION ALL "
            + " UNION ALL ".join(queries)
        )
        ((_, distinct, filled, of_all, _),) = [row for row in rows if row[0] == -1]
        if filled:
            self._seen(column, distinct == of_all)
        plain = {row[1]: row[2:] for row in rows if row[0] == 0}
        found = []
        for one in wanted:
            by_digits = max(
                (row[3] for row in rows if row[1] == one.at and row[0] == (1 if one.has_digits else 2)), default=0
            )
            stands, alone, cells = plain.get(one.at, (0, 0, 0))
            if stands or by_digits:
                found.append(
                    Overlap(
                        one.values,
                        column,
                        float(distinct),
                        stands,
                        alone,
                        int(cells),
                        expected_by_chance(one.bits, float(distinct)),
                        by_digits,
                    )
                )
        return found

    def _compares(self, wanted: _StoredSample, column: UndeclaredColumn, *, is_known: bool) -> bool:
        mine = wanted.values.column
        return mine != column and len(mine.names) == len(column.names) and (is_known or mine.table not in self._lead)

    def _bare(self, column: UndeclaredColumn, source: str, *more: str) -> str:
        of_table = {each.name: each for each in self._sheets[column.table].columns}
        return bare_query([of_table[name] for name in column.names], source, *more)
