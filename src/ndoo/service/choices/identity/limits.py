"""How often, how long and how many: the dated, cited limits on proving who one is (`limits.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, with who says so and when that was read."""

    value: int
    source: str
    read_on: date


@cache
def limits() -> dict[str, Limit]:
    """Every limit, by name."""
    text = files("ndoo.service.choices.identity").joinpath("limits.toml").read_text(encoding="utf-8")
    return {name: Limit(**entry) for name, entry in tomllib.loads(text).items()}


def limit(name: str) -> int:
    """The number."""
    return limits()[name].value
