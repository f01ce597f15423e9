"""The columns that could be keys that nobody declared, and of which columns: the same for folders and schemas, before any cell is read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from ndoo.upholding.table_links import key_names
from ndoo.upholding.table_links.link import Link
from ndoo.upholding.table_links.undeclared import Nobodys, TableKeys, UndeclaredColumn

_PAIRED = 8
"""So many columns that two tables have in common are taken by twos."""
_PAIRED_ALONE = 4
"""So many of a table by itself, where no key of it is declared."""

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableColumns:
    """What is known of one table before its cells are read."""

    name: str
    columns: tuple[str, ...]
    numbers: frozenset[str]
    """Those of NHS numbers, by which rows are decided on."""
    links: tuple[Link, ...]
    said_keys: tuple[Names, ...]
    """Primary and unique keys, as far as they are said."""

    @property
    def others(self) -> list[str]:
        return [name for name in self.columns if name not in self.numbers]


class Candidates:
    """Over all tables of one folder or schema.

    Args:
        lead: the names of the tables that lead to people.
    """

    def __init__(self, tables: Sequence[TableColumns], lead: Collection[str], nobodys: Nobodys) -> None:
        self._tables = {table.name: table for table in tables}
        self._lead, self._nobodys = lead, nobodys

    def asked_of(self, name: str) -> list[UndeclaredColumn]:
        """Of a table that leads to nobody: each column, and by twos those that a table has too that leads to people; where that is
        known by two columns of other names, every two. Of one that leads to people: the columns of which nobody has said where they lead."""
        if name in self._nobodys.tables:
            return []
        table = self._tables[name]
        alone: list[Names] = [(column,) for column in table.others if (name, column) not in self._nobodys.columns]
        if name in self._lead:
            linked = {column for link in table.links for column in link.columns}
            return [UndeclaredColumn(name, names) for names in alone if names[0] not in linked]
        return [UndeclaredColumn(name, names) for names in (*alone, *self._pairs_in_common(table))]

    def looked_for_in(
        self, name: str, wanted: Collection[UndeclaredColumn]
    ) -> tuple[list[UndeclaredColumn], list[UndeclaredColumn]]:
        """The columns of a table that leads to people by which it may be known; and the others, if a table that leads to nobody is
        asked about, and by twos those that it has too.

        Args:
            wanted: what is asked about and has any value.
        """
        table = self._tables[name]
        known = [column for column in table.others if self._may_be_known_by(table, column)]
        of_nobody = [column for column in wanted if column.table not in self._lead]
        others: list[Names] = [(column,) for column in table.others if column not in known] if of_nobody else []
        mine = {key_names.plain(column): column for column in table.others}
        pairs = {tuple(map(key_names.plain, column.names)) for column in of_nobody if len(column.names) == 2}
        others += [(mine[pair[0]], mine[pair[1]]) for pair in sorted(pairs) if set(pair) <= set(mine)]
        others += [pair for pair in self._keys_of_two(table) if pairs and pair not in others]
        return [UndeclaredColumn(name, (column,)) for column in known], [
            UndeclaredColumn(name, names) for names in others
        ]

    def keys_of(self, name: str) -> list[Names]:
        """By which the rows of a table are known: its declared keys, or what looks like one."""
        table = self._tables[name]
        return [
            *self._declared_keys(table),
            *((column,) for column in table.others if self._may_be_known_by(table, column)),
        ]

    def glued_in(self, name: str) -> list[tuple[UndeclaredColumn, bool]]:
        """The keys of two columns of a table that leads to people, which other tables may have in one; whether each is declared. Of a
        key of more columns it is every two: a hospital and its patient tell whose an episode is."""
        keys = self._declared_keys(self._tables[name])
        pairs = dict.fromkeys(pair for key in keys for pair in combinations(key[:_PAIRED_ALONE], 2))
        some = () if keys else combinations(self._tables[name].others[:_PAIRED_ALONE], 2)
        return [(UndeclaredColumn(name, pair), bool(keys)) for pair in (*pairs, *some)]

    def known(self, name: str, *, filled: Collection[str], unique: Collection[str]) -> TableKeys:
        """What is known of a table once its cells were read.

        Args:
            filled: its columns that are not blank in every row.
            unique: those with another value in every row.
        """
        table = self._tables[name]
        columns = tuple(column for column in table.others if column in filled)
        return TableKeys(
            name, name in self._lead, columns, table.links, self._declared_keys(table), frozenset(unique) & {*columns}
        )

    def _declared_keys(self, table: TableColumns) -> tuple[Names, ...]:
        """What it says itself, and what others refer to."""
        referred = [
            link.target_columns for other in self._tables.values() for link in other.links if link.target == table.name
        ]
        keys = [key for key in (*table.said_keys, *referred) if key and set(key) <= {*table.others}]
        return tuple(dict.fromkeys(keys))

    def _may_be_known_by(self, table: TableColumns, column: str) -> bool:
        keys = self._declared_keys(table)
        if keys:
            return (column,) in keys
        return key_names.is_of_own_table(column, table.name) or key_names.is_key(column)

    def _pairs_in_common(self, table: TableColumns) -> list[Names]:
        mine = {key_names.plain(column): column for column in table.others}
        found: dict[Names, None] = {}
        for other in (self._tables[name] for name in self._tables if name in self._lead):
            common = sorted({key_names.plain(column) for column in other.others} & set(mine))
            found |= {(mine[one], mine[two]): None for one, two in combinations(common[:_PAIRED], 2)}
            if any(not set(map(key_names.plain, key)) <= set(mine) for key in self._keys_of_two(other)):
                found |= dict.fromkeys(permutations(table.others[:_PAIRED_ALONE], 2))
        return list(found)

    def _keys_of_two(self, table: TableColumns) -> list[Names]:
        return [key for key in self._declared_keys(table) if len(key) == 2]
