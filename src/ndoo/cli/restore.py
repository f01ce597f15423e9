"""`ndoo restore`"""

from __future__ import annotations

from pathlib import Path

import click

from ndoo.cli.list_options import PATH
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import need_the_service, opened
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder, setting


@click.command(name="restore")
@click.argument("folder", type=PATH)
@speech_options
def command(folder: Path, as_json: bool, quiet: bool) -> int:
    """Restore the whole service from the backup in FOLDER, to where the settings say; never over anything that is there.

    Every file is held against the backup's own record first. Where heads of the ledger that were kept elsewhere are newer
    than the backup, everything is put in place and the register refuses to answer (exit status 4) until
    `ndoo ledger accept` says that this is meant.
    """
    need_the_service()
    import dj_database_url

    from ndoo.service.backup.restore_backup import restore_backup

    speech = Speech(as_json=as_json, quiet=quiet)
    data, heads = data_folder(), setting("ledger_heads")
    url = setting("database_url") or f"sqlite:///{data.absolute() / 'register.sqlite3'}"
    with speech.progress(0, "Restoring"):
        held = restore_backup(
            folder, data, Path(heads).expanduser() if heads else data / "heads", dict(dj_database_url.parse(url))
        )
    speech.note(f"Everything of {held.made:%d %B %Y, %H:%M} UTC is in place.")
    with opened():
        from ndoo.service.choices.models import ChoiceEvent

        count = ChoiceEvent.objects.count()
    speech.say(
        f"Restored {folder}: the register answers, with {counted(count, 'recorded choice')}. Now run `ndoo ledger verify`."
    )
    speech.answer({"restored": str(folder), "made": held.made.isoformat(), "choices": count})
    return 0
