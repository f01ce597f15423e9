"""The days on which something of a pack is to be looked at again: its watch list, and its named exemptions a year after they were read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ndoo.policy.pack import Pack
from ndoo.policy.watch import Watched

YEARLY = "yearly"


def watch_list(pack: Pack) -> tuple[Watched, ...]:
    """Everything to look at again, the nearest day first; with the named exemptions, a year after each was read."""
    return tuple(sorted((*pack.watch, *_exemptions(pack)), key=lambda one: (one.recheck, one.id)))


def _exemptions(pack: Pack) -> Iterator[Watched]:
    days: dict[date, list[str]] = {}
    for entry in pack.exemptions.values():
        if entry.recheck == YEARLY:
            days.setdefault(entry.source.read, []).append(entry.id)
    for day, names in days.items():
        again = date(day.year + 1, day.month, min(day.day, 28))
        title = f"Named exemptions read on {day.isoformat()}"
        says, source = f"Read again: {', '.join(names)}.", pack.sources["procedure-5"]
        yield Watched(f"exemptions-{day.isoformat()}", title, says, again, None, source)
