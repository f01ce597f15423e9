"""`ndoo sql TABLE`"""

from __future__ import annotations

import click

from ndoo.cli.speech import Speech, speech_options
from ndoo.domain.errors import UsageFault

DIALECTS = {"postgresql": "postgres", "duckdb": "duckdb", "sqlite": "sqlite", "sqlserver": "tsql", "spark": "spark"}


@click.command(name="sql")
@click.argument("table", metavar="TABLE")
@click.option("--dialect", type=click.Choice(list(DIALECTS)), required=True, help="For which database.")
@click.option("--columns", required=True, metavar="A,B,…", help="All columns of the result, with commas between.")
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
    table: str, dialect: str, columns: str, nhs_number: str, also: tuple[str, ...], polarity: str, as_json: bool, quiet: bool
) -> int:  # fmt: skip
    """Print the SQL that upholds TABLE, to be read and run by whoever may run it there. It holds nobody's number.

    It reads numbers and decides as `ndoo uphold` does. Judging the share removed, the manifest and the seal are left to you.
    """
    from ndoo.upholding.in_place.address import table_named
    from ndoo.upholding.in_place.printed import printed

    names = [name.strip() for name in columns.split(",")]
    for name in (nhs_number, *also):
        if name not in names:
            raise UsageFault("column-missing", f"There is no column named {name!r} among --columns.")
    text = printed(DIALECTS[dialect], table_named(table), names, (nhs_number, *also), allows=polarity == "allowed")
    if as_json:
        Speech(as_json=True, quiet=quiet).answer({"dialect": dialect, "sql": text})
    else:
        click.echo(text, nl=False)
    return 0
