"""What would be run in a database that cannot be reached from here: the same SQL, for a person to read, and to run there."""

from __future__ import annotations

from collections.abc import Sequence

from ndoo.upholding.database_address import TableName
from ndoo.upholding.sql.decide_rows import RowRule, SqlDecision
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, quoted, script

LIST = "ndoo_list"
AS_IT_IS = {
    "postgres": (
        "-- It sets search_path to PostgreSQL's own, so that nobody's functions or operators stand in for them: from there on name every table of",
        "-- yours in full. RESET search_path when you are done.",
    ),
    "duckdb": (
        "-- Run it where no macro has a function's name: SELECT function_name FROM system.main.duckdb_functions() WHERE NOT internal.",
    ),
}
"""What whoever runs it must see to, because the session is theirs."""
_LISTS = {
    "tsql": "CREATE TABLE #{0} (number BIGINT PRIMARY KEY, listed SMALLINT NOT NULL);",
    "spark": "-- {0} is a temporary view with the columns number (BIGINT) and listed (SMALLINT).",
}
_LIST = "CREATE TEMPORARY TABLE {0} (number BIGINT PRIMARY KEY, listed SMALLINT NOT NULL);"
OWN_PATH = "SET search_path = pg_catalog, pg_temp;"
_MEANT = TableName("pg_temp", "ndoo_source")
"""What a table without a schema is called here: where it stands is settled before the names are PostgreSQL's own."""


def printed(
    dialect: str,
    table: TableName,
    columns: Sequence[str],
    keys: Sequence[str],
    *,
    allows: bool,
    keep_missing: bool = False,
) -> str:
    """The statements: the list's table, the query of the rows that stay, and the query of the counts.

    Args:
        dialect: sqlglot's name of it, see `dialects.DIALECTS`.
        columns: all columns of the result; `keys` among them are text and hold NHS numbers, the person's own first.
        allows: does the list name those who may stay?
    """
    kinds = [TableColumn(name, TypeKind.TEXT, "") for name in columns]
    listed = quoted(f"#{LIST}") if dialect == "tsql" else LIST
    first, source = "", table
    if dialect == "postgres":
        first, source = f"{OWN_PATH} ", table if table.schema else _MEANT
        if source is _MEANT:
            first = f"CREATE TEMPORARY VIEW {_MEANT.name} AS SELECT * FROM {table.quoted}; {first}"
    deciding = SqlDecision(
        source.quoted,
        kinds,
        [kind for key in keys for kind in kinds if kind.name == key],
        RowRule(allows, keep_missing=keep_missing),
        listed,
    )
    whom = "may stay: only these people are allowed" if allows else "opted out"
    stay, counts = (
        script(deciding.steps, final, dialect, pretty=True)
        for final in (deciding.rows([quoted(name) for name in columns], held=False), deciding.tally())
    )
    return "\n".join(
        (
            *AS_IT_IS.get(dialect, ()),
            f"-- 1. The list of those who {whom}: ten digits as a number, and 1. It is gone with the connection.",
            first + _LISTS.get(dialect, _LIST).format(LIST),
            f"-- 2. The rows of {table} that stay. Put CREATE TABLE ... AS, INSERT INTO, or INTO in front of its last SELECT.",
            f"{stay};",
            "-- 3. What became of the rows: f0 kept, f1 to f6 held (missing, malformed, check digit, placeholder, not covered,",
            "--    Type 1 undecided), f7 kept without a number, f8 removed; and the people kept, removed and held.",
            f"{counts};",
            "",
        )
    )
