"""`ndoo staff`: the first administrator, and the way back in when nobody can sign in any more."""

from __future__ import annotations

import sys

import click

from ndoo.cli.output import echo
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.extras import extra_missing
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked

ROLES = (
    "operator",
    "approver",
    "information_governance",
    "asset_owner",
    "caldicott_guardian",
    "auditor",
    "administrator",
)
_FROM_STDIN = "Read the password from standard input: one line."


@click.group(name="staff")
def command() -> None:
    """Accounts for the staff's pages.

    The first administrator is made here; everybody else on the pages themselves.
    """


@command.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--given", prompt="First name", help="The first name.")
@click.option("--family", prompt="Last name", help="The last name. Nobody may open a record with their own name.")
@click.option("--password-stdin", is_flag=True, help=_FROM_STDIN)
def add(name: str, role: str, given: str, family: str, password_stdin: bool) -> int:
    """Make the account NAME, such as olive.operator. The second factor is set up at the first sign-in."""
    _prepare()
    from django.utils import timezone

    from ndoo.service.audit.entries import Entry
    from ndoo.service.staff import accounts
    from ndoo.service.staff.roles import Role

    if not accounts.is_name(name):
        raise UsageFault("account-name", "An account's name has small letters, digits, dots and hyphens only.")
    audit = Entry("system", "account.added", details={"account": name, "role": role, "by": "command line"})
    password = _password(password_stdin)
    try:
        accounts.add(name, given, family, Role(role), audit, timezone.now(), password=password)
    except accounts.NameTakenError:
        raise UsageFault("account-taken", "There is an account with this name already.") from None
    echo(f"{name} may sign in at /staff/ as {role}.", err=False)
    return 0


@command.command()
@click.argument("name")
def reset(name: str) -> int:
    """Let the owner of NAME begin again: prints a set-up code, which works once, for a day.

    Password, second factor and recovery codes stop working.
    """
    _prepare()
    from django.contrib.auth.models import User
    from django.utils import timezone

    from ndoo.service.audit.entries import Entry
    from ndoo.service.staff import accounts

    user = User.objects.filter(username=name).first()
    if user is None:
        near = did_you_mean(name, User.objects.values_list("username", flat=True))
        raise UsageFault(
            "account-unknown",
            f"There is no account named {masked(name)!r}.{near} Look at the accounts on the staff page of the service.",
        )
    audit = Entry("system", "account.reset", details={"account": name, "by": "command line"})
    echo(accounts.start_afresh(user, None, audit, timezone.now()), err=False)
    return 0


def _prepare() -> None:
    try:
        from ndoo.service import database
    except ModuleNotFoundError:
        raise extra_missing("The pages and the register", "service") from None
    database.ready()


def _password(from_stdin: bool) -> str:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        validate_password(password)
    except ValidationError:
        raise UnfitData(
            "password", "The password needs 12 characters or more, and must not be one of the common ones."
        ) from None
    return str(password)
