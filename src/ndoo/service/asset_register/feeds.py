"""The address to which a person's calendar program subscribes, and what is told there: days and references, no names.

A calendar program cannot sign in with a second factor, so the address itself is the key: 256 random bits, which open this
one list and nothing else. It is shown once, kept as a digest, and closed by its owner, with their account or their role, and when the
organisation's sign-in no longer knows them, or has said nothing of them for `FEED_BELIEVED_FOR`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from ndoo.assets.calendar import calendar_of
from ndoo.assets.gaps import JoinedRecords
from ndoo.service.asset_register import overview, sign_review
from ndoo.service.asset_register.models import CalendarFeed
from ndoo.service.audit.entries import Entry, write
from ndoo.service.staff.access import may_open
from ndoo.service.staff.organisation_login.membership import may_have_feed
from ndoo.service.staff.roles import Role, role_of


@transaction.atomic
def opened(user: User, entry: Entry, now: datetime) -> str:
    """A new secret for this person's feed; the one before opens nothing any more."""
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(user=user, defaults={"digest": _digest(secret), "made_at": now})
    write(entry, now)
    return secret


@transaction.atomic
def closed(user: User, entry: Entry, now: datetime) -> None:
    """Nobody gets anything at this person's address any more."""
    throw_away(user)
    write(entry, now)


def throw_away(user: User) -> None:
    """Delete the feed of somebody who was cut off, so that it does not open again should they come back."""
    CalendarFeed.objects.filter(user=user).delete()


def told(secret: str, now: datetime) -> str | None:
    """The calendar behind the address; None where there is none, or its owner may not read the register any more."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=_digest(secret)).first()
    if feed is None or not feed.user.is_active or not may_open(role_of(feed.user), "governance-calendar"):
        return None
    if not may_have_feed(feed.user, now):
        return None
    seen = overview.picture(now)
    return calendar_of(seen.known, now, only=_of(feed.user, seen.known), names=False)


def _of(user: User, known: JoinedRecords) -> frozenset[tuple[str, str]] | None:
    """The records that are this person's to sign, by kind and reference; None for who looks after all of them."""
    if role_of(user) not in (Role.ASSET_OWNER, Role.CALDICOTT_GUARDIAN):
        return None
    records = {(record.kind, record.id): record for record in known.register.records()}
    return frozenset(
        key
        for key, where in (known.standings or {}).items()
        if sign_review.may_sign(user, records[key], where.waiting_for, known.register)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
