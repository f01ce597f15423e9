"""`ndoo register`: the register of choices."""

from __future__ import annotations

import click

from ndoo.cli.register_begin import new, repair
from ndoo.cli.register_import import take_in
from ndoo.cli.register_person import history, set_choice, show
from ndoo.cli.register_snapshot import snapshot


@click.group(name="register")
def command() -> None:
    """The register of choices in NDOO_DATABASE_URL, made on first use (default: SQLite in the data folder).

    A NUMBER on the command line stays in the shell's history, and others on the machine can see it: leave it out, or
    give -, and it is read from standard input.
    """


for subcommand in (set_choice, show, history, take_in, snapshot, new, repair):
    command.add_command(subcommand)
