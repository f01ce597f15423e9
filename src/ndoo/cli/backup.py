"""`ndoo backup`"""

from __future__ import annotations

from pathlib import Path

import click

from ndoo.cli.list_options import PATH, now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import opened
from ndoo.domain.plurals import counted


@click.command(name="backup")
@click.argument("folder", type=PATH)
@speech_options
def command(folder: Path, as_json: bool, quiet: bool) -> int:
    """Back up the whole service into a new FOLDER, while it goes on: database, heads of the ledger, keys, records, jobs.

    A register in SQLite is verified in its copy, and there is no backup where that fails. It holds keys and NHS numbers:
    guard it as you guard the register. For PostgreSQL its own programs are used (pg_dump).
    """
    from ndoo.upholding.publication.output_names import refuse_file_name_of_folder

    speech = Speech(as_json=as_json, quiet=quiet)
    refuse_file_name_of_folder(folder)
    with opened():
        from django.db import connection

        from ndoo.service.backup.make_backup import make_backup

        with speech.progress(0, "Backing up"):
            made = make_backup(folder, dict(connection.settings_dict), now())
    total = sum(size for size, _ in made.files.values())
    speech.say(f"Wrote {folder}: {counted(len(made.files), 'file')}, {total / 1e6:,.1f} MB.")
    speech.answer({"backup": str(folder), "made": made.made.isoformat(), "files": len(made.files), "bytes": total})
    return 0
