"""`ndoo mesh`: the national service through MESH, and the national side itself."""

from __future__ import annotations

import click

from ndoo.cli.mesh_checklist import checklist
from ndoo.cli.mesh_plan import plan
from ndoo.cli.mesh_rehearse import rehearse
from ndoo.cli.mesh_repair import repair
from ndoo.cli.mesh_request import ask, collect, doctor
from ndoo.cli.mesh_respond import respond


@click.group(name="mesh")
def command() -> None:
    """The check of the national service through a MESH mailbox, one step at a time; `ndoo check --mesh` does them all.

    A profile is a table [mesh.NAME] of ndoo.toml: see docs/how-to/ask-the-national-service.md.
    """


for subcommand in (ask, checklist, collect, doctor, plan, rehearse, repair, respond):
    command.add_command(subcommand)
