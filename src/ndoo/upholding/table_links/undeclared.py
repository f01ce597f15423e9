"""Judges whether a column leads to people though nobody declared that it does.
One judgement for folders and schemas, for releases and proofs.

That a key is not declared never means that a table leads to nobody. What the columns of all tables hold is compared with what the tables
hold that lead to people; here it is weighed. Evidence is

- strong where chance cannot explain it: more of the column's values stand there than so many values of their length would;
- weak where it can: whole numbers from 1 on are keys of everything. Most of the values stand there, or most of the keys stand here;
- the name, where it is that of a key of a table that leads to people.

Only what tells whose a row is counts: of the values that stand there, nearly every one leads to one person. A ward does not, nor a code.

Each of these stops the run for a table that leads to nobody: its rows would all stay. A table is excused from weak evidence where
the declared keys say what it is: a table that leads to people refers to it, and many people to one of its rows (a list of wards).

A table that leads to people by another key is judged on values that lead to other tables' declared keys: strong evidence stops the run,
weak evidence only where the name says that it is a key or a person; else it is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ndoo.domain.errors import UsageFault
from ndoo.evidence.release_record import Warned
from ndoo.upholding.table_links import key_names
from ndoo.upholding.table_links.link import Link

_CHANCE = 1e-6
_MOST, _NEARLY_ALL = 0.5, 0.9
_NAMED = 8
_FEW_DIGITS = 5
_FEW_VALUES = 20
"""So many values of a table must lead to one person each, until a key that is declared the other way round is not believed."""
_MANY_VALUES, _SHARE_OF_KEYS = 100, 0.1


@dataclass(frozen=True, slots=True)
class UndeclaredColumn:
    """A column of a table, or two side by side."""

    table: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.table}.{'+'.join(self.names)}"


@dataclass(frozen=True, slots=True)
class Nobodys:
    """What the caller said leads to nobody: whole tables, and single columns."""

    tables: frozenset[str] = frozenset()
    columns: frozenset[tuple[str, str]] = frozenset()

    def has(self, column: UndeclaredColumn) -> bool:
        return column.table in self.tables or any((column.table, name) in self.columns for name in column.names)


@dataclass(frozen=True, slots=True)
class TableKeys:
    """What is known of one table."""

    name: str
    leads: bool
    columns: tuple[str, ...]
    """Those that are asked about: without NHS numbers, and without what is blank in every row."""
    links: tuple[Link, ...]
    keys: tuple[tuple[str, ...], ...]
    """By which its rows are known, as it is declared: primary and unique keys, and what others refer to."""
    unique: frozenset[str] = frozenset()
    """Columns with another value in every row."""

    @property
    def declared_alone(self) -> frozenset[str]:
        """Its declared keys of one column."""
        return frozenset(key[0] for key in self.keys if len(key) == 1)

    @property
    def known_by(self) -> frozenset[str]:
        """The same; where no key is declared, the columns that look like one."""
        if self.keys:
            return self.declared_alone
        linked = {name for link in self.links for name in link.columns}
        return frozenset(name for name in self.unique - linked if self.names_itself(name) or key_names.is_key(name))

    def names_itself(self, column: str) -> bool:
        return key_names.is_of_own_table(column, self.name)


@dataclass(frozen=True, slots=True)
class SampledValues:
    """What a sample of the distinct values of a column shows of it."""

    column: UndeclaredColumn
    distinct: float
    sampled: int
    cells: int
    """Cells that have one of the sampled values."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of the sampled values of a column stand in another one, of a table that leads to people."""

    values: SampledValues
    there: UndeclaredColumn
    distinct_there: float
    met: int
    one: int
    """Those that stand there in one row, or in rows of one person."""
    one_cells: int
    """Cells that have one of these."""
    expected: float
    """How many of the sampled values would stand there by chance, by their length."""
    by_digits: int = 0
    """Those of which the digits alone stand there, letters before and behind left aside."""

    @property
    def share(self) -> float:
        """Of the column's values, or of its cells, whichever is more."""
        return max(self.one / self.values.sampled, self.one_cells / self.values.cells) if self.one else 0.0

    @property
    def share_there(self) -> float:
        """Of the keys there, those that stand here."""
        return self.one / self.values.sampled * self.values.distinct / self.distinct_there if self.one else 0.0

    @property
    def tells_whose(self) -> bool:
        """Does nearly every value that is met lead to one person? A key of people does; a ward, a code does not."""
        return self.met > 0 and self.one >= _NEARLY_ALL * self.met

    @property
    def is_strong(self) -> bool:
        """Can chance not explain it?"""
        return is_beyond_chance(self.one, self.expected)


@dataclass(frozen=True, slots=True)
class UndeclaredLink:
    """A column that may lead to people, and the column that it may lead to."""

    column: UndeclaredColumn
    there: UndeclaredColumn

    def __str__(self) -> str:
        return f"{self.column} (of {self.there})"


@dataclass(frozen=True, slots=True)
class Undeclared:
    """What stops a run, and what is only said."""

    stops: tuple[UndeclaredLink, ...] = ()
    said: tuple[UndeclaredLink, ...] = ()

    def __str__(self) -> str:
        """What stops, for a sentence."""
        return ", ".join(map(str, self.stops[:_NAMED]))

    def refuse(self, remedy: str) -> None:
        """Raises UsageFault where a column may lead to people and nobody declared it."""
        if self.stops:
            raise UsageFault(
                "key-undeclared",
                "These columns are not declared as keys, and their values match keys of tables that lead to people: "
                f"{self}. Declare each {remedy}. If only the column is no key, use "
                "--leads-to-nobody TABLE.COLUMN; if its rows are nobody's and all are to stay, --leads-to-nobody TABLE (the manifest will say so).",
            )

    def warnings(self) -> tuple[Warned, ...]:
        """For the manifest."""
        if not self.said:
            return ()
        return (
            Warned(
                "keys-possible",
                f"These columns may be keys of people, and were taken for something else: {', '.join(map(str, self.said))}. If one leads "
                "to somebody, declare it.",
            ),
        )


def judge_nobodys(nobodys: Nobodys, tables: Sequence[TableKeys]) -> None:
    """Raises UsageFault where a table that leads to people by its own keys was said to lead to nobody."""
    for table in tables:
        if table.leads and table.name in nobodys.tables:
            raise UsageFault(
                "leads-to-somebody",
                f"Table {table.name!r} leads to people by its own keys or numbers, so its rows are somebody's. Name a column of it with "
                "--leads-to-nobody TABLE.COLUMN, if that is what is meant.",
            )


def undeclared(
    tables: Sequence[TableKeys], overlaps: Sequence[Overlap], glued: Sequence[UndeclaredLink], nobodys: Nobodys
) -> Undeclared:
    """Weigh what was found. Each column is said once, by the best reason; last by `glued_keys.glued`."""
    by_name = {table.name: table for table in tables}
    lookups = _lookups(tables, overlaps)
    stops: dict[UndeclaredColumn, UndeclaredLink] = {}
    said: dict[UndeclaredColumn, UndeclaredLink] = {}
    apart = ((link, False) for link in glued)
    for found, warns in (*_by_name(tables, overlaps), *_by_values(by_name, overlaps, lookups), *apart):
        if not nobodys.has(found.column):
            (said if warns else stops).setdefault(found.column, found)
    return Undeclared(tuple(stops.values()), tuple(found for column, found in said.items() if column not in stops))


def _by_name(tables: Sequence[TableKeys], overlaps: Sequence[Overlap]) -> Iterator[tuple[UndeclaredLink, bool]]:
    """Columns whose name is that of a key; whether it is only to be said."""
    met = {(overlap.values.column, overlap.there) for overlap in overlaps if overlap.one or overlap.by_digits}
    for table in tables:
        for other in (other for other in tables if other.leads and other is not table):
            for column in _asked_about(table):
                for key in sorted(other.known_by):
                    found = UndeclaredLink(
                        UndeclaredColumn(table.name, (column,)), UndeclaredColumn(other.name, (key,))
                    )
                    if key_names.is_alike(column, key, other.name):
                        yield found, table.leads and (found.column, found.there) not in met
                    elif key_names.is_table(column, other.name) and (found.column, found.there) in met:
                        yield found, False
            if table.leads:
                continue
            mine = {key_names.plain(name): name for name in table.columns}
            for key_of_several in (key for key in other.keys if len(key) > 1):
                names = [key_names.plain(name) for name in key_of_several]
                if set(names) <= set(mine) and not all(map(key_names.is_generic, key_of_several)):
                    here = UndeclaredColumn(table.name, tuple(mine[name] for name in names))
                    yield UndeclaredLink(here, UndeclaredColumn(other.name, key_of_several)), False


def _by_values(
    tables: Mapping[str, TableKeys], overlaps: Sequence[Overlap], lookups: Mapping[str, frozenset[str]]
) -> Iterator[tuple[UndeclaredLink, bool]]:
    """Columns whose values are keys; whether it is only to be said. The best evidence comes first."""

    def is_of_known_key(overlap: Overlap) -> bool:
        there = overlap.there
        return len(there.names) == 1 and there.names[0] in tables[there.table].known_by

    def best_first(overlap: Overlap) -> tuple[bool, bool, bool, float, str, str]:
        few, key = overlap.share < _MOST, is_of_known_key(overlap)
        return not overlap.is_strong, few, not key, -overlap.share, str(overlap.values.column), str(overlap.there)

    for overlap in sorted(overlaps, key=best_first):
        column, there = overlap.values.column, overlap.there
        table, other, is_of_key = tables[column.table], tables[there.table], is_of_known_key(overlap)
        found = UndeclaredLink(column, there)
        if not overlap.tells_whose and not overlap.by_digits:
            continue
        if not table.leads:
            if _is_declared_backwards(overlap, table, other):
                continue
            excused = _is_excused(column, lookups)
            if overlap.is_strong or (not excused and (overlap.share >= _MOST or (is_of_key and _covers(overlap)))):
                yield found, False
        elif is_of_key and len(column.names) == 1 and column.names[0] in _asked_about(table):
            weak = overlap.share >= _NEARLY_ALL
            many = overlap.values.distinct >= _MANY_VALUES or overlap.share_there >= _SHARE_OF_KEYS
            name = column.names[0]
            if overlap.is_strong or (weak and (key_names.is_of_person(name) or (many and key_names.is_key(name)))):
                yield found, False
            elif weak and overlap.share_there >= _SHARE_OF_KEYS:
                yield found, True


def _asked_about(table: TableKeys) -> Sequence[str]:
    """The columns of which nobody has said what they lead to. Of a table that leads to people, its own keys are left aside too."""
    if not table.leads:
        return table.columns
    linked = {name for link in table.links for name in link.columns}
    own = linked | table.declared_alone
    return [name for name in table.columns if name not in own and not table.names_itself(name)]


def _covers(overlap: Overlap) -> bool:
    """Do the keys stand here, though much else does too; or do their digits, with other letters, where these are not few?"""
    values, name = overlap.values, overlap.values.column.names[0]
    by_digits = overlap.by_digits / values.sampled
    enough = values.sampled >= _FEW_DIGITS or key_names.is_key(name) or key_names.is_of_person(name)
    return overlap.share_there >= _NEARLY_ALL or (
        enough and by_digits >= _NEARLY_ALL and by_digits * values.distinct / max(overlap.distinct_there, 1) >= _MOST
    )


def _lookups(tables: Sequence[TableKeys], overlaps: Sequence[Overlap]) -> dict[str, frozenset[str]]:
    """The tables that lead to nobody because many people lead to each of their rows, and the columns by which these do."""
    by_pair = {(overlap.values.column, overlap.there): overlap for overlap in overlaps}
    found: dict[str, set[str]] = {}
    for table in (table for table in tables if not table.leads):
        for other in (other for other in tables if other.leads):
            for link in other.links:
                pair = by_pair.get(
                    (UndeclaredColumn(table.name, link.target_columns), UndeclaredColumn(other.name, link.columns))
                )
                if pair and pair.met and (not pair.tells_whose or _is_declared_backwards(pair, table, other)):
                    found.setdefault(table.name, set()).update(link.target_columns)
            for column in table.unique:
                there = next((name for name in other.columns if key_names.plain(name) == key_names.plain(column)), "")
                pair = by_pair.get((UndeclaredColumn(table.name, (column,)), UndeclaredColumn(other.name, (there,))))
                if pair and pair.met and not pair.tells_whose and not key_names.is_generic(column):
                    found.setdefault(table.name, set()).add(column)
    while True:  # what these lead to in turn, such as the site of a ward
        more = {
            link.target: set(link.target_columns)
            for table in tables
            if table.name in found
            for link in table.links
            if link.target not in found and not _named(tables, link.target).leads
        }
        if not more:
            return {name: frozenset(columns) for name, columns in found.items()}
        found |= more


def _named(tables: Sequence[TableKeys], name: str) -> TableKeys:
    return next(table for table in tables if table.name == name)


def _is_excused(column: UndeclaredColumn, lookups: Mapping[str, frozenset[str]]) -> bool:
    """Weak evidence says nothing of the key of a list of wards, nor of its other columns, unless their names do."""
    if column.table not in lookups:
        return False
    own = lookups[column.table]
    return all(name in own or not (key_names.is_key(name) or key_names.is_of_person(name)) for name in column.names)


def _is_declared_backwards(overlap: Overlap, table: TableKeys, other: TableKeys) -> bool:
    """Is it declared that the column there leads to this one, and is it no key of its own table? Then a row here has many
    there, unless every one of many has one."""
    column, there = overlap.values.column, overlap.there
    declared = any(
        (link.columns, link.target, link.target_columns) == (there.names, table.name, column.names)
        for link in other.links
    )
    own = len(there.names) == 1 and (there.names[0] in other.known_by or other.names_itself(there.names[0]))
    return declared and not own and overlap.one < _FEW_VALUES


def is_beyond_chance(met: int, expected: float) -> bool:
    """Can chance not bring so many, where it brings `expected` on the average (Chernoff's bound)?"""
    return met > expected and math.exp(met - expected - met * math.log(met / expected)) < _CHANCE
