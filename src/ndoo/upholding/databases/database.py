"""What a database must be able to do, so that a table can be upheld in it: one transaction, and no more than this."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from ndoo.domain.database_file import refuse_other_file
from ndoo.domain.errors import Fault, NdooError, NotPermitted, UnfitData, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.database_address import Address, TableName
from ndoo.upholding.databases.type_texts import is_named_by_somebody
from ndoo.upholding.sql.read_cells import TableColumn

ROWS_AT_ONCE = 1 << 14


def working_name() -> str:
    """A name that no table has, for one that is not whole yet."""
    return f"ndoo_{secrets.token_hex(8)}"


class Database(ABC):
    """An open database in one transaction. Leaving the context without `commit` undoes everything."""

    dialect: str
    """sqlglot's name of its SQL."""
    width: int = 1
    """Bytes a character, which SQLite alone needs to know."""
    digest_name: str
    """How `digest` is made."""
    faults: tuple[type[Exception], ...]
    """What its driver raises."""
    not_allowed: tuple[str, ...] = ()
    """The codes (`fault_code`) that mean: this account lacks a right."""

    depended_on: tuple[str, ...] = ()
    """The codes that mean: something else would be lost with what is dropped."""

    def __init__(self, address: Address, *, read_only: bool = False) -> None:
        self.address = address
        self.read_only = read_only
        self.listed = working_name()
        """The temporary table of the list; it lives as long as the transaction, at most."""
        self.lists: object = None
        """What it was made of."""

    def __enter__(self) -> Self:
        try:
            with self.guarded():
                self.begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """What a driver says may hold a patient's row, so it is not shown.

        Raises:
            NotPermitted: the account lacks a right. Fault: the database refused.
        """
        try:
            yield
        except NdooError:
            raise
        except self.faults as error:
            if self.fault_code(error) in self.not_allowed:
                if self.read_only:
                    raise NotPermitted(
                        "database-no-right",
                        f"The database refused ({self.fault_code(error)}): this account lacks a right, or a policy hides rows from it. It needs "
                        "SELECT on every table and every row, and TEMPORARY on the database. It was only read, and is as it was.",
                    ) from None
                raise NotPermitted(
                    "database-no-right",
                    f"The database refused ({self.fault_code(error)}): this account lacks a right, or a policy hides rows from it. It needs "
                    "SELECT on every table and every row, TEMPORARY on the database, and CREATE where a result goes. Nothing was published.",
                ) from None
            if self.fault_code(error) in self.depended_on:
                raise _depended_on() from None
            if self.read_only:
                raise Fault(
                    "database-fault",
                    f"The database refused ({self.fault_code(error)}). It was only read, and is as it was.",
                ) from None
            raise Fault(
                "database-fault", f"The database refused ({self.fault_code(error)}). Nothing was published."
            ) from None

    def fault_code(self, error: Exception) -> str:
        """What may be said of a driver's error: its class, or the code that it carries."""
        return type(error).__name__

    @abstractmethod
    def begin(self) -> None:
        """Connect, and begin the transaction that sees one state of every table."""

    def publish(self, written: Mapping[TableName, str]) -> None:
        """Make everything visible at once, and find it again: what a new connection does not see was not published. This one is closed.

        Args:
            written: every table that was made, with its `digest`.

        Raises:
            Fault: one of them is not there for a new connection to this address, or not as it was written.
        """
        self.forget_lists()
        self._commit()
        self.close()
        try:
            with type(self)(self.address, read_only=True) as again, again.guarded():
                found = all(
                    again.is_plain(table) and again.digest(table) == digest for table, digest in written.items()
                )
        except NdooError:
            found = False
        if not found:
            raise Fault(
                "result-not-found-again",
                "The database took the result, and a new connection to it does not find it as it was written. Rely on nothing of that name "
                "there. See that the right database is meant and that nothing empties it, replaces it or changes the result, and run again.",
            )

    @abstractmethod
    def _commit(self) -> None:
        """Make everything visible at once. Only `publish` calls it, which looks if it became so."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it; whatever was not committed is undone."""

    @abstractmethod
    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement in the database's own SQL; its rows."""

    @abstractmethod
    def pieces(self, sql: str) -> Iterator[Sequence[Any]]:
        """The cells of a query for text or bytes in the database's own SQL, some rows at a time: an Arrow array for each column."""

    @abstractmethod
    def resolved(self, table: TableName) -> TableName:
        """The same table with the place where it stands in full, or would stand if it were made."""

    def identity(self, table: TableName) -> tuple[str, ...]:
        """What is the same for all names of one table: in DuckDB and SQLite, capitals are no difference."""
        found = self.resolved(table)
        return tuple(part.lower() for part in (*found.at, found.name))

    @abstractmethod
    def keeps_tables(self, table: TableName) -> bool:
        """Is the schema there in which this table stands or would stand, and does it outlive the connection?"""

    @abstractmethod
    def is_plain(self, table: TableName) -> bool:
        """Is it a table that holds its own rows and nobody else's: no view, no foreign or virtual table, no part of another one, and no
        column that is reckoned when it is read, which may come to something else for somebody else?"""

    def refuse_unreadable(self, table: TableName) -> None:  # noqa: B027  a file is read whole or not at all
        """Raises NotPermitted where this account may not read every row of it."""

    def refuse_damage(self, table: TableName) -> None:  # noqa: B027  in most it is the database's own business
        """Raises UnfitData where some of what is asked would be answered from an index that says other than the rows."""

    def refuse_code(self, table: TableName) -> None:  # noqa: B027  most have none
        """Raises UnfitData where somebody's own function would be run as soon as this table is read."""

    @abstractmethod
    def columns(self, table: TableName) -> list[TableColumn]:
        """The columns of a table or view; none where there is no such table."""

    @abstractmethod
    def tables(self) -> list[tuple[TableName, bool]]:
        """Every table and view of all schemas but the system's own, and whether this account may read it."""

    @abstractmethod
    def take_list(self, table: Any) -> None:
        """Put an Arrow table in as the temporary table `listed`."""

    def take_lists(self, opt_outs: OptOuts) -> None:
        """Put the lists in as the temporary table `listed`, where they are not there already."""
        from ndoo.upholding.sql.list_table import list_table

        if self.lists != opt_outs:
            self.take_list(list_table(opt_outs))
            self.lists = opt_outs

    def forget_lists(self) -> None:
        """Drop what `take_lists` made: nobody is asked about any more."""
        if self.lists is not None:
            self.run(f"DROP TABLE {self.listed}")
            self.lists = None

    def settle(self) -> None:  # noqa: B027  most have nothing to do
        """Every temporary table is made, and nothing else will be: the database takes no other order from here on."""

    @abstractmethod
    def digest(self, table: TableName) -> str:
        """SHA-256 of its rows in any order, in hexadecimal."""

    def create_like(self, source: TableName, columns: Sequence[TableColumn], name: TableName) -> None:
        """An empty table with these columns."""
        self.create(name, told_of(columns))

    def listed_beside(self, table: TableName) -> Mapping[str, Sequence[str]]:
        """By column, the texts that its type lists, where the type stays in the database when the table is read out of it."""
        return {}

    def left_listed(self, source: TableName, into: TableName) -> Mapping[str, int]:
        """By column of a result, how many values such a type lists that stand only in rows that are not in the result."""
        return {}

    def narrowed(
        self,
        source: TableName,
        columns: Sequence[TableColumn],
        rows: str,
        names_withheld: Callable[[Sequence[str]], bool],
    ) -> Sequence[TableColumn]:
        """These columns, of which no type that goes with the table lists what only rows of the source have that are not in a query's rows.

        Args:
            names_withheld: says if somebody who may not be released stands in one of some texts.
        """
        return columns

    def changed(self, source: TableName, columns: Sequence[TableColumn], rows: str, table: TableName) -> list[str]:
        """The columns of which some values of a query's rows, from this source, came into this table as others."""
        return []

    def create(self, table: TableName, columns: str) -> None:
        """A new table with these columns, as SQL says them, that nobody but this account may read."""
        self.run(f"CREATE TABLE {table.quoted} ({columns})")

    def create_temporary(self, name: str, columns: str) -> None:
        """A temporary table of this connection, which lives as long as the transaction, at most."""
        self.run(f"CREATE TEMPORARY TABLE {name} ({columns})")

    def rename(self, table: TableName, name: str) -> None:
        self.run(f"ALTER TABLE {table.quoted} RENAME TO {_quoted(name)}")

    def drop(self, table: TableName) -> None:
        self.run(f"DROP TABLE IF EXISTS {table.quoted}")

    def drop_older(self, table: TableName, source: TableName) -> None:
        """Drop an older result, from which the source does not read.

        Raises:
            UsageFault: it does, as a view may.
        """
        self.drop(table)
        with self.unreadable_view(table):
            try:
                self.run(f"SELECT 1 FROM {source.quoted} LIMIT 0")
            except self.faults:
                raise _depended_on() from None

    @contextmanager
    def unreadable_view(self, table: TableName) -> Iterator[None]:
        """What is dropped leaves a view that cannot be read. Without it a view of ours would read the system's own table of that name,
        where there is one, such as `pg_class` in DuckDB.
        """
        missing_table = table.beside(working_name()).quoted
        self.run(f"CREATE TABLE {missing_table} (gone INTEGER)")
        self.run(f"CREATE VIEW {table.quoted} AS SELECT gone FROM {missing_table}")
        self.run(f"DROP TABLE {missing_table}")
        yield
        self.run(f"DROP VIEW {table.quoted}")

    def count(self, table: TableName) -> int:
        """How many rows it has."""
        return int(self.run(f"SELECT COUNT(*) FROM {table.quoted}")[0][0])

    def needed(self, table: TableName) -> list[TableColumn]:
        """As `columns`.

        Raises:
            UsageFault: there is no such table.
            NotPermitted: this account may not read every row of it.
            UnfitData: two of its columns differ in capitals only, so that nobody could say which is meant.
        """
        columns = self.columns(table)
        if not columns:
            if self.is_plain(table):
                raise UnfitData(
                    "table-without-columns",
                    f"Table {str(table)!r} has no columns, so that nothing in it can be upheld. Drop it, or move it to another schema.",
                )
            near = did_you_mean(
                str(table),
                [one.name if table.schema is None else str(one) for one, readable in self.tables() if readable],
            )
            raise UsageFault(
                "table-missing",
                f"There is no table named {str(table)!r} that this account may read.{near} Check the name, with its "
                "schema (SCHEMA.TABLE), and ask the database's owner for SELECT on it.",
            )
        self.refuse_unreadable(table)
        self.refuse_code(table)
        if len({column.name.lower() for column in columns}) != len(columns):
            raise UnfitData("columns-alike", "Two columns' names differ in capitals only. Rename one, or make a view.")
        if named := [column.name for column in columns if is_named_by_somebody(column)]:
            raise UnfitData(
                "type-identifies",
                f"A valid NHS number is in the type of a column, as the name of a field, of a type or of a value that it lists, and would "
                f"be published with the rows: {', '.join(masked(repr(name)) for name in named)}. Make a view in which the column is text.",
            )
        return columns


def as_arrays(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Rows of text or bytes as an Arrow array for each column."""
    import pyarrow as pa

    def raw(value: object) -> bytes | None:
        if value is None or isinstance(value, bytes):
            return value
        return str(value).encode("utf-8", "surrogateescape")

    return [pa.array(map(raw, values), pa.large_binary()) for values in zip(*rows, strict=True)]


def told_of(columns: Sequence[TableColumn]) -> str:
    """Columns as a statement that makes a table says them."""
    return ", ".join(f"{_quoted(c.name)} {c.type}{' NOT NULL' if c.required else ''}" for c in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def own_file(address: Address, *, written: bool) -> Path:
    """The file of DuckDB or SQLite, in full: by its path alone DuckDB would mean memory, or an extension, by some names.

    Raises:
        UsageFault, UnfitData, NotPermitted: see `refuse_other_file`.
    """
    path = cast("Path", address.path)
    refuse_other_file(path, address.kind, written=written)
    return path.absolute()


def open_database(address: Address, *, read_only: bool = False) -> Database:
    """The database at this address, not yet connected.

    Args:
        read_only: nothing of it may be changed; temporary tables are the connection's own.

    Raises:
        UsageFault: what it takes is not installed.
    """
    try:
        if address.kind == "duckdb":
            from ndoo.upholding.databases.duckdb import DuckDB

            return DuckDB(address, read_only=read_only)
        if address.kind == "sqlite":
            from ndoo.upholding.databases.sqlite import SQLite

            return SQLite(address, read_only=read_only)
        from ndoo.upholding.databases.postgresql import PostgreSQL

        return PostgreSQL(address, read_only=read_only)
    except ImportError:
        raise extra_missing("Databases", "databases", "postgresql") from None


def _depended_on() -> UsageFault:
    return UsageFault(
        "table-depended-on",
        "Something depends on the older result, such as a view or a key, and would be lost with it: it is not replaced. Drop what "
        "depends on it first, or name another result.",
    )


def form_of(database: Database) -> str:
    """What a manifest says of a result's form, and of how its digest was made."""
    return f"{database.address.kind} table; {database.digest_name}"
