"""The options that name a list, shared by every command that asks one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.london import instant
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList

PATH = click.Path(path_type=Path)


class When(click.ParamType[datetime | date]):
    """A day, or a time with its zone."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | date:
        try:
            return instant(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def list_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --allowed, --opted-out, --requested and --checked-at."""
    for option in (
        click.option("--checked-at", type=When(), metavar="WHEN",
                     help="When the list was taken: 2026-11-20, or a time with its zone."),
        click.option("--requested", type=PATH, metavar="FILE",
                     help="With --allowed: the list that was sent to be checked. Whoever is not on it is held back."),
        click.option("--opted-out", type=PATH, metavar="FILE", help="These people must go."),
        click.option("--allowed", type=PATH, metavar="FILE", help="The cleaned list: only these people may stay."),
    ):  # fmt: skip
        command = option(command)
    return command


def chosen_list(
    allowed: Path | None,
    opted_out: Path | None,
    requested: Path | None,
    checked_at: datetime | date | None,
    now: datetime,
) -> CleanedList:
    """The list that the options name.

    Raises:
        UsageFault: two polarities, or --requested without --allowed.
        NoUsableList: none is named, or the one named is refused.
    """
    from ndoo.checking.list_file import read_list

    if allowed and opted_out:
        raise UsageFault("two-lists", "Give --allowed or --opted-out, not both: one list answers.")
    if requested and not allowed:
        raise UsageFault("requested-alone", "--requested goes with --allowed.")
    path, polarity = (allowed, Polarity.ALLOWED) if allowed else (opted_out, Polarity.OPTED_OUT)
    if path is None:
        raise NoUsableList(
            "list-missing",
            "No list was named. Give --allowed with the cleaned list, or --opted-out with those who must go.",
        )
    return read_list(path, polarity, checked_at=checked_at, now=now, limit_days=list_limit_days(), asked=requested)


def now() -> datetime:
    """The one place where the command line reads the clock."""
    return datetime.now(UTC)
