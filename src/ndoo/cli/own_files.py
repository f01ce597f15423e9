"""Refuses an output that would take the place of a file that ndoo itself lives by.
Its keys, the register, the journal of MESH, the settings."""

from __future__ import annotations

import os
from pathlib import Path

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import data_folder
from ndoo.domain.settings_files import FILE, user_file
from ndoo.domain.settings_files import TRUSTED_FILE as TRUSTED_SETTINGS

REGISTER = "register.sqlite3"
"""In the data folder, unless a setting says otherwise."""
JOURNAL = "mesh.sqlite3"
"""What was asked of the national service, and what it answered, in the data folder."""


def refuse_own_files(*outputs: Path | None) -> None:
    """Raises UsageFault where one of the outputs is such a file, by whatever way it is named."""
    from ndoo.evidence.known_keys import TRUSTED_FILE
    from ndoo.evidence.seal import KEY_FILE
    from ndoo.service.configuration import KEY_FILE as SECRET_FILE

    named = (KEY_FILE, TRUSTED_FILE, TRUSTED_SETTINGS, SECRET_FILE, REGISTER, JOURNAL, FILE)
    own = {os.path.realpath(path) for path in (*(data_folder() / name for name in named), Path(FILE), user_file())}
    if any(path is not None and os.path.realpath(path) in own for path in outputs):
        raise UsageFault(
            "output-is-own",
            "The output would overwrite a key, the register, the journal of MESH or the settings. Name another output.",
        )
