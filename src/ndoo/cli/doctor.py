"""`ndoo doctor`: whether everything is in order here: versions, extras, key, register, settings; and what is wrong."""

from __future__ import annotations

import os
import platform
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from ndoo import __version__
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.own_files import REGISTER
from ndoo.domain.errors import NdooError, UsageFault
from ndoo.domain.extras import EXTRAS, pip_install
from ndoo.domain.setting_list import HERE, OWN
from ndoo.domain.settings import data_folder, doubt, list_limit_days, setting
from ndoo.domain.settings_files import FILE, folder_settings, user_file, user_settings

WRONG = 6
_REGISTERS = ("postgres", "postgresql")
"""What the address of a database server begins with that can hold the register."""
_NO_SETTINGS = frozenset(("config", "explore"))
"""NDOO_… that are read, and are no settings: where the settings are, and how tests are run."""


@click.command(name="doctor")
@speech_options
def command(as_json: bool, quiet: bool) -> int:
    """Is everything in order here? Versions, extras, the sealing key, the register, the settings that count and where they come
    from, and what is wrong. Nothing is changed, and no secret is shown. Exit status 6 where something is wrong.
    """
    speech = Speech(as_json=as_json, quiet=quiet)
    problems: list[str] = []
    key, register, settings = (_tried(look, problems) for look in (_key, _register, _settings))
    extras = {name: all(find_spec(module) for module in needed) for name, needed in EXTRAS.items()}
    _tried(_kernel, problems)
    speech.say(f"ndoo {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    speech.say()
    for name, there in extras.items():
        speech.say(f"  {name:<12} {'installed' if there else f'not installed: {pip_install(name)}'}")
    speech.say()
    speech.say(f"Data folder: {_tried(lambda _: str(data_folder()), problems) or 'not found'}")
    speech.say(f"Sealing key: {key or 'none yet; it is made when something is sealed'}")
    speech.say(f"Register:    {register or 'none'}")
    speech.say(f"Settings:    {_tried(lambda _: str(user_file()), problems) or 'not found'}")
    for name, source in (settings or {}).items():
        speech.say(f"  {name:<24} from {source}")
    if not settings:
        speech.say("  none: every setting has its default")
    speech.say()
    problems = list(dict.fromkeys(problems))
    for problem in problems:
        speech.say(f"WRONG: {problem}", always=True)
    if not problems:
        speech.say("Nothing is wrong.")
    speech.answer(
        {
            "ndoo": __version__,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "extras": extras,
            "key": key,
            "register": register,
            "settings": settings or {},
            "problems": problems,
        }
    )
    return WRONG if problems else 0


def _tried(look: Any, problems: list[str]) -> Any:
    """What a look comes to; None, and a problem, where it is refused."""
    try:
        return look(problems)
    except NdooError as error:
        problems.append(f"[{error.code}] {error.sentence}")
        return None


def _key(_: list[str]) -> str | None:
    from ndoo.evidence.known_keys import OWN, known_keys

    folder = data_folder()
    if folder.exists() and not folder.is_dir():
        raise UsageFault(
            "no-such-file", f"{folder} is not a folder, so the data folder cannot be there. Check NDOO_DATA."
        )
    return next((one.public_key for one in known_keys(folder) if one.name == OWN), None)


def _kernel(problems: list[str]) -> None:
    try:
        import ndoo.numbers.kernel  # noqa: F401  it is loaded, or it is not
    except ImportError:
        problems.append("The compiled part is missing: install ndoo again.")


def _register(problems: list[str]) -> str | None:
    """Where it is, without a password; a file is opened to be read."""
    said = setting("database_url")
    if said and not said.startswith("sqlite"):
        kind, found, _ = said.partition("://")
        if kind not in _REGISTERS or not found:
            problems.append(
                "The setting database_url is not the address of a database that can hold the register: use sqlite:///… or postgresql://…."
            )
            return None
        return f"{kind} (NDOO_DATABASE_URL), not connected to here: `ndoo register snapshot` does"
    path = Path(said.partition("://")[2].removeprefix("/")) if said else data_folder() / REGISTER
    if not path.exists():
        return None
    with path.open("rb") as file:
        if file.read(15) != b"SQLite format 3":
            problems.append(f"{path} is not a database of SQLite.")
    return str(path)


def _settings(problems: list[str]) -> dict[str, str]:
    """Every setting that is made, and where; those that count, in the order in which they do."""
    known = HERE | OWN
    environment = {name.removeprefix("NDOO_").lower() for name in os.environ if name.startswith("NDOO_")}
    problems += [
        f"Nothing reads NDOO_{name.upper()} in the environment." for name in sorted(environment - known - _NO_SETTINGS)
    ]
    here = folder_settings(data_folder()).said if os.path.lexists(FILE) else {}
    sources = {
        **dict.fromkeys(here, f"{FILE} in this folder"),
        **dict.fromkeys(user_settings(), str(user_file())),
        **{name: f"NDOO_{name.upper()} in the environment" for name in sorted(environment & known)},
    }
    if said := doubt():
        problems.append(said)
    try:
        list_limit_days()
    except UsageFault as error:
        problems.append(f"[{error.code}] {error.sentence}")
    return dict(sorted(sources.items()))
