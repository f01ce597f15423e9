"""How much, how long and how alike lists may be: the dated, cited values of `limits.toml`."""

from __future__ import annotations

from ndoo.service.dated_limits import DatedLimit, dated_limits


def limits() -> dict[str, DatedLimit]:
    """Every limit, by name."""
    return dated_limits("ndoo.service.list_checks")


def limit(name: str) -> int:
    """The whole number."""
    return int(limits()[name].value)


def share(name: str) -> float:
    """The share, or factor."""
    return limits()[name].value
