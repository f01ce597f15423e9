"""What an organisation does before its first request to the check service, as `onboarding.toml` lists it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to do, and who says so."""

    id: str
    says: str
    source: str
    read_on: date


@cache
def items() -> tuple[ChecklistItem, ...]:
    """Everything, in its order."""
    told = tomllib.loads(files("ndoo.checking.mesh").joinpath("onboarding.toml").read_text(encoding="utf-8"))
    return tuple(ChecklistItem(e["id"], e["says"], e["source"], e["read_on"]) for e in told["item"])
