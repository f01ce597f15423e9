"""The options that say how delimited text is written, where the first rows do not tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

ENCODINGS = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --delimiter, --encoding, --no-quotes, --no-header and --sheet."""
    for option in (
        click.option("--sheet", metavar="NAME", help="The sheet of a workbook, where it has several."),
        click.option(
            "--no-header",
            is_flag=True,
            help="The text has no heading: columns are named by position, from 1.",
        ),
        click.option("--no-quotes", is_flag=True, help='In this text " is an ordinary character.'),
        click.option("--encoding", type=click.Choice(ENCODINGS), help="How the text is encoded; found if left out."),
        click.option(
            "--delimiter",
            metavar="CHARACTER",
            help="What separates fields; found if left out. Say \\t for a tab.",
        ),
    ):
        command = option(command)
    return command


def reading_from(
    *, delimiter: str | None, encoding: str | None, no_quotes: bool, no_header: bool, sheet: str | None = None
) -> Any:
    """The `Reading` that these options make."""
    from ndoo.upholding.dialect import Reading

    plain = "\t" if delimiter == "\\t" else delimiter
    return Reading(delimiter=plain, encoding=encoding, quotes=not no_quotes, header=not no_header, sheet=sheet)
