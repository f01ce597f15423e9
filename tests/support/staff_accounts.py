"""Staff for tests: accounts with a second factor, clients that are signed in, and people at whom they may look."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.identity import embedded
from ndoo.service.choices.identity.people import Person
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.staff import accounts
from ndoo.service.staff.roles import Role
from tests.support.numbers import some

PASSWORD = "three dull green lamps"


def account(
    role: Role | None = Role.OPERATOR,
    name: str = "",
    *,
    given: str = "Olive",
    family: str = "Okonkwo",
    enrolled: bool = True,
) -> User:
    """An account with a password and, unless told otherwise, an authenticator."""
    for one in Role:
        Group.objects.get_or_create(name=one.value)
    name = name or f"{role or 'nobody'}.{User.objects.count()}".replace("_", "-")
    user = accounts.add(
        name, given, family, role or Role.OPERATOR, Entry("system", "account.added"), timezone.now(), password=PASSWORD
    )
    if role is None:
        user.groups.clear()
    if enrolled:
        TOTPDevice.objects.create(user=user, name="test", confirmed=True)
    return user


def code(user: User, *, fresh: bool = True) -> str:
    """What the account's authenticator shows now; `fresh` forgets that it may have been used already."""
    device = TOTPDevice.objects.get(user=user)
    if fresh:
        TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time()
    return f"{totp.token():06d}"


def password_given(user: User, client: Client | None = None) -> Client:
    """Half signed in: the second factor is still to come."""
    client = client or Client()
    answer = client.post("/staff/sign-in", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def signed_in(user: User) -> Client:
    """Wholly signed in, by the pages."""
    client = password_given(user)
    assert client.post("/staff/second-factor", {"code": code(user)})["Location"] == "/staff/"
    return client


@dataclass
class Clock:
    """Makes a session older than it is."""

    client: Client

    def later(self, **by: Any) -> None:
        session = self.client.session
        session["staff_seen"] -= timedelta(**by).total_seconds()
        session.save()

    def began_earlier(self, **by: Any) -> None:
        session = self.client.session
        session["staff_began"] -= timedelta(**by).total_seconds()
        session.save()


def number(seed: int = 1) -> NHSNumber:
    found = read(some(1, seed)[0])
    assert isinstance(found, NHSNumber)
    return found


def born(years: int, days: int = 30) -> date:
    """The birthday of somebody who is that old, by so many days."""
    today = timezone.localdate() - timedelta(days=days)
    return (
        today.replace(year=today.year - years)
        if (today.month, today.day) != (2, 29)
        else date(today.year - years, 3, 1)
    )


def known(
    seed: int = 1, *, given_name: str = "Zoë", family_name: str = "O’Neill", years: int = 40, **details: Any
) -> Person:
    """Somebody in the register of people."""
    told = {"postcode": "XX1 1AA", "email": "zoe@example.org", "mobile": "07700900123"} | details
    person = Person(
        number=number(seed),
        given_name=given_name,
        family_name=family_name,
        born=told.pop("born", None) or born(years),
        **told,
    )
    embedded.row(person).save()
    return person


def chose(person: Person, choice: Choice = Choice.ALLOW) -> ChoiceEvent:
    """A choice that came in by itself."""
    return record(
        NewChoice(person.number, choice, timezone.now(), Channel.ONLINE), Entry("self", "choice.set", person.number)
    )


def audited(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))
