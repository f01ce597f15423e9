"""`ndoo register new` and `repair`: an empty register that is meant, and one that an older version left half made."""

from __future__ import annotations

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import entry, need_the_service, opened


@click.command(name="new", short_help="Make an empty register where this data folder has had another.")
@speech_options
def new(as_json: bool, quiet: bool) -> None:
    """Make a new, empty register in NDOO_DATABASE_URL, although this data folder has had one.

    Only where the old one is given up for good. If it was moved, bring its database instead: a new register knows nobody
    who opted out. The heads of the old one stay where they are.
    """
    need_the_service()
    from ndoo.service import database

    speech = Speech(as_json=as_json, quiet=quiet)
    with speech.progress(0, "Making the register"):
        database.begin_new()
    with opened():
        from django.db import transaction

        from ndoo.service.audit.entries import write

        with transaction.atomic():
            write(entry("register.begun"), now())
    speech.say("There is a new register. It is empty: fill it before anything is upheld by it.")
    speech.answer({"new": True})


@click.command(name="repair", short_help="Take up a register that an older version left half made.")
@speech_options
def repair(as_json: bool, quiet: bool) -> None:
    """Take up a register that an older version of ndoo left half made or half upgraded, because it ended meanwhile.

    Tables that stand as this version would make them are recorded as made, and what is missing is made, in one
    transaction. Nothing that was recorded is touched. Where a table has another form, nothing is changed at all.
    """
    need_the_service()
    from ndoo.service import database

    speech = Speech(as_json=as_json, quiet=quiet)
    with speech.progress(0, "Making the register whole"):
        recorded = database.repair()
    for step in recorded:
        speech.say(f"  {step}: its tables stood already, and this is recorded now.")
    speech.say("The register is whole, and answers." if recorded else "Nothing was half made. The register answers.")
    speech.answer({"recorded": recorded})
