"""Where settings come from: flag, then environment (`NDOO_…`), then the user's `ndoo.toml`, then the default.

One in the working folder counts after the user's own, and only where `settings_files` believes it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.domain.setting_list import OWN
from ndoo.domain.settings_files import FILE, FoundSettings, folder_settings, home_folder, user_settings

_DAYS = re.compile(r"[0-9]{1,3}")


def setting(name: str) -> str | None:
    """`NDOO_NAME` in the environment, else `name` in an `ndoo.toml` that is believed, else None."""
    said = os.environ.get(f"NDOO_{name.upper()}") or _filed(name)
    return None if said is None else str(said)


def table(name: str) -> dict[str, Any]:
    """The table `[name]` of the user's `ndoo.toml`; empty where there is none."""
    said = user_settings().get(name, {})
    if not isinstance(said, dict):
        raise UsageFault("setting", f"In {FILE}, {name} must be a table.")
    return said


def data_folder() -> Path:
    """`NDOO_DATA`, or `data` in `ndoo.toml`: where keys and databases of this account live."""
    said = setting("data")
    try:
        if said:
            return Path(said).expanduser()
        return home_folder("XDG_DATA_HOME", "~/.local/share") / "ndoo"
    except RuntimeError:
        raise UsageFault(
            "setting",
            "The data folder is in a home folder that cannot be found. Set NDOO_DATA to a folder of your own.",
        ) from None


def list_limit_days() -> int | None:
    """`NDOO_LIST_LIMIT_DAYS`, or `list_limit_days` in `ndoo.toml`; None leaves it to the dated limit."""
    said = setting("list_limit_days")
    if said is None:
        return None
    if not _DAYS.fullmatch(said) or int(said) > 366:
        raise UsageFault("setting", "The setting list_limit_days must be a whole number of days from 0 to 366.")
    return int(said)


def trust_unconfirmed_type1() -> bool:
    """`NDOO_TYPE1_UNCONFIRMED`, or `type1_unconfirmed` in `ndoo.toml`: are codes used that nobody has confirmed?"""
    said = os.environ.get("NDOO_TYPE1_UNCONFIRMED") or _filed("type1_unconfirmed") or "use"
    if said not in ("use", "hold"):
        raise UsageFault("setting", "The setting type1_unconfirmed must be use or hold.")
    return bool(said == "use")


def doubt() -> str | None:
    """What of `ndoo.toml` in the working folder does not count, as a sentence; None where all of it does."""
    return _folder().doubt


def _filed(name: str) -> Any:
    said = user_settings()
    if name in said or name in OWN:
        return said.get(name)
    return _folder().said.get(name)


def _folder() -> FoundSettings:
    return folder_settings(data_folder()) if os.path.lexists(FILE) else FoundSettings({})
