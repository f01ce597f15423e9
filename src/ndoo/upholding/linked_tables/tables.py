"""The columns of each table that name people, settled from what the caller said, the links, and what the data shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.release_record import Columns
from ndoo.upholding.column_names import column_missing, listed, may_be_listed, table_missing
from ndoo.upholding.columns import ColumnChoice, Watch, refuse_chance, refuse_unclassified
from ndoo.upholding.datasets.formats import Dataset, open_dataset
from ndoo.upholding.linked_tables.descriptor import DescribedTable, Package
from ndoo.upholding.safeguards.feed_shape import FeedShape, shape_of
from ndoo.upholding.table_links.table_entry import TableEntry
from ndoo.upholding.table_links.undeclared import Nobodys


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table, which has one as a rule."""

    path: str
    """In the folder, with forward slashes."""
    place: Path
    dataset: Dataset


@dataclass(frozen=True, slots=True)
class Opened:
    """A table whose heading was read, its keys by the names that its file has, and what its first rows show."""

    table: DescribedTable
    pieces: tuple[TableFile, ...]
    first: Watch

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def columns(self) -> Sequence[str]:
        """As its files name them."""
        return self.pieces[0].dataset.names

    @property
    def said_columns(self) -> Sequence[str]:
        """As a caller names them: as the descriptor does, where a text has no heading."""
        return self.columns if self.table.reading.header else self.table.columns or self.columns

    @property
    def has_heading(self) -> bool:
        """Do columns that the descriptor names stand in its first row, which is then nobody's?"""
        table = self.table
        keys = (table.primary_key, *table.unique_keys, *(link.columns for link in table.links))
        return bool(table.columns) or any(column in self.columns for key in keys for column in key)

    def is_called(self, path: str) -> bool:
        """Is this one of its files, by its path in the folder or by its name alone?"""
        return any(path in (piece.path, piece.place.name) for piece in self.pieces)

    def of_piece(self, error: UnfitData, piece: TableFile) -> UnfitData:
        """The same error, saying which table it is about, and which file of it where it has several."""
        return in_table(error, self.name, piece.path if len(self.pieces) > 1 else None)


@dataclass(frozen=True, slots=True)
class Named:
    """The columns of NHS numbers of one table, as its file names them."""

    own: str | None = None
    also: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns by which its rows are decided on, the one that says whose a row is first."""
        return ((self.own,) if self.own else ()) + self.also

    def as_columns(self, found: str = "") -> Columns:
        columns = self.columns
        return Columns(columns[0] if columns else None, found, columns[1:], self.ignored)


@dataclass(frozen=True, slots=True)
class FolderChoice:
    """Which table says who everybody is, how that was found, and the columns of all tables."""

    person_table: str | None
    """None only where nobody is to be removed."""
    found: str
    named: dict[str, Named]

    def as_columns(self) -> Columns:
        """The columns of all tables, each as TABLE.COLUMN."""
        own = self.person_table and self.named[self.person_table].own
        person = f"{self.person_table}.{own}" if own else None
        every = [f"{table}.{column}" for table, named in self.named.items() for column in named.columns]
        ignored = tuple(f"{table}.{column}" for table, named in self.named.items() for column in named.ignored)
        return Columns(person, self.found, tuple(name for name in every if name != person), ignored)


def opened(folder: Path, package: Package, worker: ThreadPoolExecutor, *, released: bool = False) -> list[Opened]:
    """Every table of the folder, its heading read and compared with the descriptor.

    Args:
        released: see `Dialect.is_released`.

    Raises:
        UnfitData: a table is damaged, or its columns are not those that the descriptor names.
    """
    found = []
    for table in package.tables:
        pieces: list[TableFile] = []
        reading = replace(table.reading, is_released=released)
        for path in table.paths:
            try:
                piece = TableFile(path, folder / path, open_dataset(folder / path, reading, worker))
                _judge_columns(table, [*pieces, piece])
                if not pieces:
                    watch = Watch(piece.dataset.names)
                piece.dataset.preview(watch)
            except UnfitData as error:
                raise in_table(error, table.name, path if len(table.paths) > 1 else None) from None
            pieces.append(piece)
        found.append(Opened(_as_in_file(table, pieces[0].dataset.names), tuple(pieces), watch))
    return [_targets_as_in_file(one, found, package) for one in found]


def shape_of_tables(tables: Sequence[Opened]) -> FeedShape:
    """The shape of all tables as one: `columns` are named TABLE.COLUMN, and how each table is written stands under its name."""
    shapes = {one.name: shape_of(one.pieces[0].dataset, one.pieces[0].place) for one in tables}
    columns = [replace(told, name=f"{name}.{told.name}") for name, shape in shapes.items() for told in shape.columns]
    written_as = {name: {"format": shape.format, **shape.written} for name, shape in shapes.items()}
    return FeedShape("linked tables", tuple(columns), {"tables": written_as})


def in_table(
    error: UnfitData,
    name: str,
    path: str | None = None,
    *,
    headless: str = '"dialect": {"header": false} in datapackage.json',
) -> UnfitData:
    """The same error, saying which table it is about, and which of its files; what it advises of a text is said in the descriptor.

    Args:
        headless: what to use where the text has no heading.
    """
    said = error.sentence.replace("--no-header", headless)
    return type(error)(error.code, f"Table {name!r}{f', {path}' if path else ''}: {said}")


def chosen(tables: Sequence[Opened], choice: ColumnChoice) -> FolderChoice:
    """Settle which columns name people. `TABLE.COLUMN` is how each is said.

    A column that refers to the person's column, or that has its name and holds NHS numbers, says whose a row is too.

    Raises:
        UsageFault: a table or a column that is not there, or several tables that could say who everybody is.
        UnfitData: no column holds NHS numbers.
    """
    said_also = [_split(name, tables) for name in choice.also]
    said_ignored = [_split(name, tables) for name in choice.ignored]
    nhs_number = choice.nhs_number
    found = "named by the caller"
    if nhs_number is None:
        known = {*said_also, *said_ignored}
        candidates = [(t, c) for t in tables for c in t.first.convincing() if (t.name, c) not in known]
        candidates = [(t, c) for t, c in candidates if not _refers(t, c, candidates)]
        if not candidates:
            raise UnfitData(
                "column-not-found",
                "No column holds NHS numbers, as far as the first rows show. Name it with --nhs-number.",
            )
        if len(candidates) > 1:
            names = [f"{t.name}.{c}" for t, c in candidates]
            raise UsageFault(
                "column-several",
                f"Several columns hold NHS numbers: {listed(names)}. Name the person's own with --nhs-number, "
                "and the others with --also or --ignore-column.",
            )
        (table, column), found = candidates[0], "found by evidence"
        nhs_number = f"{table.name}.{column}"
    person, own = _split(nhs_number, tables)
    if len({(person, own), *said_also, *said_ignored}) != 1 + len(said_also) + len(said_ignored):
        raise UsageFault(
            "column-twice", "A column is named twice. Each is the person's own, --also, or --ignore-column."
        )
    named = {}
    for one in tables:
        mine = _own(one, person, own, {*said_also, *said_ignored})
        named[one.name] = Named(
            mine,
            tuple(c for t, c in said_also if t == one.name),
            tuple(c for t, c in said_ignored if t == one.name),
        )
        try:
            for column in named[one.name].columns:
                refuse_chance(one.first, column)
            refuse_unclassified(one.first, named[one.name].as_columns(), one.name)
        except UnfitData as error:
            raise in_table(error, one.name) from None
    return FolderChoice(person, found, named)


def nobodys_named(tables: Sequence[Opened], said: Sequence[str]) -> Nobodys:
    """The tables, and the columns as TABLE.COLUMN, that the caller said lead to nobody.

    Raises:
        UsageFault: one that is not there.
    """
    names = {one.name for one in tables}
    if strange := [name for name in said if name not in names and "." not in name]:
        raise table_missing(strange[0], sorted(names))
    for one in tables:
        if meant := [name for name in said if name not in names and one.is_called(name)]:
            raise UsageFault(
                "table-missing",
                f"--leads-to-nobody: {meant[0]!r} is a file of the folder, and no table. The table in it is {one.name!r}.",
            )
    return Nobodys(
        frozenset(name for name in said if name in names),
        frozenset(_split(name, tables) for name in said if name not in names),
    )


def as_settled(
    tables: Sequence[Opened], nhs_number: str, settled: Mapping[str, TableEntry], ignored: Sequence[str]
) -> FolderChoice:
    """What `chosen` came to for a folder that was released, from its manifest.

    Args:
        settled: what the manifest says of each table, by its name.

    Raises:
        UsageFault: a column that is not there. LookupError: a table that is not there.
    """
    person, own = _split(nhs_number, tables)
    said = [_split(name, tables) for name in ignored]
    named = {
        one.name: Named(
            settled[one.name].own,
            settled[one.name].also,
            tuple(c for t, c in said if t == one.name),
        )
        for one in tables
    }
    if named[person].own != own or not all({*named[one.name].columns} <= {*one.columns} for one in tables):
        raise LookupError
    return FolderChoice(person, "manifest", named)


def _own(table: Opened, person: str, own: str, said: set[tuple[str, str]]) -> str | None:
    """The column that says whose a row of this table is, if one does."""
    if table.name == person:
        return own
    of_name = [c for c in table.first.convincing() if c.casefold() == own.casefold() and (table.name, c) not in said]
    by_link = [
        link.columns[0]
        for link in table.table.links
        if (link.target, link.target_columns) == (person, (own,)) and (table.name, link.columns[0]) not in said
    ]
    return next(iter((*by_link, *of_name)), None)


def _refers(table: Opened, column: str, candidates: Sequence[tuple[Opened, str]]) -> bool:
    """Does this column lead to another of the candidates, which then says who somebody is?"""
    others = {(t.name, (c,)) for t, c in candidates if (t.name, c) != (table.name, column)}
    return any(link.columns == (column,) and (link.target, link.target_columns) in others for link in table.table.links)


def _split(said: str, tables: Sequence[Opened]) -> tuple[str, str]:
    """TABLE.COLUMN, where either may have a point in it."""
    for one in tables:
        if said.startswith(one.name + "."):
            column = _in_file(said.removeprefix(one.name + "."), one.table, one.columns)
            if column in one.columns:
                return one.name, column
    shown = [one for one in tables if one.has_heading or may_be_listed(one.columns)]
    unlisted = [one.name for one in tables if one not in shown]
    raise column_missing(
        said, [f"{one.name}.{column}" for one in shown for column in one.said_columns], vetted=True, unlisted=unlisted
    )


def _judge_columns(table: DescribedTable, pieces: Sequence[TableFile]) -> None:
    """Raises UnfitData where the last of these files has not the columns that the descriptor names, or that the first one has."""
    first, last = pieces[0].dataset, pieces[-1].dataset
    if not table.fits(tuple(last.names)):
        raise UnfitData(
            "table-shape",
            f"Its columns are not those that datapackage.json names, or not in that order: its fieldsMatch is {table.match!r}.",
        )
    if (tuple(first.names), first.format) != (tuple(last.names), last.format):
        raise UnfitData(
            "table-pieces", "The files of one table must be of one kind, and each must have the heading of the first."
        )


def _in_file(column: str, table: DescribedTable, names: Sequence[str]) -> str:
    """A column of the descriptor as the file names it: by its place, where the text has no heading."""
    if not table.reading.header and table.columns is not None and column in table.columns:
        return names[table.columns.index(column)]
    return column


def _as_in_file(table: DescribedTable, names: Sequence[str]) -> DescribedTable:
    """The table with the columns of its own keys as its file names them."""
    links = tuple(
        replace(link, columns=tuple(_in_file(column, table, names) for column in link.columns)) for link in table.links
    )
    if not {column for link in links for column in link.columns} <= {*names}:
        raise in_table(_without_key(), table.name)
    primary, *unique = (
        tuple(_in_file(column, table, names) for column in key) for key in (table.primary_key, *table.unique_keys)
    )
    return replace(table, links=links, primary_key=primary, unique_keys=tuple(unique))


def _targets_as_in_file(one: Opened, tables: Sequence[Opened], package: Package) -> Opened:
    """The same, with what its links refer to as that table's file names it."""
    by_name = {other.name: other for other in tables}
    links = []
    for link in one.table.links:
        target = by_name[link.target]
        columns = tuple(_in_file(column, package[link.target], target.columns) for column in link.target_columns)
        if not {*columns} <= {*target.columns}:
            raise in_table(_without_key(), target.name)
        links.append(replace(link, target_columns=columns))
    return replace(one, table=replace(one.table, links=tuple(links)))


def _without_key() -> UnfitData:
    return UnfitData("table-shape", "It has no column that a key of datapackage.json names.")
