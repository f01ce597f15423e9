"""Registers, changes and ends callers: each act is one transaction with its audit entry."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ndoo.domain.errors import UsageFault
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.service.api_clients.key_addresses import judge_address
from ndoo.service.api_clients.keys import is_same
from ndoo.service.api_clients.models import AccessToken, Caller, CallerKey
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.entries import Entry, write

NAME = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*", re.ASCII)
ODS = re.compile(r"[A-Z0-9]{3,10}", re.ASCII)
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Registration:
    """What is said of a caller when it is registered. `population` in people, `every_days` in days."""

    name: str
    organisation: str
    ods: str
    asset: str
    population: int
    scopes: tuple[Scope, ...]
    every_days: int | None = None
    jwks_uri: str = ""
    """Where it publishes further keys."""


Keys = list[tuple[str, dict[str, Any]]]


def as_one() -> AbstractContextManager[None]:
    """Several acts of one command: all of them are done, or none is."""
    return transaction.atomic()


def add(said: Registration, keys: Keys, audit: Entry, now: datetime) -> Caller:
    """A new caller, which can ask for a token once this returns.

    Raises:
        UsageFault: the name is in use, a key was registered before, or something cannot be meant.
    """
    _judge(said)
    try:
        with transaction.atomic():
            caller = Caller.objects.create(
                name=said.name,
                organisation=said.organisation,
                ods=said.ods,
                asset=said.asset,
                population=said.population,
                every_days=said.every_days,
                scopes=list(said.scopes),
                jwks_uri=said.jwks_uri,
                added_at=now,
            )
            _keep(caller, keys, now)
            write(audit, now)
    except IntegrityError:
        raise UsageFault(
            "caller-taken",
            "There is already a system with this name or this address of keys, or the same key is listed twice.",
        ) from None
    return caller


def add_keys(name: str, keys: Keys, audit: Entry, now: datetime) -> None:
    """Further keys; the earlier ones work on, until they are revoked.

    Raises:
        UsageFault: there is no such caller, it was revoked, it has a key of that name, or a key was registered before.
    """
    try:
        with transaction.atomic():
            _keep(_standing(name), keys, now)
            write(audit, now)
    except IntegrityError:
        raise UsageFault("caller-key-taken", "This caller has a key of that name already.") from None


def set_address(name: str, uri: str, audit: Entry, now: datetime) -> None:
    """Where the caller publishes further keys; empty: nowhere any more. Its tokens end: any may have come by those of before.

    Raises:
        UsageFault: there is no such caller, it was revoked, it is no address, or another caller's.
    """
    if uri:
        judge_address(uri)
    try:
        with transaction.atomic():
            caller = _standing(name)
            caller.jwks_uri = uri
            caller.save(update_fields=["jwks_uri"])
            AccessToken.objects.filter(caller=caller).delete()
            write(audit, now)
    except IntegrityError:
        raise UsageFault("caller-address-taken", "Another system publishes its keys at this address.") from None


@transaction.atomic
def revoke_key(name: str, key_id: str, audit: Entry, now: datetime) -> None:
    """Nothing that this key signed is believed any more, and the caller's tokens end: any may have come by it.

    Raises:
        UsageFault: there is no such caller, or it has no such key.
    """
    caller = _standing(name)
    if not caller.keys.filter(key_id=key_id, revoked_at=None).update(revoked_at=now):
        near = did_you_mean(key_id, caller.keys.filter(revoked_at=None).values_list("key_id", flat=True))
        raise UsageFault(
            "caller-key-unknown",
            f"This caller has no key named {masked(key_id)!r}, or it was revoked before.{near} See the keys that count with `ndoo callers list`.",
        )
    AccessToken.objects.filter(caller=caller).delete()
    write(audit, now)


@transaction.atomic
def revoke(name: str, audit: Entry, now: datetime) -> None:
    """The caller may ask nothing any more, from its next request on; for good.

    Raises:
        UsageFault: there is no such caller, or it was revoked before.
    """
    caller = _standing(name)
    caller.revoked_at = now
    caller.save(update_fields=["revoked_at"])
    AccessToken.objects.filter(caller=caller).delete()
    write(audit, now)


def _standing(name: str) -> Caller:
    caller = Caller.objects.select_for_update().filter(name=name, revoked_at=None).first()
    if caller is None:
        near = did_you_mean(name, Caller.objects.filter(revoked_at=None).values_list("name", flat=True))
        raise UsageFault(
            "caller-unknown",
            f"There is no caller named {masked(name)!r}, or it was revoked before.{near} See who is registered with `ndoo callers list`.",
        )
    return caller


def _keep(caller: Caller, keys: Keys, now: datetime) -> None:
    for key_id, public in keys:
        if any(is_same(public, kept) for kept in CallerKey.objects.values_list("public", flat=True)):
            raise UsageFault(
                "caller-key-known",
                "This key was registered before, for this system or another, or was revoked. Make a new key pair.",
            )
        CallerKey.objects.create(caller=caller, key_id=key_id, public=public, added_at=now)


def _judge(said: Registration) -> None:
    if len(said.name) > LONGEST_NAME or not NAME.fullmatch(said.name):
        raise UsageFault("caller-name", "A caller's name has small letters, digits, dots and hyphens only.")
    if not ODS.fullmatch(said.ods):
        raise UsageFault("caller-ods", "An ODS code has three to ten capital letters and digits.")
    if any(names_somebody(text) or not text.strip() for text in (said.name, said.organisation, said.asset)):
        raise UsageFault("caller-words", "Name the organisation and the asset in words, without any NHS number.")
    if said.jwks_uri:
        judge_address(said.jwks_uri)
    if said.population < 1 or not said.scopes:
        raise UsageFault("caller-empty", "A caller has a scope, and its asset is about one person or more.")
