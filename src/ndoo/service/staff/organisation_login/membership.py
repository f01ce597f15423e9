"""Accounts of those who come by the organisation's sign-in: made when they first come, and ended within minutes when they leave.

The provider is asked again about everybody who is at work, so that a leaver's next page, five minutes later at most, is refused. Where it
does not answer for so long, nobody who came by it goes on: the break-glass account remains.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from time import sleep

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from ndoo.service.audit.entries import Entry, write
from ndoo.service.openid import ProviderDownError
from ndoo.service.staff import accounts
from ndoo.service.staff.actor import actor
from ndoo.service.staff.models import ProviderAccount
from ndoo.service.staff.organisation_login.proof import ProvenStaff, ProviderRefusedError, told_again
from ndoo.service.staff.organisation_login.registration import ProviderRegistration, client, registration
from ndoo.service.staff.roles import role_of

ASKED_AFTER = timedelta(minutes=4)
"""From then on the provider is asked again, at the next page."""
BELIEVED_FOR = timedelta(minutes=5)
FEED_BELIEVED_FOR = timedelta(days=7)
"""The calendar of somebody about whom the provider has said nothing for longer is not told to anybody."""
AT_CUT_OFF: list[Callable[[User], object]] = []
"""What the rooms above do, in the same transaction, when the provider no longer knows somebody."""
_ONE_ASKS_FOR = timedelta(seconds=30)
_LOOKS_AGAIN, _LOOKS = 0.2, 15
"""While another page asks, the answer is looked for so many times, with so many seconds between."""
_MORE_NAMES = 99
_log = logging.getLogger("ndoo.staff")


class NoPlaceError(Exception):
    """The provider knows them, and they have no one role here, no whole name, or a shut account."""


class NoNameError(NoPlaceError):
    """The provider did not tell both their names: nobody could keep them from their own record, which is known by its names."""


class Standing(Enum):
    """What is known of somebody who came by the provider."""

    STAFF = auto()
    GONE = auto()
    BEING_ASKED = auto()
    """Another page asks at this moment, and nothing is known yet."""


@transaction.atomic
def admit(us: ProviderRegistration, told: ProvenStaff, address: str, now: datetime) -> User:
    """The account of whom the provider told, with the role that they have now. By their subject alone: an account that has
    their name by chance is somebody else's.

    Raises:
        NoPlaceError: they may not come in.
    """
    if not _has_sign(told.given) or not _has_sign(told.family):
        raise NoNameError
    if told.role is None:
        raise NoPlaceError
    row = ProviderAccount.objects.filter(issuer=us.issuer, subject=told.subject).select_related("user").first()
    user = row.user if row else _new(us, told, address, now)
    if not user.is_active:
        raise NoPlaceError
    _bring_up_to_date(user, told, address, now)
    ProviderAccount.objects.update_or_create(
        user=user,
        defaults={
            "issuer": us.issuer,
            "subject": told.subject,
            "refresh": _hidden(told.refresh),
            "checked_at": now,
            "asked_at": None,
        },
    )
    return user


def _has_sign(name: str) -> bool:
    return any(sign.isalnum() for sign in name)


def standing(user: User, now: datetime) -> Standing:
    """Does the provider still know them, as of the last five minutes? It is asked where that is about to run out. Where another
    page asks already, its answer is waited for: nobody is signed out because somebody else was first."""
    row = ProviderAccount.objects.filter(user=user).first()
    us = registration()
    if row is None or us is None or row.issuer != us.issuer:
        return Standing.GONE
    if now - row.checked_at > ASKED_AFTER and _is_mine_to_ask(row, now):
        _ask(us, row, now)
        row.refresh_from_db()
        return Standing.STAFF if _is_believed(row, now) else Standing.GONE
    for look in range(_LOOKS + 1):
        if look:
            sleep(_LOOKS_AGAIN)
            row.refresh_from_db()
        if _is_believed(row, now):
            return Standing.STAFF
        if not _shown(row.refresh):  # cut off, or nothing to ask with: nobody asks
            return Standing.GONE
    return Standing.BEING_ASKED


def may_have_feed(user: User, now: datetime) -> bool:
    """May the calendar of this account be told, which is asked for without a sign-in? Of somebody whom the provider sent it must
    have said within `FEED_BELIEVED_FOR` that they are still there."""
    row = ProviderAccount.objects.filter(user=user).first()
    if row is None:
        return True
    us = registration()
    return us is not None and row.issuer == us.issuer and now - row.checked_at <= FEED_BELIEVED_FOR


def _is_believed(row: ProviderAccount, now: datetime) -> bool:
    return now - row.checked_at <= BELIEVED_FOR


def _is_mine_to_ask(row: ProviderAccount, now: datetime) -> bool:
    """Of many pages at once, one asks: a token may be good once."""
    free = Q(asked_at=None) | Q(asked_at__lt=now - _ONE_ASKS_FOR)
    return bool(ProviderAccount.objects.filter(free, pk=row.pk, checked_at=row.checked_at).update(asked_at=now))


def _ask(us: ProviderRegistration, row: ProviderAccount, now: datetime) -> None:
    refresh = _shown(row.refresh)
    if not refresh:
        return
    try:
        with client(us, "") as asking:
            told = told_again(asking, us, refresh)
        if told.subject != row.subject:
            raise ProviderRefusedError
        admit(us, told, "", now)
    except ProviderDownError:
        _log.warning("The organisation's sign-in does not answer; whoever came by it is signed out after five minutes.")
    except (ProviderRefusedError, NoPlaceError):
        with transaction.atomic():
            ProviderAccount.objects.filter(pk=row.pk).update(
                checked_at=datetime.fromtimestamp(0, now.tzinfo), refresh=""
            )
            for end in AT_CUT_OFF:
                end(row.user)
            write(Entry(actor(row.user), "staff.cut_off"), now)


def _new(us: ProviderRegistration, told: ProvenStaff, address: str, now: datetime) -> User:
    assert told.role is not None  # noqa: S101  `admit` asks first
    for name in _names(us, told):
        audit = Entry(
            "system",
            "account.added",
            details={"account": name, "role": told.role.value, "by": "provider"},
            address=address,
        )
        try:
            return accounts.add(name, told.given, told.family, told.role, audit, now)
        except accounts.NameTakenError:
            continue
    raise NoPlaceError


def _names(us: ProviderRegistration, told: ProvenStaff) -> list[str]:
    """What the account may be called: as they are called there, with a number where somebody is called so already."""
    wish = re.sub(r"[^a-z0-9]+", ".", (told.wish or f"{told.given}.{told.family}").lower()).strip(".")[:40]
    if not accounts.is_name(wish):
        wish = f"staff-{hashlib.sha256(f'{us.issuer} {told.subject}'.encode()).hexdigest()[:12]}"
    return [wish, *(f"{wish}-{nth}" for nth in range(2, _MORE_NAMES))]


def _bring_up_to_date(user: User, told: ProvenStaff, address: str, now: datetime) -> None:
    """The provider says what they are called and what they may do."""
    if (user.first_name, user.last_name) != (told.given, told.family):
        user.first_name, user.last_name = told.given, told.family
        user.save(update_fields=["first_name", "last_name"])
    before = role_of(user)
    if before is not told.role and told.role is not None:
        details = {"account": user.username, "before": before or "", "role": told.role.value, "by": "provider"}
        accounts.change_role(
            user, told.role, None, Entry("system", "account.role_changed", details=details, address=address), now
        )


def _fernet() -> Fernet:
    key = salted_hmac("ndoo.staff.refresh", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _hidden(refresh: str) -> str:
    """As it is kept: whoever reads the database cannot use it."""
    return _fernet().encrypt(refresh.encode()).decode() if refresh else ""


def _shown(kept: str) -> str:
    try:
        return _fernet().decrypt(kept.encode()).decode() if kept else ""
    except InvalidToken:  # the secret key was changed: they sign in anew
        return ""
