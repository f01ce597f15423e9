"""Where do settings come from? Flag, then environment (`NDOO_…`), then `ndoo.toml` in this folder, then the default."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault

FILE = "ndoo.toml"

_DAYS = re.compile(r"[0-9]{1,3}")


def setting(name: str) -> str | None:
    """`NDOO_NAME` in the environment, else `name` in `ndoo.toml`, else None."""
    said = os.environ.get(f"NDOO_{name.upper()}") or _file().get(name)
    return None if said is None else str(said)


def table(name: str) -> dict[str, Any]:
    """The table `[name]` of `ndoo.toml`; empty where there is none."""
    said = _file().get(name, {})
    if not isinstance(said, dict):
        raise UsageFault("setting", f"In {FILE}, {name} must be a table.")
    return said


def data_folder() -> Path:
    """`NDOO_DATA`, or `data` in `ndoo.toml`: where keys and databases of this account live."""
    said = setting("data")
    try:
        if said:
            return Path(said).expanduser()
        return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "ndoo"
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
    said = os.environ.get("NDOO_TYPE1_UNCONFIRMED") or _file().get("type1_unconfirmed", "use")
    if said not in ("use", "hold"):
        raise UsageFault("setting", "The setting type1_unconfirmed must be use or hold.")
    return bool(said == "use")


def _file() -> dict[str, Any]:
    try:
        raw = Path(FILE).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError:
        raise UsageFault("setting", f"{FILE} in this folder cannot be read.") from None
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UsageFault("setting", f"{FILE} in this folder is not valid TOML.") from None
