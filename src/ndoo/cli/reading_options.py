"""The options that say how delimited text is written, where the first rows do not tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.output import Speech, number
from ndoo.domain.plurals import counted

if TYPE_CHECKING:
    from ndoo.evidence.document import JsonObject

MOST_LINES = 10_000
_CODE = re.compile("U[+]([0-9A-Fa-f]{4})")
ENCODINGS = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --delimiter, --encoding, --no-quotes, --no-header, --sheet, --skip-rows, --skip-footer and --null."""
    for option in (
        click.option(
            "--null",
            "nulls",
            multiple=True,
            metavar="TEXT",
            help="What a cell holds that has no number, such as NULL; may be repeated.",
        ),
        click.option(
            "--skip-footer",
            type=click.IntRange(0, MOST_LINES),
            default=0,
            metavar="N",
            help="Leave out so many lines below the last row; the manifest says so.",
        ),
        click.option(
            "--skip-rows",
            type=click.IntRange(0, MOST_LINES),
            default=0,
            metavar="N",
            help="Leave out so many lines above the heading; the manifest says so.",
        ),
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
            help="What separates fields; found if left out. Say \\t for a tab, U+001F for a character that no key has.",
        ),
    ):
        command = option(command)
    return command


def reading_from(
    *, delimiter: str | None, no_quotes: bool, no_header: bool, nulls: tuple[str, ...] = (), **more: Any
) -> Any:
    """The `Reading` that these options make."""
    from ndoo.upholding.text.dialect import Reading

    plain = "\t" if delimiter == "\\t" else delimiter
    if delimiter and (code := _CODE.fullmatch(delimiter)):
        plain = chr(int(code[1], 16))
    return Reading(delimiter=plain, quotes=not no_quotes, header=not no_header, nulls=nulls, **more)


def say_left_out(dialect: JsonObject, speech: Speech) -> None:
    """Says which lines were no part of the table, as the manifest describes its input."""
    for name, where in (("skip_rows", "above the heading"), ("skip_footer", "below the last row")):
        if isinstance(lines := dialect.get(name), int) and lines:
            speech.say(f"{number(lines)} line{'' if lines == 1 else 's'} {where}: left out, as you said.")
    if isinstance(blank := dialect.get("blank_lines_below"), int) and blank:
        speech.say(f"{counted(blank, 'blank line')} at the end: not {'a row' if blank == 1 else 'rows'}.")
