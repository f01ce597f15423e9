"""`ndoo serve`"""

from __future__ import annotations

import click

from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import need_the_service


@click.command(name="serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--demo", is_flag=True, help="With made-up people, and their messages to be read in the browser.")
@speech_options
def command(port: int, host: str, demo: bool, as_json: bool, quiet: bool) -> int:
    """Start the web service: patient pages, staff console, HTTP API.

    Makes the database when there is none, and ends cleanly on Ctrl-C or SIGTERM. On this machine's own address it
    speaks plain HTTP; anywhere else it expects a proxy in front that speaks HTTPS (NDOO_HTTPS=off says otherwise).
    With --json it prints its address once it answers.
    """
    need_the_service()
    from ndoo.service import run_service

    speech = Speech(as_json=as_json, quiet=quiet)

    def announce(address: str) -> None:
        speech.note(f"Serving on {address} (Ctrl-C ends it)")
        speech.answer({"address": address, "demo": demo})

    return run_service.serve(host, port, demo=demo, serving=announce)
