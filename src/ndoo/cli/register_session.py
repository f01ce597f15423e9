"""Opens the register, and says who asks and about whom. What every command on the register begins with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from ndoo.domain.errors import Fault, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.domain.operating_system import account

if TYPE_CHECKING:
    from ndoo.service.audit.entries import Entry


@contextmanager
def opened() -> Iterator[None]:
    """Make the register ready, on first use too; inside, it may be imported and asked. What was recorded has a head of
    the ledger afterwards, copied out of the database.

    Raises:
        NoUsableList: the register may not answer: see `ndoo.service.database.ready`.
        UsageFault: the service is not installed, or the settings cannot be meant.
        Fault: the database does not answer, or not any more.
        NotPermitted: see `ndoo.service.database.ready`.
    """
    need_the_service()
    from django.db import DatabaseError

    from ndoo.cli.list_options import now
    from ndoo.service import database

    database.ready()
    from ndoo.service.ledger.heads import seal

    try:
        yield
        seal(now())
    except DatabaseError:
        raise Fault(
            "register-failed",
            "The register's database failed, or was busy for too long. What was said to be recorded is kept.",
        ) from None


@contextmanager
def looked_at() -> Iterator[None]:
    """The same for whoever looks at the ledger of a register that may not answer: nothing is answered from it.

    Raises:
        UsageFault, Fault, NotPermitted: as `opened`.
    """
    need_the_service()
    from django.db import DatabaseError

    from ndoo.service import database

    database.ready(judged=False)
    try:
        yield
    except DatabaseError:
        raise Fault("ledger-not-readable", "The register's database failed, or was busy for too long.") from None


def need_the_service() -> None:
    """Raises UsageFault where the library was installed without the service."""
    if find_spec("django") is None:
        raise extra_missing("The pages and the register", "service")


def entry(action: str, number: NHSNumber | None = None, *, reason: str = "", **details: Any) -> Entry:
    """An entry for the audit in the name of the account that runs this command."""
    from ndoo.service.audit.entries import Entry

    return Entry(actor=f"shell:{account()}"[:150], action=action, subject=number, reason=reason, details=details)


class OnePerson(click.ParamType[NHSNumber]):
    """An NHS number; `-` reads it from standard input, or asks for it where that is a terminal."""

    judges_empty = True
    """An empty one is no NHS number, and is answered as any other that is none."""
    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> NHSNumber:
        if value == "-":
            asked = sys.stdin.isatty()
            value = click.prompt("NHS number", err=True) if asked else sys.stdin.readline().rstrip("\r\n")
        number = read(str(value))
        if isinstance(number, NHSNumber):
            return number
        raise UsageFault("nhs-number", f"No valid NHS number was given ({number}).")


def about_one_person(command: Any) -> Any:
    """Adds NUMBER, which a shell's history and the list of processes would keep: `-`, the default, does not."""
    return click.argument("number", metavar="[NUMBER]", type=OnePerson(), default="-")(command)
