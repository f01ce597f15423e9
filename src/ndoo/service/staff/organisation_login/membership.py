"""Accounts of those who come by the organisation's sign-in: made when they first come, and ended within minutes when they leave.

The provider is asked again about everybody who is at work, so that a leaver's next page, five minutes later at most, is refused. Where it
does not answer for so long, nobody who came by it goes on: the break-glass account remains.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from datetime import datetime, timedelta

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
_ONE_ASKS_FOR = timedelta(seconds=30)
_MORE_NAMES = 99
_log = logging.getLogger("ndoo.staff")


class NoPlaceError(Exception):
    """The provider knows them, and they have no one role here, no family name, or a shut account."""


@transaction.atomic
def admit(us: ProviderRegistration, told: ProvenStaff, address: str, now: datetime) -> User:
    """The account of whom the provider told, with the role that they have now. By their subject alone: an account that has
    their name by chance is somebody else's.

    Raises:
        NoPlaceError: they may not come in.
    """
    if told.role is None or not told.family:
        raise NoPlaceError  # without a name nobody could be kept from their own record
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


def is_still_staff(user: User, now: datetime) -> bool:
    """Does the provider still know them, as of the last five minutes? It is asked where that is about to run out."""
    row = ProviderAccount.objects.filter(user=user).first()
    us = registration()
    if row is None or us is None or row.issuer != us.issuer:
        return False
    if now - row.checked_at > ASKED_AFTER and _is_mine_to_ask(row, now):
        _ask(us, row, now)
        row.refresh_from_db()
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
