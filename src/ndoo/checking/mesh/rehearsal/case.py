"""A case of a rehearsal, and what came of it: only what MESH said and how many: nothing that a message holds."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class CasePlace(StrEnum):
    """Where a case is run."""

    MAILBOX = "mailbox"
    """In the mailbox of the profile, through whatever MESH it names."""
    STAND_IN = "stand-in"
    """Against a small MESH on this machine that misbehaves as asked."""


class CaseOutcome(StrEnum):
    """What came of it."""

    PASSED = "passed"
    DIFFERS = "differs"
    """It was run, and something else was seen."""
    WAITING = "waiting"
    """It was begun, and needs days."""
    NOT_PROVOKED = "not_provoked"
    """It was run, but this MESH did not do what the case is about."""
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Case:
    """One entry of `cases.toml`."""

    key: str
    numbers: str
    title: str
    wanted: str
    places: tuple[CasePlace, ...]


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """What a case did, what it saw, and what that comes to."""

    done: str
    seen: str
    outcome: CaseOutcome


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The same with its case, its place and its time; `seconds` is how long it took."""

    case: Case
    place: CasePlace
    came: CaseSeen
    began: datetime
    seconds: float


Step = Callable[[], CaseSeen]


@cache
def _catalogue() -> dict[str, Any]:
    path = files("ndoo.checking.mesh.rehearsal").joinpath("cases.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cases() -> tuple[Case, ...]:
    """All of them, in their order."""
    return tuple(
        Case(said["key"], said["numbers"], said["title"], said["wanted"], tuple(map(CasePlace, said["places"])))
        for said in _catalogue()["case"]
    )


def source() -> tuple[str, date, str]:
    """Where the list of cases is from, when it was read, and who confirmed it (nobody: empty)."""
    said = _catalogue()
    return said["source"], said["read_on"], said["confirmed_by"]


def judged(done: str, seen: str, right: bool) -> CaseSeen:
    """Passed where what was seen is what is wanted."""
    return CaseSeen(done, seen, CaseOutcome.PASSED if right else CaseOutcome.DIFFERS)
