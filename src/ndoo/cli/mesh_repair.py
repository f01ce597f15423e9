"""`ndoo mesh repair`: the way back where this machine's clock was ahead."""

from __future__ import annotations

from dataclasses import asdict

import click

from ndoo.cli.list_options import now
from ndoo.cli.mesh_session import opened, reached
from ndoo.cli.output import Speech, number, speech_options
from ndoo.domain.errors import NoUsableList
from ndoo.domain.plurals import counted


@click.command(name="repair")
@click.option("--profile", required=True, metavar="NAME", help="The mailbox: [mesh.NAME] of ndoo.toml.")
@speech_options
def repair(profile: str, as_json: bool, quiet: bool) -> int:
    """Set the journal right after this machine's clock was ahead. MESH is asked what time it is.

    No request is lost. Answers whose date cannot be known are given up, so that their people are asked about again. What
    was changed is kept in the journal.
    """
    from ndoo.checking.mesh.repair import repair as set_right

    speech = Speech(as_json=as_json, quiet=quiet)
    with opened(profile, judge=False) as door:
        reached(lambda: next(door.mailbox.waiting(door.profile.workflow), None))
        service = door.mailbox.time.now()
        if service is None or door.mailbox.time.ahead(now()):
            raise NoUsableList(
                "clock-not-vouched",
                "MESH does not say that this machine's clock is right: set it right first. Nothing was changed.",
            )
        done = set_right(door.journal, service)
    if not done.changed:
        speech.say("Nothing in the journal is later than MESH says it is.")
    else:
        speech.say(
            f"Set right: {counted(done.requests, 'request')}, {counted(done.sendings, 'sending')}, {counted(done.messages, 'message')}. "
            f"Answers without a date that can be known, given up: {number(done.answers_given_up)}."
        )
    if done.expired:
        speech.say(f"Requests whose numbers had left the journal before: {number(done.expired)}. Ask again.")
    speech.answer({**asdict(done), "changed": done.changed})
    return 0
