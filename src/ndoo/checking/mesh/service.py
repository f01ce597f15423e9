"""What is known of the national service: the dated values of `service.toml`, each with its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class ServiceValues:
    """The values that a profile does not say itself. Times in the unit of their name."""

    workflow: str
    recipients: dict[str, str]
    """Mailbox and environment."""
    environments: dict[str, str]
    """Host of MESH's address, and environment."""
    retired: dict[str, str]
    """Mailbox, and what to tell whoever still names it."""
    poll_seconds: float
    answer_hours: float
    """An answer that takes longer is late: somebody should look."""
    collect_days: int
    max_numbers: int
    rejection: str


@cache
def known() -> ServiceValues:
    """The values as they stand in `service.toml`."""
    return ServiceValues(**{name: entry["value"] for name, entry in entries().items()})


def entries() -> dict[str, dict[str, Any]]:
    """Each value with its source, the day on which it was read, and who confirmed it."""
    return tomllib.loads(files("ndoo.checking.mesh").joinpath("service.toml").read_text(encoding="utf-8"))
