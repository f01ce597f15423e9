"""The columns of a schema that say who somebody is: the person's own, the same in other tables, and what the caller named."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from ndoo.domain.errors import UsageFault
from ndoo.evidence.release_record import ByChance
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.column_names import DeclaredNames, column_missing, table_missing
from ndoo.upholding.columns import ColumnChoice, Watch
from ndoo.upholding.databases.marked_rows import MarkedRows, mark_rows
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import SchemaTable
from ndoo.upholding.databases.stray_numbers import mentioned_in
from ndoo.upholding.other_cells.stray_numbers import Sighting
from ndoo.upholding.sql.column_evidence import look
from ndoo.upholding.sql.read_cells import TableColumn, refuse_types
from ndoo.upholding.table_links.undeclared import Nobodys


@dataclass(frozen=True, slots=True)
class SchemaChoice:
    """`person` is TABLE.COLUMN; `keys` are each table's columns of NHS numbers, the one that says whose a row is first."""

    person: str
    found: str
    person_table: str
    own: Mapping[str, str]
    keys: Mapping[str, tuple[TableColumn, ...]]

    @property
    def others(self) -> tuple[str, ...]:
        """All of them but the person's own."""
        every = (f"{table}.{column.name}" for table, columns in self.keys.items() for column in columns)
        return tuple(name for name in every if name != self.person)


def chosen(database: PostgreSQL, sheets: Sequence[SchemaTable], choice: ColumnChoice) -> SchemaChoice:
    """Settle it from what the caller said and what the data shows, in every row.

    Raises:
        UsageFault: a column that is not there, several candidates, or an unclassified column of NHS numbers.
        UnfitData: no column holds NHS numbers, or one that should holds what cannot be one.
    """
    there = {f"{sheet.name}.{column.name}": (sheet, column) for sheet in sheets for column in sheet.columns}
    named = choice.named
    for name in named:
        if name not in there:
            raise column_missing(name, DeclaredNames(there))
    convincing = _convincing(database, sheets)
    person, found = choice.nhs_number, "named by the caller"
    if person is None:
        candidates = [name for name in convincing if name not in named]
        if len(candidates) != 1:
            raise UsageFault(
                "column-several",
                f"{len(candidates)} columns of the schema hold NHS numbers. Name the person's own with --nhs-number TABLE.COLUMN.",
            )
        person, found = candidates[0], "found by evidence"
    home, column = there[person]
    own = {home.name: column.name}
    for name, (sheet, other) in there.items():
        refers = any(
            link.target == home.name and link.target_columns == (column.name,) and link.columns == (other.name,)
            for link in sheet.links
        )
        same = other.name == column.name and name in convincing
        if sheet is not home and name not in named and (refers or same):
            own[sheet.name] = other.name
    known = {*named, *(f"{table}.{name}" for table, name in own.items())}
    _refuse_loose(convincing, known)
    keys = {}
    for sheet in sheets:
        mine = [own[sheet.name]] if sheet.name in own else []
        mine += [there[name][1].name for name in choice.also if there[name][0] is sheet]
        keys[sheet.name] = tuple(there[f"{sheet.name}.{name}"][1] for name in mine)
    refuse_types([key for columns in keys.values() for key in columns])
    return SchemaChoice(person, found, home.name, own, keys)


@dataclass(frozen=True, slots=True)
class SchemaMentions:
    """What was found in the tables of a schema; each column is TABLE.COLUMN."""

    found: tuple[str, ...]
    """In which a row holds the number of somebody withheld."""
    ignored: tuple[Sighting, ...]
    """What stands in columns that are ignored."""
    by_chance: tuple[ByChance, ...]
    """As `MentionSearch.by_chance`."""


def mark_tables(
    database: PostgreSQL,
    sheets: Sequence[SchemaTable],
    holding: Collection[str],
    opt_outs: OptOuts,
) -> dict[str, MarkedRows]:
    """The rows that mention somebody in one of these TABLE.COLUMNs, table by table."""
    marked = {}
    for sheet in sheets:
        here = [column.name for column in sheet.columns if f"{sheet.name}.{column.name}" in holding]
        if here:
            marked[sheet.name] = mark_rows(database, sheet.table, sheet.columns, here, opt_outs)
    return marked


def mentioned_in_tables(
    database: PostgreSQL,
    sheets: Sequence[SchemaTable],
    left_out: Collection[str],
    opt_outs: OptOuts,
    *,
    ignored: Collection[str] = (),
) -> SchemaMentions:
    """Who is mentioned in the rows of these tables.

    Args:
        left_out: those that are not looked at.
        ignored: those that are looked at and said apart.
    """
    found, seen, by_chance = list[str](), list[Sighting](), list[ByChance]()
    for sheet in sheets:
        names = {column.name: f"{sheet.name}.{column.name}" for column in sheet.columns}
        known = [name for name, told in names.items() if told in left_out]
        apart = [name for name, told in names.items() if told in ignored]
        mentions = mentioned_in(database, sheet.table, sheet.columns, known, opt_outs, ignored=apart)
        found += [names[name] for name in mentions.found if name not in apart]
        seen += [replace(sighting, column=names[sighting.column]) for sighting in mentions.seen_in(apart)]
        by_chance += [replace(met, column=names[met.column]) for met in mentions.by_chance]
    return SchemaMentions(tuple(found), tuple(seen), tuple(by_chance))


def nobodys_named(sheets: Sequence[SchemaTable], said: Sequence[str]) -> Nobodys:
    """The tables, and the columns as TABLE.COLUMN, that the caller said lead to nobody.

    Raises:
        UsageFault: one that is not there.
    """
    tables = {sheet.name for sheet in sheets}
    columns = {f"{sheet.name}.{column.name}": (sheet.name, column.name) for sheet in sheets for column in sheet.columns}
    for name in said:
        if name not in tables and name not in columns:
            raise column_missing(name, DeclaredNames(columns)) if "." in name else table_missing(name, sorted(tables))
    return Nobodys(
        frozenset(name for name in said if name in tables),
        frozenset(columns[name] for name in said if name not in tables),
    )


def refuse_loose(database: PostgreSQL, sheets: Sequence[SchemaTable], known: Collection[str]) -> None:
    """Raises UsageFault where another column than these TABLE.COLUMNs holds NHS numbers, in any row."""
    _refuse_loose(_convincing(database, sheets), known)


def _convincing(database: PostgreSQL, sheets: Sequence[SchemaTable]) -> list[str]:
    """Every TABLE.COLUMN that holds NHS numbers, by all its rows."""
    convincing = []
    for sheet in sheets:
        watch = Watch([column.name for column in sheet.columns])
        look(database, sheet.table.quoted, sheet.columns, watch, rows=None)
        convincing += [f"{sheet.name}.{name}" for name in watch.convincing()]
    return convincing


def _refuse_loose(convincing: Sequence[str], known: Collection[str]) -> None:
    if loose := [name for name in convincing if name not in known]:
        raise UsageFault(
            "column-unclassified",
            f"Another column holds NHS numbers too: {', '.join(map(repr, loose))}. Use --also to uphold opt-outs on it as "
            "well, or --ignore-column to let it stay (the manifest will say so).",
        )
