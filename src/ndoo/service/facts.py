"""Telephone numbers and addresses of today, and who says so: dated, cited facts that pages show (`facts.toml`).

The owner of a service names a file of their own in the setting `facts`; what stands there goes before the built-in.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from ndoo.checking.freshness import limit_on
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import london_date
from ndoo.domain.settings import setting


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one fact: the day from which it holds, who says so, and when somebody last read it there."""

    name: str
    start: date
    text: str
    words: bool
    """A sentence to translate, and not a number or an address."""
    source: str
    read_on: date
    confirmed_by: str


@cache
def known() -> tuple[Fact, ...]:
    """Every value, those of the owner's file last; within one file the oldest first.

    Raises:
        UsageFault: the owner's file cannot be read, or is not as it should be.
    """
    built_in = files("ndoo.service").joinpath("facts.toml").read_text(encoding="utf-8")
    return _read(built_in) + _owners(setting("facts"))


def _owners(path: str | None) -> tuple[Fact, ...]:
    if path is None:
        return ()
    try:
        return _read(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, LookupError, TypeError, AttributeError):
        raise UsageFault(
            "setting",
            "The file that the setting facts names cannot be read. Its form is that of service/facts.toml.",
        ) from None


def _read(text: str) -> tuple[Fact, ...]:
    found = [_fact(name, entry) for name, entries in tomllib.loads(text).items() for entry in entries]
    return tuple(sorted(found, key=lambda fact: fact.start))


def _fact(name: str, entry: dict[str, Any]) -> Fact:
    source = f"{entry['document']}, {entry['section']}"
    said = entry["words"] if "words" in entry else entry["value"]
    return Fact(name, entry["from"], str(said), "words" in entry, source, entry["read_on"], entry["confirmed_by"])


class FactsInForce:
    """The facts in force on one day, by name: `facts.phone`. Numbers and addresses are text; sentences are translated."""

    def __init__(self, day: date) -> None:
        self._day = day

    def fact(self, name: str) -> Fact:
        """The value in force, with its source.

        Raises:
            AttributeError: there is none of that name on that day.
        """
        for fact in reversed(known()):
            if fact.name == name and fact.start <= self._day:
                return fact
        raise AttributeError(name)

    def __getattr__(self, name: str) -> str:
        fact = self.fact(name)
        return gettext(fact.text) if fact.words else fact.text

    @property
    def days_to_apply(self) -> int:
        """Within how many days everybody follows a new choice: as old as a list may be that they still use."""
        return limit_on(self._day)

    @property
    def checked_on(self) -> date:
        """The day on which the oldest of the ways to reach us was last read at its source."""
        return min(self.fact(name).read_on for name in ("phone", "phone_hours", "form_address", "form_email"))


def on_pages(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `facts` on every page, as they stand today in London."""
    return {"facts": FactsInForce(london_date(timezone.now()))}
