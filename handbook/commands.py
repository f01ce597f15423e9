"""The page of every command and every option, as the help has them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ndoo.cli.main import COMMANDS, main

_WIDTH = 100


def every_command(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """A command and those below it, each with its help."""
    context = click.Context(command, info_name=name, max_content_width=_WIDTH, terminal_width=_WIDTH)
    context.help_option_names = ["-h", "--help"]
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            if below is not None:
                yield from every_command(below, f"{name} {each}")


def commands_page() -> str:
    """`docs/reference/commands.md`."""
    lines = [
        "# Commands",
        "",
        "As `ndoo COMMAND --help` says it. What works with which kind of source: [what works where](support.md). What a command prints",
        "where: [the command line](command-line.md).",
        "",
        "| command | job |",
        "| --- | --- |",
        *(f"| [`ndoo {name}`](#ndoo-{name}) | {job} |" for name, job in COMMANDS.items()),
    ]
    for name, told in every_command(main, "ndoo"):
        if name != "ndoo":
            lines += ["", f"{'##' if name.count(' ') == 1 else '###'} {name}", "", "```text", told.rstrip(), "```"]
    return "\n".join(lines) + "\n"
