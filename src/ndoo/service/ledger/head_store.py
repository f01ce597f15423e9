"""Where this service keeps its heads, and under which name its register is known there.

`NDOO_LEDGER_HEADS` (or `ledger_heads` in `ndoo.toml`): the folder of heads; default `heads` in the data folder, which
protects from a restored backup and from whoever has rights over the database alone. It must be other storage to
protect from whoever administers this machine.
"""

from __future__ import annotations

from pathlib import Path

from django.db import connection

from ndoo.domain.settings import data_folder, setting
from ndoo.evidence.ledger.heads_folder import HeadsFolder


def heads_folder() -> HeadsFolder:
    """The folder; whether it can be used shows when it is."""
    said = setting("ledger_heads")
    return HeadsFolder(Path(said).expanduser() if said else data_folder() / "heads")


def register_address() -> str:
    """What tells this register from another, without password or account."""
    settings = connection.settings_dict
    name = str(settings["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:{Path(name).resolve()}"
    options = settings.get("OPTIONS", {})
    host = settings.get("HOST") or options.get("host", "")
    return f"{connection.vendor}:{host}:{settings.get('PORT', '')}:{name}"
