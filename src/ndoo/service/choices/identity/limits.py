"""How often, how long and how many: the dated, cited limits on proving who one is (`limits.toml`)."""

from __future__ import annotations

from ndoo.service.dated_limits import DatedLimit, dated_limits


def limits() -> dict[str, DatedLimit]:
    """Every limit, by name."""
    return dated_limits("ndoo.service.choices.identity")


def limit(name: str) -> int:
    """The number."""
    return int(limits()[name].value)
