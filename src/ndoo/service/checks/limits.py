"""How much, how long and how alike lists may be: the dated, cited values of `limits.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, with who says so and when that was read."""

    value: float
    source: str
    read_on: date


@cache
def limits() -> dict[str, Limit]:
    """Every limit, by name."""
    text = files("ndoo.service.checks").joinpath("limits.toml").read_text(encoding="utf-8")
    return {name: Limit(**entry) for name, entry in tomllib.loads(text).items()}


def limit(name: str) -> int:
    """The whole number."""
    return int(limits()[name].value)


def share(name: str) -> float:
    """The share, or factor."""
    return limits()[name].value
