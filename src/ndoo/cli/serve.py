"""`ndoo serve`"""

from __future__ import annotations

from typing import Any

import click

from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import need_the_service

WRONG = 6


def _address_options(command: Any) -> Any:
    command = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")(command)
    port = click.IntRange(0, 65535)
    return click.option("--port", type=port, default=8000, show_default=True, help="0 takes a free one.")(command)


@click.group(name="serve", invoke_without_command=True)
@_address_options
@click.option("--demo", is_flag=True, help="With made-up people, and their messages to be read in the browser.")
@speech_options
@click.pass_context
def command(context: click.Context, port: int, host: str, demo: bool, as_json: bool, quiet: bool) -> int | None:
    """Start the web service: patient pages, staff console, HTTP API.

    Makes the database when there is none, and ends cleanly on Ctrl-C or SIGTERM. On this machine's own address it
    speaks plain HTTP; anywhere else it expects a proxy in front that speaks HTTPS (NDOO_HTTPS=off says otherwise).
    With --json it prints its address once it answers. An organisation runs its parts one by one, on one PostgreSQL:
    `ndoo serve check`, `migrate`, `web`, `worker` and `keeper`.
    """
    if context.invoked_subcommand is not None:
        return None
    need_the_service()
    from ndoo.service import run_service

    speech = Speech(as_json=as_json, quiet=quiet)

    def announce(address: str) -> None:
        speech.note(f"Serving on {address} (Ctrl-C ends it)")
        speech.answer({"address": address, "demo": demo})

    return run_service.serve(host, port, demo=demo, serving=announce)


@command.command()
@_address_options
@speech_options
def web(port: int, host: str, as_json: bool, quiet: bool) -> int:
    """Serve the pages and the API alone. As many as are wanted may run, each on its own machine, beside PostgreSQL."""
    need_the_service()
    from ndoo.service import run_service

    speech = Speech(as_json=as_json, quiet=quiet)

    def announce(address: str) -> None:
        speech.note(f"Serving on {address} (Ctrl-C ends it)")
        speech.answer({"address": address})

    return run_service.serve_web(host, port, serving=announce)


@command.command()
@speech_options
def worker(as_json: bool, quiet: bool) -> int:
    """Do the work that waits: messages, security codes, lists and extracts."""
    need_the_service()
    from ndoo.service import run_service

    return run_service.serve_worker(working=_told("Working", Speech(as_json=as_json, quiet=quiet)))


@command.command()
@speech_options
def keeper(as_json: bool, quiet: bool) -> int:
    """Keep the ledger's heads, and check it every five minutes. It ends where the register may not answer any more."""
    need_the_service()
    from ndoo.service import run_service

    return run_service.serve_keeper(working=_told("Keeping the ledger", Speech(as_json=as_json, quiet=quiet)))


def _told(what: str, speech: Speech) -> Any:
    def tell() -> None:
        speech.note(f"{what} (Ctrl-C ends it)")
        speech.answer({"started": True})

    return tell


@command.command()
@speech_options
def migrate(as_json: bool, quiet: bool) -> int:
    """Make the register, or bring it to the form of this version: whole, or not at all. The other parts wait for it."""
    need_the_service()
    from ndoo import __version__
    from ndoo.service import database

    speech = Speech(as_json=as_json, quiet=quiet)
    with speech.progress(0, "Making the register ready"):
        database.ready()
    speech.say(f"The register has the form of ndoo {__version__}.")
    speech.answer({"version": __version__})
    return 0


@command.command()
@speech_options
def check(as_json: bool, quiet: bool) -> int:
    """What is wrong with this service as it is set up: everything at once. It changes nothing.

    Settings, secrets, the data folder, the ledger's heads, the database, its clock, and who can sign in. Exit status 6
    where something is wrong, 0 where nothing is.
    """
    need_the_service()
    from ndoo.service import deployment_check

    speech = Speech(as_json=as_json, quiet=quiet)
    with speech.progress(0, "Looking at the service"):
        found = deployment_check.problems()
    for one in found:
        speech.say(f"[{one.code}] {one.sentence}", always=True)
    if not found:
        speech.say("Nothing is wrong.")
    speech.answer({"problems": [{"code": one.code, "sentence": one.sentence} for one in found]})
    return WRONG if found else 0
