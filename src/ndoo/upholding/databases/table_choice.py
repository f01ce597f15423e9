"""Chooses which columns of a table in a database name people, from what the caller, or a manifest, says and what the table shows."""

from __future__ import annotations

from collections.abc import Sequence

from ndoo.evidence.release_record import Columns
from ndoo.upholding.column_names import DeclaredNames
from ndoo.upholding.columns import ColumnChoice, Watch, choose, choose_if_any, refuse_unclassified
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.database import Database
from ndoo.upholding.sql.column_evidence import FIRST_ROWS, look
from ndoo.upholding.sql.read_cells import TableColumn, refuse_types


def chosen_in(
    database: Database, table: TableName, columns: Sequence[TableColumn], choice: ColumnChoice, *, asked: bool
) -> Columns:
    """Which columns name people, from what the caller (or a manifest) says and what the table shows.

    Args:
        asked: is anybody asked about them? Then no column of NHS numbers may be left unclassified, in any row.

    Raises:
        UsageFault, UnfitData: as `columns.choose`.
    """
    watch = Watch(DeclaredNames(column.name for column in columns))
    look(database, table.quoted, columns, watch, rows=FIRST_ROWS)
    chosen = (choose if asked else choose_if_any)(watch, choice)
    if asked:
        look(database, table.quoted, columns, watch, rows=None, known=(*chosen.keys, *chosen.ignored))
        refuse_unclassified(watch, chosen)
    return chosen


def keys_of(columns: Sequence[TableColumn], chosen: Columns) -> list[TableColumn]:
    """The columns of NHS numbers, the person's own first.

    Raises:
        UnfitData: one of them cannot hold all digits.
    """
    keys = [column for name in chosen.keys for column in columns if column.name == name]
    refuse_types(keys)
    return keys
