"""The options that name a list, shared by every command that asks one."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from ndoo.cli.option_group import option_group
from ndoo.cli.output_options import refuse_address
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.london import instant
from ndoo.domain.machine_faults import explained
from ndoo.domain.named_file import naming
from ndoo.domain.settings import list_limit_days
from ndoo.numbers.cleaned_list import CleanedList


class InputPath(click.Path):
    """A file or folder that is read, and no address of a database. One that this account may not read is refused as it is wherever else
    the machine refuses it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        refuse_address(str(value))
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.exists() and not os.access(path, os.R_OK):
            raise explained(PermissionError(errno.EACCES, "", str(path)), "what is read")
        return path


PATH = InputPath()
TIMEOUT = 3600.0
"""Seconds: an answer of the national service is said to take up to an hour."""


class When(click.ParamType[datetime | date]):
    """A day, or a time, which is London's where it names no zone."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime | date:
        try:
            return instant(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What was said about the list that answers; a command takes it as `listed`."""

    allowed: tuple[Path, ...] = ()
    opted_out: tuple[Path, ...] = ()
    requested: tuple[Path, ...] = ()
    checked_at: datetime | date | None = None
    register: bool = False
    small_register: bool = False
    snapshot: Path | None = None
    snapshot_signed_by: str | None = None
    mesh: str | None = None
    timeout: float | None = None

    @property
    def names_one(self) -> bool:
        """Is a list named, or anything that goes with one? `--mesh` aside, which asks for one."""
        return bool(self.files or self.register or self.small_register or self.checked_at or self.snapshot_signed_by)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that was named: none of them may be written over."""
        return (*self.allowed, *self.opted_out, *self.requested, *((self.snapshot,) if self.snapshot else ()))

    @property
    def patience(self) -> float:
        """For how many seconds the answer of --mesh is waited for."""
        return TIMEOUT if self.timeout is None else self.timeout

    def judge_mesh(self) -> None:
        """Raises UsageFault where --mesh is not the only list that is named, or what goes with it is said without it."""
        if self.timeout is not None and not self.mesh:
            raise UsageFault("timeout-alone", "--timeout goes with --mesh: nothing else is waited for.")
        if self.mesh and self.names_one:
            raise UsageFault("mesh-and-list", "--mesh asks for a list: give no other one, and no date.")


list_options = option_group(
    "listed",
    ListOptions,
    click.option(
        "--allowed",
        type=PATH,
        multiple=True,
        metavar="FILE",
        help="The cleaned list: only these people may stay. May be repeated, where people were checked in parts.",
    ),
    click.option(
        "--opted-out",
        type=PATH,
        multiple=True,
        metavar="FILE",
        help="These people must go. May be repeated: whoever is on one of the lists must go.",
    ),
    click.option(
        "--requested",
        type=PATH,
        multiple=True,
        metavar="FILE",
        help="With --allowed: the list that was sent to be checked. Whoever is not on it is held back. With several "
        "--allowed, one for each, in the same order.",
    ),
    click.option(
        "--checked-at",
        type=When(),
        metavar="WHEN",
        help="When the list was taken: 2026-11-20, or a time, in London where it names no zone. Of several, the oldest. Not needed where the "
        "record of `ndoo check` stands beside the list.",
    ),
    click.option(
        "--register",
        is_flag=True,
        help="The register in NDOO_DATABASE_URL, as it stands now (default: the one in the data folder).",
    ),
    click.option(
        "--small-register",
        is_flag=True,
        help="With --register: it holds few choices for so many people, and that is meant.",
    ),
    click.option("--snapshot", type=PATH, metavar="FILE", help="A sealed, dated snapshot of a register."),
    click.option(
        "--snapshot-signed-by",
        metavar="KEY",
        help="The public key that must have sealed the snapshot, as `ndoo register snapshot` prints it.",
    ),
    click.option(
        "--mesh",
        metavar="PROFILE",
        help="Ask the national service, through the MESH mailbox of that profile ([mesh.PROFILE] of ndoo.toml).",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0, 30 * 86_400),
        metavar="SECONDS",
        help=f"With --mesh: how long to wait for the answer; {TIMEOUT:.0f} if left out.",
    ),
)
"""Adds --allowed, --opted-out, --requested, --checked-at, --register, --small-register, --snapshot, --snapshot-signed-by, --mesh and
--timeout, which the command takes together as `listed`."""


def chosen_list(listed: ListOptions, now: datetime, *, otherwise: str = "") -> CleanedList:
    """The list that the options name.

    Args:
        otherwise: what else can be done, as the end of a sentence.

    Raises:
        UsageFault: two kinds of list, or an option that goes with another kind.
        NoUsableList: none is named, or one that is named is refused.
    """
    from ndoo.checking.list_file import read_lists

    bare = listed.allowed or listed.opted_out
    if sum(map(bool, (listed.allowed, listed.opted_out, listed.register, listed.snapshot))) > 1:
        raise UsageFault(
            "two-lists",
            "Give only one of --allowed, --opted-out, --register and --snapshot. Lists of those who may stay and of those who "
            "must go are never mixed; --allowed and --opted-out may each be repeated.",
        )
    if listed.checked_at and (listed.register or listed.snapshot):
        raise UsageFault(
            "checked-at-known", "--checked-at goes with a bare list: the register and a snapshot are dated."
        )
    if listed.small_register and not listed.register:
        raise UsageFault("small-register-alone", "--small-register goes with --register.")
    if listed.snapshot_signed_by and not listed.snapshot:
        raise UsageFault("snapshot-missing", "--snapshot-signed-by goes with --snapshot.")
    if listed.requested and not listed.allowed:
        raise UsageFault("requested-alone", "--requested goes with --allowed.")
    if listed.requested and len(listed.requested) != len(listed.allowed):
        raise UsageFault(
            "requested-unpaired",
            "Give one --requested for each --allowed, in the same order, or none at all: each says who was asked about for one list.",
        )
    limit = list_limit_days()
    if listed.register:
        from ndoo.cli.register_list import read_register

        return read_register(now, may_be_small=listed.small_register)
    if listed.snapshot:
        from ndoo.checking.snapshot_file import read_snapshot

        with naming(listed.snapshot):
            return read_snapshot(listed.snapshot, now=now, limit_days=limit, sealed_by=listed.snapshot_signed_by)
    if not bare:
        raise NoUsableList(
            "list-missing",
            "No list was named. Give --allowed with the cleaned list, --opted-out with those who must go, --register or "
            f"--snapshot{otherwise}.",
        )
    polarity = Polarity.ALLOWED if listed.allowed else Polarity.OPTED_OUT
    return read_lists(bare, polarity, checked_at=listed.checked_at, now=now, limit_days=limit, asked=listed.requested)


def now() -> datetime:
    """The one place where the command line reads the clock."""
    return datetime.now(UTC)
