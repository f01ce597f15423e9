"""`ndoo register import`: choices from elsewhere, row by row."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from ndoo.cli.list_options import PATH
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.register_session import entry, opened
from ndoo.domain.named_file import naming

HELD_BACK = 6
SHOWN = 20
"""Refused rows that are named to people; --json names all."""


@click.command(name="import", short_help="Take in choices from a file, row by row.")
@click.argument("source", metavar="FILE.csv", type=PATH)
@speech_options
def take_in(source: Path, as_json: bool, quiet: bool) -> int:
    """Take in choices from a file: each row is taken or refused with its reason.

    Columns: nhs_number, choice (opt_out, allow), recorded_at (ISO 8601 with zone), channel (online, app, phone, post,
    staff, migration), by (self, proxy), proxy_role (parent, attorney, deputy, secure_setting, not_stated).
    The order of the rows does not matter. A row that is in the register already is passed over, so that running it twice changes nothing,
    and an import that was cut short is finished by running it again. Rows are counted from 1 below the heading.
    """
    speech = Speech(as_json=as_json, quiet=quiet)
    with opened():
        from ndoo.service.choices.history_import import take_in
        from ndoo.service.choices.import_file import rows_of
        from ndoo.service.choices.import_row import meaning
        from ndoo.service.database_time import database_time

        moment = database_time()
        with naming(source):
            rows = rows_of(source, moment)
        with speech.progress(rows.read, "Importing", "row") as progress:
            done = take_in(rows, entry("register.imported"), moment, progress)
    speech.table(
        ("", "rows"),
        [
            ("read", number(done.read)),
            ("taken", number(done.taken)),
            ("already there", number(done.already_there)),
            ("refused", number(len(done.refused))),
        ],
    )
    for reason, count in done.reasons.items():
        speech.say(f"    {reason}: {number(count)} ({meaning(reason)})")
    for row, reason in islice(done.refused, SHOWN):
        speech.say(f"  row {row}: {reason}")
    if len(done.refused) > SHOWN:
        speech.say(f"  … and {number(len(done.refused) - SHOWN)} more: --json names them all.")
    speech.answer(
        {
            "read": done.read,
            "taken": done.taken,
            "already_there": done.already_there,
            "refused": done.reasons,
            "refused_rows": [{"row": row, "reason": str(reason)} for row, reason in done.refused],
        }
    )
    return HELD_BACK if done.refused else 0
