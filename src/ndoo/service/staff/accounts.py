"""Adds, changes and ends accounts: each act is one transaction with its audit entry."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.service.audit.entries import Entry, write
from ndoo.service.staff.models import RecoveryCode
from ndoo.service.staff.one_use import new_set_up_code
from ndoo.service.staff.roles import Role, give

NAME = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*", re.ASCII)
"""`olive.operator`: letters, digits, dots and hyphens, so that a name can stand in an audit and in a sentence."""
LONGEST_NAME = 60


class NameTakenError(Exception):
    """There is an account of that name already."""


class OwnAccountError(Exception):
    """Nobody changes their own role, shuts their own account or resets their own second factor."""


def is_name(text: str) -> bool:
    """May an account be called this?"""
    return len(text) <= LONGEST_NAME and NAME.fullmatch(text) is not None


@transaction.atomic
def add(name: str, given: str, family: str, role: Role, audit: Entry, now: datetime, *, password: str = "") -> User:
    """A new account. Without a password it waits for its owner, who chooses one with a set-up code.

    Raises:
        NameTakenError: the name is in use.
    """
    user = User(username=name, first_name=given, last_name=family)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise NameTakenError from None
    give(user, role)
    write(audit, now)
    return user


@transaction.atomic
def change_role(user: User, role: Role, by: User | None, audit: Entry, now: datetime) -> None:
    """Another role, from the next page on.

    Raises:
        OwnAccountError: `by` is the account itself.
    """
    _not_own(user, by)
    give(user, role)
    write(audit, now)


@transaction.atomic
def shut(user: User, by: User | None, audit: Entry, now: datetime) -> None:
    """Nobody signs in with it any more, and its sessions end with their next page.

    Raises:
        OwnAccountError: `by` is the account itself.
    """
    _not_own(user, by)
    user.is_active = False
    user.save(update_fields=["is_active"])
    write(audit, now)


@transaction.atomic
def reopen(user: User, audit: Entry, now: datetime) -> None:
    """It may be used again, with the password and second factor that it had. (Nobody does it to their own account:
    a shut one signs nobody in.)"""
    user.is_active = True
    user.save(update_fields=["is_active"])
    write(audit, now)


@transaction.atomic
def forget_proofs(user: User, by: User | None, audit: Entry, now: datetime) -> None:
    """Password, second factor and recovery codes go, and its sessions end. Whoever comes by the organisation's sign-in, and has no
    password here, sets up another second factor when they next come.

    Raises:
        OwnAccountError: `by` is the account itself.
    """
    _not_own(user, by)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    TOTPDevice.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    write(audit, now)


@transaction.atomic
def start_afresh(user: User, by: User | None, audit: Entry, now: datetime) -> str:
    """Password, second factor and recovery codes go, its sessions end; the set-up code for its owner comes back.

    All of it goes at once: whoever lost the telephone may have lost the password with it, and a password alone must
    never be enough to set up a new second factor.

    Raises:
        OwnAccountError: `by` is the account itself.
    """
    forget_proofs(user, by, audit, now)
    return new_set_up_code(user, now)


def _not_own(user: User, by: User | None) -> None:
    if by is not None and by.pk == user.pk:
        raise OwnAccountError
