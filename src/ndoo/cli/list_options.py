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
TIMEOUT = 3600.0
"""Seconds: an answer of the national service is said to take up to an hour."""


class When(click.ParamType[datetime | date]):
    """A day, or a time with its zone."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | date:
        try:
            return instant(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def list_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --allowed, --opted-out, --requested, --checked-at, --register, --snapshot, --snapshot-signed-by, --mesh and
    --timeout."""
    for option in (
        click.option("--timeout", type=click.FloatRange(0, 30 * 86_400), default=TIMEOUT, show_default=True,
                     metavar="SECONDS", help="With --mesh: how long to wait for the answer."),
        click.option("--mesh", metavar="PROFILE",
                     help="Ask the national service, through the MESH mailbox of that profile ([mesh.PROFILE] of ndoo.toml)."),
        click.option("--snapshot-signed-by", metavar="KEY",
                     help="The public key that must have sealed the snapshot, as `ndoo register snapshot` prints it."),
        click.option("--snapshot", type=PATH, metavar="FILE", help="A sealed, dated snapshot of a register."),
        click.option("--register", is_flag=True,
                     help="The register in NDOO_DATABASE_URL, as it stands now (default: the one in the data folder)."),
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
    *,
    register: bool = False,
    snapshot: Path | None = None,
    snapshot_signed_by: str | None = None,
) -> CleanedList:
    """The list that the options name.

    Raises:
        UsageFault: two lists, or an option that goes with another kind of list.
        NoUsableList: none is named, or the one named is refused.
    """
    from ndoo.checking.list_file import read_list

    if sum(map(bool, (allowed, opted_out, register, snapshot))) > 1:
        raise UsageFault(
            "two-lists", "Give one of --allowed, --opted-out, --register and --snapshot: one list answers."
        )
    if checked_at and (register or snapshot):
        raise UsageFault(
            "checked-at-known", "--checked-at goes with a bare list: the register and a snapshot are dated."
        )
    if snapshot_signed_by and not snapshot:
        raise UsageFault("snapshot-missing", "--snapshot-signed-by goes with --snapshot.")
    if requested and not allowed:
        raise UsageFault("requested-alone", "--requested goes with --allowed.")
    if register:
        from ndoo.cli.register_list import read_register

        return read_register(now)
    if snapshot:
        from ndoo.checking.snapshot_file import read_snapshot

        return read_snapshot(snapshot, now=now, limit_days=list_limit_days(), sealed_by=snapshot_signed_by)
    path, polarity = (allowed, Polarity.ALLOWED) if allowed else (opted_out, Polarity.OPTED_OUT)
    if path is None:
        raise NoUsableList(
            "list-missing",
            "No list was named. Give --allowed with the cleaned list, --opted-out with those who must go, --register or "
            "--snapshot.",
        )
    return read_list(path, polarity, checked_at=checked_at, now=now, limit_days=list_limit_days(), asked=requested)


def alone(mesh: str | None, *others: object) -> None:
    """Raises UsageFault where --mesh is not the only list that is named."""
    if mesh and any(others):
        raise UsageFault("mesh-and-list", "--mesh asks for a list: give no other one, and no date.")


def now() -> datetime:
    """The one place where the command line reads the clock."""
    return datetime.now(UTC)
