"""`ndoo ledger head` and `ndoo ledger accept`: how far the log has come, and a register that was restored on purpose."""

from __future__ import annotations

from typing import Any

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import looked_at, opened
from ndoo.domain.london import instant, spoken
from ndoo.domain.operating_system import account
from ndoo.domain.plurals import counted


@click.command(name="head", short_help="How far the log has come; the head, sealed.")
@speech_options
def head(as_json: bool, quiet: bool) -> None:
    """Seal what waits, copy the head out of the database, and say it.

    With --json it is the sealed head itself: give it to whoever should be able to tell later that nothing was changed.
    """
    speech = Speech(as_json=as_json, quiet=quiet)
    with opened(), speech.progress(0, "Sealing what waits"):
        from ndoo.service.ledger.heads import seal

        document = seal(now()).document
    _say(speech, document)
    speech.answer(document)


@click.command(name="accept", short_help="Take a register back into use that was restored on purpose.")
@click.option("--because", required=True, metavar="TEXT", help="Why; the ledger keeps it.")
@speech_options
def accept(because: str, as_json: bool, quiet: bool) -> None:
    """Take the register as it stands, although it is older than its newest head, or another one.

    Choices that were made after the backup are lost: find out which before patients are told anything. The heads that
    were copied are set aside and stay; a leaf of the ledger says who did this, why, and what was given up.
    """
    speech = Speech(as_json=as_json, quiet=quiet)
    with looked_at(), speech.progress(0, "Taking the register back into use"):
        from ndoo.service.ledger.accept_restore import accept

        document = accept(f"shell:{account()}", because, now()).document
    speech.say("Accepted. The register answers again.")
    _say(speech, document)
    speech.answer(document)


def _say(speech: Speech, document: dict[str, Any]) -> None:
    speech.say(f"{counted(document['size'], 'leaf')} at {spoken(instant(document['at']))}, root {document['root']},")
    speech.say(f"sealed by {document['seal']['public_key']}.")
