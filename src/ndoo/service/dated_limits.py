"""Limits that somebody said on a day: each app's `limits.toml`, whose values carry their source and the day on which it was read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class DatedLimit:
    """One limit, with who says so and when that was read."""

    value: float
    source: str
    read_on: date


@cache
def dated_limits(package: str) -> dict[str, DatedLimit]:
    """Every limit of `limits.toml` in a package, by name."""
    text = files(package).joinpath("limits.toml").read_text(encoding="utf-8")
    return {name: DatedLimit(**entry) for name, entry in tomllib.loads(text).items()}
