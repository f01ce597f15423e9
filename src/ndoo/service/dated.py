"""What does a dated, cited setting say? Telephone numbers, limits and waits stand in TOML files, never in the code.

Each entry has `value`, `source` and `read_on`, and `unconfirmed = true` where the source is old or second-hand.
The service's owner may say otherwise with `NDOO_NAME`, or `name` in `ndoo.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting


@dataclass(frozen=True, slots=True)
class Dated:
    """One entry."""

    value: str | int
    source: str
    read_on: date
    unconfirmed: bool = False


@cache
def entries(room: str, file: str) -> dict[str, Dated]:
    """Every entry of one file, by name. `room` is the package in which it lies."""
    text = files(room).joinpath(file).read_text(encoding="utf-8")
    return {name: Dated(**entry) for name, entry in tomllib.loads(text).items()}


def text_of(room: str, file: str, name: str) -> str:
    """The owner's word for it, else the file's."""
    return setting(name) or str(entries(room, file)[name].value)


def number_of(room: str, file: str, name: str) -> int:
    """The same, as a whole number that is not negative.

    Raises:
        UsageFault: the owner wrote something else.
    """
    said = text_of(room, file, name)
    if not (said.isascii() and said.isdigit()):
        raise UsageFault("setting", "A limit in the settings must be a whole number, not negative.")
    return int(said)
