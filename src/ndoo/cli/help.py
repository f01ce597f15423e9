"""`ndoo help COMMAND`: what `ndoo COMMAND --help` prints."""

from __future__ import annotations

from difflib import get_close_matches

import click

from ndoo.cli.output import echo
from ndoo.domain.errors import UsageFault


@click.command(name="help")
@click.argument("names", nargs=-1, metavar="[COMMAND]")
@click.pass_context
def command(context: click.Context, names: tuple[str, ...]) -> int:
    """How to use ndoo, or one of its commands: ndoo help uphold, ndoo help register import."""
    shown, above = context.find_root().command, context.find_root()
    for name in names:
        found = shown.get_command(above, name) if isinstance(shown, click.Group) else None
        if found is None:
            known = shown.list_commands(above) if isinstance(shown, click.Group) else []
            near = get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise UsageFault(
                "command-unknown",
                f"{above.command_path} has no command {name!r}.{hint} Use {above.command_path} --help.",
            )
        shown, above = found, click.Context(found, above, name, **found.context_settings)
    echo(shown.get_help(above), err=False)
    return 0
