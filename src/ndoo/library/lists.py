"""The list that answers, from paths or from NHS numbers that are in memory already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ndoo.checking.list_file import read_lists
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.london import instant
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList

Listed = str | Path | Iterable[Any]
"""The path of a list, the paths of several of one polarity, or NHS numbers: a list, a set, an array, a column of a frame."""
When = str | datetime | date | None
"""A day, or a time, which is London's where it names no zone; as text by ISO 8601."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one polarity that were named, and when they were taken."""

    allowed: Listed | None = None
    opted_out: Listed | None = None
    checked_at: When = None

    @property
    def names_one(self) -> bool:
        return self.allowed is not None or self.opted_out is not None

    def chosen(self, now: datetime) -> CleanedList:
        """The list, or several of one polarity as one, once they are found usable.

        Raises:
            UsageFault: both polarities, or a moment that cannot be read.
            NoUsableList: none is named, or one is refused: see `ndoo.checking.list_file.read_list`.
        """
        if self.allowed is not None and self.opted_out is not None:
            raise UsageFault("two-lists", "Give either allowed or opted_out: lists of one polarity answer.")
        if not self.names_one:
            raise NoUsableList("list-missing", "No list was named. Give allowed or opted_out.")
        named, polarity = (
            (self.allowed, Polarity.ALLOWED) if self.allowed is not None else (self.opted_out, Polarity.OPTED_OUT)
        )
        with tempfile.TemporaryDirectory(prefix="ndoo-") as folder:
            paths = _paths(named, Path(folder) / "numbers.txt")
            return read_lists(
                paths, polarity, checked_at=_moment(self.checked_at), now=now, limit_days=list_limit_days()
            )


def _moment(said: Any) -> datetime | date | None:
    if said is None:
        return None
    text = said.isoformat() if isinstance(said, date) else said
    try:
        return instant(text if isinstance(text, str) else "")
    except ValueError as error:
        raise UsageFault("checked-at", f"The moment that checked_at names cannot be read: {error}.") from None


def _paths(named: Any, room: Path) -> list[Path]:
    """The files that are named; or one in `room`, with the numbers that are given."""
    if isinstance(named, str | Path):
        return [Path(named)]
    given = list(named)
    if given and all(isinstance(one, str | Path) and _is_path(one) for one in given):
        return [Path(one) for one in given]
    numbers = [_number(one) for one in given]
    if not numbers:
        raise NoUsableList("list-empty", "The list is empty.")
    room.write_text("".join(f"{number.reveal()}\n" for number in numbers), encoding="ascii")
    return [room]


def _is_path(one: str | Path) -> bool:
    return isinstance(one, Path) or (not isinstance(read(one), NHSNumber) and ("." in one or "/" in one))


def _number(one: Any) -> NHSNumber:
    """Raises NoUsableList where one that is given is no NHS number: a list with a fault is refused whole."""
    if isinstance(one, NHSNumber):
        return one
    whole = not isinstance(one, str | bool) and hasattr(one, "__index__")
    found = read(str(int(one)) if whole else one) if whole or isinstance(one, str) else None
    if not isinstance(found, NHSNumber):
        raise NoUsableList(
            "list-line",
            "The list holds something that is not an NHS number. Give the numbers as text of ten digits, or the path of a file.",
        )
    return found
