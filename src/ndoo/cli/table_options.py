"""The options of `ndoo uphold` that name tables in a database, where the data stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.list_options import PATH
from ndoo.cli.output_options import refuse_address
from ndoo.domain.errors import UsageFault

if TYPE_CHECKING:
    from ndoo.cli.uphold_options import UpholdOptions
    from ndoo.domain.progress import Progress
    from ndoo.evidence.seal import Sealer
    from ndoo.upholding.database_address import InDatabase
    from ndoo.upholding.uphold import Outcome


@dataclass(frozen=True, slots=True)
class TableChoice:
    """A table in a database, or a schema that is upheld as a whole, and where the result goes."""

    source: InDatabase
    into: InDatabase
    held: InDatabase | None
    replace: bool
    manifest: Path | None


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --leads-to-nobody, --table, --schema, --into, --as, --replace and --manifest."""
    for option in (
        click.option(
            "--leads-to-nobody",
            multiple=True,
            metavar="TABLE",
            help="Of linked tables and schemas: the rows of this one are nobody's, though a column looks like a key, and all of them stay, "
            "those too to which only people lead who must go (or name the column alone, TABLE.COLUMN); said in the manifest, may be repeated.",
        ),
        click.option(
            "--as",
            "form",
            type=click.Choice(["table", "view"]),
            default="table",
            help="In a database: what the result is. A view is refused, because it cannot be proven: see `ndoo sql`.",
        ),
        click.option(
            "--manifest",
            type=PATH,
            metavar="FILE",
            help="In a database: write the manifest to a file too. It always lies beside the result, as TABLE_manifest.",
        ),
        click.option("--replace", is_flag=True, help="In a database: an older result of that name may be dropped."),
        click.option("--into", metavar="TABLE", help="In a database: the table that takes the kept rows."),
        click.option(
            "--schema",
            metavar="SCHEMA",
            help="In PostgreSQL: all tables of it, along their foreign keys; --into is a schema too.",
        ),
        click.option(
            "--table",
            metavar="TABLE",
            help="In a database: the table or view to uphold; SCHEMA.TABLE where it needs one.",
        ),
    ):
        command = option(command)
    return command


def place_named(source: str, output: Path | None, wanted: UpholdOptions) -> TableChoice | Path:
    """The place that the arguments name; the output where the input is a file.

    Raises:
        UsageFault: the options of the one are given with the other, or one is missing.
    """
    from ndoo.upholding.database_address import InDatabase, address_of, is_address, table_named, taken_apart

    table, schema, into, held = wanted.table, wanted.schema, wanted.into, wanted.held
    if not is_address(source):
        if table or schema or into or wanted.replace or wanted.manifest or wanted.form == "view":
            raise UsageFault(
                "table-of-file",
                "--table, --schema, --into, --as, --replace and --manifest go with the address of a database, not with a file.",
            )
        if output is None:
            raise click.UsageError("Use -o OUTPUT: where the kept rows go.", click.get_current_context())
        refuse_address(str(wanted.output))
        return output
    if wanted.form == "view":
        raise UsageFault(
            "view-not-proven",
            "A view cannot be proven: it needs the list in the database for as long as it stands, and answers anew each time, so "
            "no count, digest or seal would hold of what is read through it. Let the result be a table; or let those who answer "
            "for the database read and run what `ndoo sql --as view`, or --as policy, prints.",
        )
    source, behind = taken_apart(source)
    if behind and (table or schema):
        raise UsageFault(
            "table-twice", "The address names a table already, after its #. Name it there, or with --table or --schema."
        )
    table = table or behind
    if output is not None:
        raise UsageFault("output-of-table", "The result stays in the database: use --into TABLE instead of -o.")
    if bool(table) == bool(schema) or not into:
        raise click.UsageError(
            "Use --table with the table to uphold (or --schema with all of them), and --into with what takes the kept rows.",
            click.get_current_context(),
        )
    upheld, target, parked = (
        table_named(str(table or schema)),
        table_named(into),
        table_named(str(held)) if held else None,
    )
    if schema and any(name and name.schema for name in (upheld, target, parked)):
        raise UsageFault("schema-dotted", "With --schema, --into and --held are schemas too: names without a dot.")
    address = address_of(source)
    if schema and address.kind != "postgresql":
        raise UsageFault(
            "schema-elsewhere", "--schema goes with PostgreSQL. Uphold tables one by one, or a folder of them."
        )
    return TableChoice(
        InDatabase(address, upheld, bool(schema)),
        InDatabase(address, target, bool(schema)),
        InDatabase(address, parked, bool(schema)) if parked else None,
        wanted.replace,
        wanted.manifest,
    )


def uphold_place(place: TableChoice, said: dict[str, Any], sealer: Sealer, progress: Progress) -> Outcome:
    """Uphold the table; `said` is the rest of its request."""
    from ndoo.upholding.request import Request
    from ndoo.upholding.uphold import uphold

    request = Request(
        place.source,
        place.into,
        held=place.held,
        replace=place.replace,
        manifest=place.manifest,
        **said,
    )
    return uphold(request, sealer, progress)
