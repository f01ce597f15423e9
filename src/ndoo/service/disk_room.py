"""How much room there is where this service writes: in the data folder, where a register in SQLite lies, and where heads are kept."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.db import connection

from ndoo.domain.settings import data_folder
from ndoo.service.ledger.head_store import heads_folder

DATABASE = "database"
"""The place without whose room no choice can be saved; a register in PostgreSQL is on its own machine's disks."""


def room() -> dict[str, int]:
    """Bytes that are free, by place. None (0) on a disk that says nothing; of a folder that is not made yet, where it will be."""
    folders = {"data": data_folder(), "heads": heads_folder().path}
    if connection.vendor == "sqlite":
        file = Path(str(connection.settings_dict["NAME"]))
        folders[DATABASE] = file.resolve().parent if file.is_absolute() else data_folder()
    return {place: _free(folder.absolute()) for place, folder in folders.items()}


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    except OSError:
        return 0
