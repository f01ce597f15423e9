"""`ndoo sql TABLE`"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, echo, speech_options
from ndoo.domain.errors import UsageFault

if TYPE_CHECKING:
    from ndoo.upholding.database_address import TableName

_OWN = re.compile("x*ndoo_", re.IGNORECASE)

DIALECTS = {
    "postgresql": "postgres",
    "duckdb": "duckdb",
    "sqlite": "sqlite",
    "sqlserver": "tsql",
    "spark": "spark",
    "databricks": "spark",
}


@click.command(name="sql")
@click.argument("table", metavar="TABLE")
@click.option("--dialect", type=click.Choice(list(DIALECTS)), required=True, help="For which database.")
@click.option(
    "--as",
    "form",
    type=click.Choice(["rows", "view", "policy"]),
    default="rows",
    show_default=True,
    help="The query of the rows that stay; a view of them; or a row filter on the table itself (PostgreSQL, SQL Server, "
    "Databricks).",
)
@click.option(
    "--columns", metavar="A,B,…", help="All columns of the result, with commas between; a row filter needs none."
)
@click.option("--into", metavar="VIEW", help="With --as view: its name.")
@click.option("--nhs-number", required=True, metavar="COLUMN", help="The column of the person's NHS number; text.")
@click.option("--also", multiple=True, metavar="COLUMN", help="Another column of NHS numbers; may be repeated.")
@click.option(
    "--list",
    "polarity",
    type=click.Choice(["allowed", "opted-out"]),
    required=True,
    help="Whom the list will name: those who may stay, or those who must go.",
)
@speech_options
def command(
    table: str,
    dialect: str,
    form: str,
    columns: str | None,
    into: str | None,
    nhs_number: str,
    also: tuple[str, ...],
    polarity: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Print the SQL that upholds TABLE, to be read and run by whoever may run it there. It holds nobody's number.

    It reads numbers and decides as `ndoo uphold` does. Judging the share removed, the manifest and the seal are left to you.

    A view or a row filter needs the list in the database for as long as it stands, and hides every row once the list is too
    old. Neither can be proven as a copy can.
    """
    from ndoo.checking.freshness import limit_on
    from ndoo.domain.london import london_date
    from ndoo.domain.settings import list_limit_days
    from ndoo.upholding.column_names import DeclaredNames, column_missing
    from ndoo.upholding.database_address import refuse_unseen_signs, table_named
    from ndoo.upholding.databases.guards import printed_policy, printed_view
    from ndoo.upholding.databases.printed import printed

    set_limit = list_limit_days()
    limit = limit_on(london_date(now())) if set_limit is None else set_limit
    keys, own, allows, source = (nhs_number, *also), DIALECTS[dialect], polarity == "allowed", table_named(table)
    _refuse_own_name(source)
    names = [name.strip() for name in columns.split(",")] if columns else []
    for name in (*keys, *names):
        refuse_unseen_signs(name)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageFault("columns-repeated", f"--columns names {twice!r} twice. Name each column of the result once.")
    if (form == "view") != bool(into):
        raise UsageFault("view-name", "--as view and --into VIEW go together.")
    if form != "policy" and not names:
        raise UsageFault("columns-missing", "Use --columns with all columns of the result.")
    for name in keys if names else ():
        if name not in names:
            raise column_missing(name, DeclaredNames(names))
    if form == "policy":
        text = printed_policy(own, source, keys, allows=allows, limit=limit)
    elif into:
        text = printed_view(own, source, names, keys, table_named(into), allows=allows, limit=limit)
    else:
        text = printed(own, source, names, keys, allows=allows)
    if as_json:
        Speech(as_json=True, quiet=quiet).answer({"dialect": dialect, "sql": text})
    else:
        echo(text, err=False, nl=False)
    return 0


def _refuse_own_name(table: TableName) -> None:
    """The database would read the list, or a step of the query, in the place of a table of that name: DuckDB its schema said or not."""
    from ndoo.upholding.databases.printed import LIST

    if table.name.casefold() == LIST or (not table.schema and _OWN.match(table.name)):
        raise UsageFault(
            "sql-own-name",
            f"The database would take {table} for a table that the printed SQL makes: those begin with ndoo_. Rename the table.",
        )
