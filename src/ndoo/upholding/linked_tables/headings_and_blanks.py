"""What is taken for a heading or for a blank in a folder, looked for among the keys of the tables that lead to people.

A text that `missingValues` says is a blank leads to nobody; where it is the key of a row, somebody's rows would be nobody's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ndoo.domain.errors import UnfitData
from ndoo.numbers.kernel import uint32s
from ndoo.numbers.key_index import KeyIndex, U32s
from ndoo.numbers.key_kernel import BLANK
from ndoo.numbers.plain_keys import Baring, MetValues, PlainCells
from ndoo.upholding.decision.glimpses import leaves_of
from ndoo.upholding.linked_tables.tables import Opened
from ndoo.upholding.table_links.rows_as_headings import Names, NamesMet, refuse_rows_as_headings


@dataclass(frozen=True, slots=True)
class WordSearch:
    """Looks for headings and blanks in the rows of one table.

    Args:
        known, links: as in `NamesMet`.
        met: of each of these columns by itself.
    """

    table: str
    known: Sequence[Names]
    links: Sequence[Names]
    index: KeyIndex
    met: Mapping[str, MetValues]

    def take(self, bare: Mapping[str, Sequence[PlainCells]], rows: int, who: U32s) -> None:
        """Take in the cells of some rows."""
        for name, met in self.met.items():
            for part in bare[name]:
                met.take(self.index, part.plain, rows, who)

    def glimpse(self, bare: Mapping[str, Sequence[PlainCells]]) -> None:
        """Take in the cells of some rows that lead to nobody."""
        for name, met in self.met.items():
            for part in bare[name]:
                met.take(self.index, part.plain, part.rows, uint32s(part.rows))

    def stands(self, number: int, column: str) -> bool:
        """Does the text of this number stand in that column?"""
        return number != BLANK and self.met[column].times[number] > 0


class HeadingsAndBlanks:
    """Of one walk over a folder. A table that is said to have no heading is not asked about one: its columns have no names of its own."""

    def __init__(self, tables: Sequence[Opened], baring: Baring) -> None:
        self._tables, self._baring = tables, baring
        self._index = KeyIndex()
        self._headings = {one.name: self._numbered(one.columns) for one in tables if one.table.reading.header}
        self._blanks = {one.name: self._numbered(one.table.nulls) for one in tables}
        self._searches: dict[str, WordSearch] = {}

    def _numbered(self, texts: Sequence[str]) -> dict[str, int]:
        import pyarrow as pa

        ((cells, rows),) = leaves_of(pa.array(texts, pa.large_string()))
        return dict(zip(texts, self._index.add(self._baring.of(cells, rows).plain, rows)[:rows], strict=True))

    def sought(self, one: Opened, known: Sequence[Names]) -> WordSearch:
        """What looks for them in a table that leads to people, which is known by these columns."""
        links = [link.columns for link in one.table.links]
        met = {name: MetValues(self._index.count) for key in (*known, *links) for name in key}
        return self._searches.setdefault(one.name, WordSearch(one.name, known, links, self._index, met))

    def beside(self, one: Opened) -> WordSearch | None:
        """What looks for blanks in a table that leads to nobody, and whose rows go with the people that lead to it: the addresses of
        people. None where nothing leads to it."""
        referred = {
            name
            for other in self._tables
            for link in other.table.links
            if link.target == one.name
            for name in link.target_columns
        }
        met = {name: MetValues(self._index.count) for name in sorted(referred)}
        return self._searches.setdefault(one.name, WordSearch(one.name, (), (), self._index, met)) if met else None

    def refuse(self) -> None:
        """Raises UnfitData where a heading holds a key, or a blank is one."""
        refuse_rows_as_headings(
            self._headings,
            [self._names_met(search) for search in self._searches.values()],
            'Give it one, or say "dialect": {"header": false} in datapackage.json and name its columns there.',
        )
        for one in self._tables:
            for link in one.table.links:
                blanks = self._blanks[one.name].items()
                if any(self._is_key(text, number, link.target, link.target_columns) for text, number in blanks):
                    raise UnfitData(
                        "null-key",
                        f"Table {one.name!r}: a text that missingValues says is a blank is a key of {link.target!r}, so somebody's rows would be "
                        "nobody's. Take it out of missingValues in datapackage.json.",
                    )

    def _names_met(self, search: WordSearch) -> NamesMet:
        own = self._headings.get(search.table, {})
        names = {name: number for heading in self._headings.values() for name, number in heading.items()}
        found = {
            column: {
                name for name, number in names.items() if number != own.get(column) and search.stands(number, column)
            }
            for column in search.met
        }
        return NamesMet(search.table, search.known, search.links, found)

    def _is_key(self, text: str, number: int, target: str, columns: Names) -> bool:
        """Is it one there? A word without digits that the table itself calls a blank is none."""
        search = self._searches.get(target)
        is_blank_there = text in self._blanks[target] and not any(map(str.isdigit, text))
        return search is not None and not is_blank_there and any(search.stands(number, column) for column in columns)
