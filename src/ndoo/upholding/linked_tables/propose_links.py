"""Proposes which table of a folder could lead to which. Keys by evidence: what is unique, and what stands in what is. A person confirms."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.manifest import OF_A_FOLDER
from ndoo.evidence.release_record import Columns
from ndoo.numbers.key_index import KeyCells, KeyIndex, Naming, U8s, uint64s
from ndoo.numbers.key_kernel import ABSENT, BLANK
from ndoo.upholding.columns import Watch
from ndoo.upholding.datasets.formats import Dataset, open_dataset
from ndoo.upholding.decision.glimpses import Leaf, leaves_of
from ndoo.upholding.linked_tables.described_files import FILE, left_behind
from ndoo.upholding.linked_tables.properties import PROPOSED
from ndoo.upholding.linked_tables.tables import in_table
from ndoo.upholding.table_links.rows_as_headings import NamesMet, refuse_rows_as_headings
from ndoo.upholding.text.dialect import Reading

ENOUGH = 0.9
"""The share of cells that must stand in a key, so that orphans do not hide it."""
_HEADLESS = 'a datapackage.json of your own in place of --describe, with "dialect": {"header": false} for this table'
_WORD = re.compile(r"[^a-z0-9]")


@dataclass(slots=True)
class ProposedColumn:
    """One column: how many cells are no blank, and its cells as long as no two are alike."""

    table: str
    name: str
    filled: int = 0
    rows: int = 0
    index: KeyIndex | None = field(default_factory=KeyIndex)

    @property
    def is_key(self) -> bool:
        """Every row has another value."""
        return self.index is not None and self.rows > 0 and self.filled == self.rows


@dataclass(frozen=True, slots=True)
class LinkMatch:
    """A column that may lead to a key, and the share of its cells that do."""

    column: ProposedColumn
    key: ProposedColumn
    share: float

    @property
    def named_so(self) -> bool:
        """Does its name say so too? By the key's own name, or by that of its table."""
        mine, theirs = _plain(self.column.name), _plain(self.key.name)
        table = _plain(self.key.table).removesuffix("s")
        return mine in (theirs, table, table + "id", table + theirs) or (len(theirs) > 2 and mine.endswith(theirs))


def propose(folder: Path) -> dict[str, Any]:
    """A descriptor for the tables of a folder, not confirmed by anybody.

    Raises:
        UsageFault: there is one already, or no table. UnfitData: a table is damaged, or a name holds an NHS number.
    """
    if (folder / FILE).exists():
        raise UsageFault(
            "descriptor-there", "The folder has a datapackage.json. Take it away to have another proposed."
        )
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.name != OF_A_FOLDER and not left_behind(path.name)
    ]
    if not paths:
        raise UsageFault("no-tables", "This folder holds no tables.")
    names = _names([path.relative_to(folder).as_posix() for path in paths])
    if names_somebody(json.dumps(names)):
        raise UnfitData(
            "descriptor-identifies",
            "The name of a table holds what is a valid NHS number, and would be published. Rename it.",
        )
    naming, columns = Naming(), list[ProposedColumn]()
    with ThreadPoolExecutor(1) as worker:
        tables, with_numbers = {}, set[str]()
        for path in paths:
            name = names[path.relative_to(folder).as_posix()]
            try:
                tables[name] = open_dataset(path, Reading(), worker)
                watch = Watch(tables[name].names)
                tables[name].preview(watch)
                mine = [ProposedColumn(name, column) for column in _readable(tables[name])]
                _streamed(tables[name], _Uniqueness(naming, mine))
            except UnfitData as error:
                raise in_table(error, name, headless=_HEADLESS) from None
            columns += mine
            if watch.convincing():
                with_numbers.add(name)
        found = [
            match
            for name, dataset in tables.items()
            for match in _matches(
                naming, dataset, [c for c in columns if c.table == name], [c for c in columns if c.is_key]
            )
        ]
    _refuse_rows_as_headings(naming, tables, columns, _leading(with_numbers, found))
    return _descriptor(folder, paths, names, tables, columns, found)


def _leading(with_numbers: set[str], found: Sequence[LinkMatch]) -> set[str]:
    """The tables that hold NHS numbers, and those that may lead to one of them."""
    lead = set(with_numbers)
    while more := {match.column.table for match in found if match.key.table in lead} - lead:
        lead |= more
    return lead


def _refuse_rows_as_headings(
    naming: Naming, tables: dict[str, Dataset], columns: Sequence[ProposedColumn], lead: set[str]
) -> None:
    """Raises UnfitData where a heading holds a key of a table that may lead to people. A word may be what a column is called."""
    import pyarrow as pa

    headings = {name: {*dataset.names} for name, dataset in tables.items()}
    names = sorted(set().union(*headings.values()))
    ((cells, rows),) = leaves_of(pa.array(names, pa.large_string()))
    named = naming.of([cells], rows, uint64s(0), 0)
    met = []
    for column in columns:
        if column.is_key and column.index and column.table in lead:
            numbers = column.index.find(named, rows)[:rows]
            found = {name for name, number in zip(names, numbers, strict=True) if number not in (BLANK, ABSENT)}
            met.append(NamesMet(column.table, (), [(column.name,)], {column.name: found - {column.name}}))
    refuse_rows_as_headings(headings, met, f"Give it one, or use {_HEADLESS}, and name its columns there.")


class _Uniqueness:
    """Sees in which columns no two cells are alike."""

    def __init__(self, naming: Naming, columns: Sequence[ProposedColumn]) -> None:
        self.located: Sequence[str] = [column.name for column in columns]
        self.glimpsed: Sequence[str] = ()
        self._naming, self._columns = naming, columns
        self._cells: Sequence[KeyCells] = ()

    def locate(self, cells: Sequence[KeyCells], stride: int) -> None:
        """See `Decides`."""
        self._cells = cells

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""

    def mark(self, marks: U8s) -> None:
        """See `Decides`; nothing is held here."""

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`; no row goes anywhere."""
        for column, cells in zip(self._columns, self._cells, strict=True):
            column.rows += rows
            if column.index is None:
                continue
            numbers = column.index.add(self._naming.of([cells], rows, uint64s(0), 0), rows)
            column.filled += rows - numbers[:rows].count(BLANK)
            if column.index.count < column.filled:
                column.index = None


class _Inclusion(_Uniqueness):
    """Counts how many cells of each column stand in each key."""

    def __init__(self, naming: Naming, columns: Sequence[ProposedColumn], keys: Sequence[ProposedColumn]) -> None:
        super().__init__(naming, columns)
        self.pairs = {
            (at, key.table, key.name): [0, 0] for at, _ in enumerate(columns) for key in keys if key is not columns[at]
        }
        self._keys = {(key.table, key.name): key for key in keys}

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`; no row goes anywhere."""
        names = [self._naming.of([cells], rows, uint64s(0), 0) for cells in self._cells]
        for (at, *key), counts in self.pairs.items():
            index = self._keys[key[0], key[1]].index
            numbers = index.find(names[at], rows)[:rows] if index else []
            blanks, absent = numbers.count(BLANK), numbers.count(ABSENT)
            counts[0] += len(numbers) - blanks
            counts[1] += len(numbers) - blanks - absent


def _streamed(dataset: Dataset, looking: _Uniqueness) -> None:
    if looking.located:
        dataset.stream(Columns(None, ""), looking, Watch(dataset.names), None, None, lambda _: None)


def _matches(
    naming: Naming, dataset: Dataset, mine: Sequence[ProposedColumn], keys: Sequence[ProposedColumn]
) -> list[LinkMatch]:
    looking = _Inclusion(naming, mine, keys)
    _streamed(dataset, looking)
    by_place = {(key.table, key.name): key for key in keys}
    return [
        LinkMatch(mine[at], by_place[table, key], inside / filled)
        for (at, table, key), (filled, inside) in looking.pairs.items()
        if filled and inside / filled >= ENOUGH
    ]


def _readable(dataset: Dataset) -> list[str]:
    """The columns whose cells can be keys."""
    schema = getattr(dataset, "schema", None)
    if schema is None:
        return list(dataset.names)
    import pyarrow as pa

    def plain(kind: Any) -> bool:
        return not (pa.types.is_floating(kind) or pa.types.is_nested(kind) or pa.types.is_decimal(kind))

    return [name for name, kind in zip(schema.names, schema.types, strict=True) if plain(kind)]


def _descriptor(
    folder: Path,
    paths: Sequence[Path],
    names: dict[str, str],
    tables: dict[str, Dataset],
    columns: Sequence[ProposedColumn],
    found: Sequence[LinkMatch],
) -> dict[str, Any]:
    chosen: dict[tuple[str, str], LinkMatch] = {}
    for match in sorted(
        found, key=lambda f: (-f.share, f.key.table == f.column.table, _plain(f.key.name) != _plain(f.column.name))
    ):
        if match.named_so:
            chosen.setdefault((match.column.table, match.column.name), match)
    # of two tables with the same key, each would lead to the other; the one with more rows leads to the one with fewer
    for place, match in list(chosen.items()):
        back = chosen.get((match.key.table, match.key.name))
        if back and (back.key.table, back.key.name) == place and match.column.rows <= match.key.rows:
            del chosen[place]
    referred = {(match.key.table, match.key.name) for match in chosen.values()}
    resources = []
    for path in paths:
        relative = path.relative_to(folder).as_posix()
        name = names[relative]
        links = [
            {"fields": column, "reference": {"resource": match.key.table, "fields": match.key.name}}
            for (table, column), match in chosen.items()
            if table == name
        ]
        keys = [column.name for column in columns if column.table == name and (name, column.name) in referred]
        schema: dict[str, Any] = {"fields": [{"name": column} for column in tables[name].names]}
        resources.append(
            {
                "name": name,
                "path": relative,
                "schema": schema | ({"primaryKey": keys[0]} if keys else {}) | {"foreignKeys": links},
            }
        )
    told = [_told(match) for match in found if chosen.get((match.column.table, match.column.name)) is match]
    others = [_told(match) for match in found if (match.column.table, match.column.name) not in chosen]
    return {"resources": resources, PROPOSED: {"confirmed_by": None, "found_by": told, "also_possible": others}}


def _told(match: LinkMatch) -> dict[str, Any]:
    return {
        "column": f"{match.column.table}.{match.column.name}",
        "leads_to": f"{match.key.table}.{match.key.name}",
        "share_of_cells": round(match.share, 4),
    }


def _names(paths: Sequence[str]) -> dict[str, str]:
    """A name for each table: its file's, without its endings; the whole path where two would have one name."""
    short = [path.rsplit("/", 1)[-1].split(".")[0] for path in paths]
    return {path: name if short.count(name) == 1 else path for path, name in zip(paths, short, strict=True)}


def _plain(name: str) -> str:
    return _WORD.sub("", name.lower())
