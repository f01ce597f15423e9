"""The `ndoo.toml` that is believed: the user's own; the one in the working folder only where it was trusted as it stands.

Extracts come in folders, and whoever packed one may have put an `ndoo.toml` beside it. So that file counts only after
`ndoo config trust`, no longer once a byte of it has changed, and never for what would let somebody through or name another
key: `setting_list.OWN`.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.domain.operating_system import is_own_and_private, open_file
from ndoo.domain.setting_list import HERE, OWN

FILE = "ndoo.toml"
TRUSTED_FILE = "trusted_settings.json"
"""In the data folder: the files that were trusted, each with its SHA-256."""

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class FoundSettings:
    """What a file says, and what of it is not believed, as a sentence for people."""

    said: dict[str, Any]
    doubt: str | None = None


def home_folder(name: str, otherwise: str) -> Path:
    """The folder that an environment variable of XDG names, or the one in the account's home.

    Raises:
        RuntimeError: the home cannot be found.
    """
    return Path(os.environ.get(name) or otherwise).expanduser()


def user_file() -> Path:
    """`NDOO_CONFIG`, a file or the folder of `ndoo.toml`; else `ndoo/ndoo.toml` in the account's configuration folder.

    Raises:
        UsageFault: what NDOO_CONFIG names is not there.
    """
    try:
        if said := os.environ.get("NDOO_CONFIG"):
            path = Path(said).expanduser()
            if not path.exists():
                raise UsageFault(
                    "setting", f"NDOO_CONFIG is set to {masked(said)}, which does not exist. Correct it, or unset it."
                )
            return path / FILE if path.is_dir() else path
        return home_folder("XDG_CONFIG_HOME", "~/.config") / "ndoo" / FILE
    except RuntimeError:
        raise UsageFault(
            "setting", "Your settings are in a home folder that cannot be found. Set NDOO_CONFIG to a file of your own."
        ) from None


def user_settings() -> dict[str, Any]:
    """What the user's own file says; nothing where there is none.

    Raises:
        UsageFault: it cannot be read, is no TOML, or says what is no setting.
    """
    path = user_file()
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError:
        raise UsageFault("setting", f"Your settings ({path}) cannot be read.") from None
    return parsed(raw, f"{path}")


def folder_settings(data: Path) -> FoundSettings:
    """What the `ndoo.toml` that is in the working folder says, as far as it is believed.

    Args:
        data: the data folder, where what was trusted is written.

    Raises:
        UsageFault: a trusted file says what is no setting, or is no TOML.
    """
    here = Path(FILE)
    if _is_same(here, user_file()):
        return FoundSettings({})
    raw = folder_file()
    if raw is None or trusted_files(data).get(os.path.realpath(here)) != hashlib.sha256(raw).hexdigest():
        return FoundSettings(
            {},
            f"{FILE} in this folder does not count: it may have come with the data, and was not trusted here as it stands. "
            "If it is yours, read it and run `ndoo config trust`.",
        )
    said = parsed(raw, f"{FILE} in this folder")
    own = sorted(OWN & set(said))
    doubt = (
        f"{FILE} in this folder says {', '.join(own)}, which does not count: keys, limits, databases and addresses are said "
        f"in your own settings ({user_file()}) or in the environment."
    )
    return FoundSettings({name: value for name, value in said.items() if name in HERE}, doubt if own else None)


def folder_file() -> bytes | None:
    """The bytes of `ndoo.toml` in the working folder; None where it is no file of settings that can be read."""
    try:
        handle = open_file(FILE, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            raw = file.read(_LARGEST + 1)
    except OSError:
        return None
    return raw if len(raw) <= _LARGEST else None


def trusted_files(data: Path) -> dict[str, str]:
    """Where each trusted file is, and its SHA-256. A list that somebody else may have written trusts nothing."""
    path = data / TRUSTED_FILE
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if not is_own_and_private(about):
                return {}
            files = json.load(file)["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return {}


def parsed(raw: bytes, name: str) -> dict[str, Any]:
    """The settings in a file.

    Raises:
        UsageFault: it is no TOML, or says what is no setting.
    """
    try:
        said = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise UsageFault("setting", f"{name} is not valid TOML.") from None
    if unknown := sorted(set(said) - HERE - OWN):
        raise UsageFault(
            "setting-unknown", f"In {name}, nothing reads the setting {unknown[0]!r}: correct or remove it."
        )
    return said


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
