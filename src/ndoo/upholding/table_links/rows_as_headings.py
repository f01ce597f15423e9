"""Judges whether the names of a table's columns are somebody's row. One judgement for folders and schemas.

Without a heading, the first row of a file is taken for one, and nobody decides on it. So the names of the columns of every table are looked
for in what the rows that lead to people are known by, and in what they lead on by: an address is known by what its people say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ndoo.domain.errors import UnfitData

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamesMet:
    """Which names of columns stand as values in the rows of one table that leads to people.

    Args:
        known: the columns, one or several together, by which its rows are known.
        links: those by which they lead on.
        found: of each of these columns the names that stand in it, other than its own: where files were put together, a heading
            stands among the rows.
    """

    table: str
    known: Sequence[Names]
    links: Sequence[Names]
    found: Mapping[str, Collection[str]]

    def has_row(self, names: Collection[str]) -> bool:
        """Do these names hold a key? What rows lead on by may be a word, such as a kind of event, which a column may be called after."""
        coded = [name for name in names if any(map(str.isdigit, name))]
        return any(self._holds(names, key) for key in self.known) or any(self._holds(coded, key) for key in self.links)

    def _holds(self, names: Collection[str], key: Names) -> bool:
        """Is every part of a key among them, each by a name of its own?"""
        parts = [{*self.found[column]}.intersection(names) for column in key]
        return all(parts) and len(set().union(*parts)) >= len(key)


def refuse_rows_as_headings(headings: Mapping[str, Collection[str]], met: Sequence[NamesMet], remedy: str) -> None:
    """Raises UnfitData where the names of a table's columns hold a key.

    Args:
        headings: the names of the columns of each table.
        remedy: what to do, as a sentence.
    """
    for table, names in headings.items():
        for one in met:
            if one.has_row(names):
                raise UnfitData(
                    "heading-missing",
                    f"Table {table!r}: what stands as its heading holds a key that {one.table!r} has too, so it is somebody's row, and there "
                    f"is no heading. {remedy} If it is a heading, give that column another name.",
                )
