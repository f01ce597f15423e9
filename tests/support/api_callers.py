"""Other systems for tests: registered callers, the assertions that they sign, and clients that hold a token."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.api_clients import register_caller
from ndoo.service.api_clients.assertions import KIND
from ndoo.service.api_clients.keys import public_keys
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.scopes import OF_TOKENS, Scope
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.identity.models import KnownPerson
from ndoo.service.choices.models import Channel, Choice
from ndoo.service.choices.record_choice import NewChoice, record
from tests.support.numbers import some

TOKEN = "http://testserver/api/token"


def key_pair(kind: str, name: str = "research-platform") -> RSAKey | ECKey:
    """The key of a caller of that name; one for the whole run, because making one takes long."""
    return _made(kind, name)


@cache
def _made(kind: str, name: str) -> RSAKey | ECKey:
    made = RSAKey.generate_key(2048) if kind == "RSA" else ECKey.generate_key("P-384")
    return type(made).import_key({**made.as_dict(private=True), "kid": f"test-{kind}"})


@cache
def _public(kind: str, name: str) -> str:
    import json

    return json.dumps(key_pair(kind, name).as_dict(private=False))


def registered(
    name: str = "research-platform",
    *scopes: Scope,
    organisation: str = "Example Trust",
    ods: str = "RX9",
    population: int = 1_000_000,
    every_days: int | None = None,
    kind: str = "RSA",
    asset: str = "",
) -> Caller:
    said = register_caller.Registration(
        name, organisation, ods, asset or f"Asset of {name}", population, scopes or OF_TOKENS, every_days
    )
    return register_caller.add(said, public_keys(_public(kind, name)), Entry("system", "caller.added"), timezone.now())


def assertion(
    name: str = "research-platform", *, key: Any = None, alg: str = "RS512", header: Any = None, **claims: Any
) -> str:
    """What the caller signs; a claim that is None is left out."""
    now = int(timezone.now().timestamp())
    said = {"iss": name, "sub": name, "aud": TOKEN, "jti": str(uuid.uuid4()), "exp": now + 60} | claims
    key = key or key_pair("RSA", name)
    top = {"alg": alg, "kid": key.as_dict(private=False)["kid"], "typ": "JWT"} | (header or {})
    return jwt.encode(top, {name: value for name, value in said.items() if value is not None}, key, algorithms=[alg])


def ask_token(signed: str, client: Client | None = None, **fields: str) -> Any:
    said = {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": signed} | fields
    from urllib.parse import urlencode

    return (client or Client()).post("/api/token", urlencode(said), content_type="application/x-www-form-urlencoded")


@dataclass
class System:
    """A caller's own client, with its token."""

    token: str
    client: Client = field(default_factory=Client)

    def __getattr__(self, method: str) -> Any:
        def ask(path: str, data: Any = None, **options: Any) -> HttpResponse:
            headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
            extra = {} if data is None else {"data": data}
            return getattr(self.client, method)(path, headers=headers, **extra, **options)

        return ask

    def check(self, numbers: list[Any], **headers: str) -> Any:
        return self.post("/api/lists", {"nhs_numbers": numbers}, content_type="application/json", headers=headers)


def system(name: str = "research-platform", *scopes: Scope, **registration: Any) -> System:
    """A new caller that has signed in, with all its scopes."""
    registered(name, *scopes, **registration)
    return signed_in(name)


def signed_in(name: str = "research-platform", **fields: str) -> System:
    answer = ask_token(assertion(name), **fields)
    assert answer.status_code == 200, answer.content
    return System(answer.json()["access_token"])


def people(count: int, seed: int = 5) -> list[str]:
    return some(count, seed)


def chooses(number: str, choice: Choice) -> None:
    """That person chooses, on the website."""
    who = read(number)
    assert isinstance(who, NHSNumber)
    record(NewChoice(who, choice, timezone.now(), Channel.ONLINE), Entry("self", "choice.set", who))


def known(numbers: list[str]) -> None:
    """The register of people knows them."""
    from datetime import date

    KnownPerson.objects.bulk_create(
        KnownPerson(nhs_number=number, given_name="A", family_name="B", matched_name="ab", born=date(1970, 1, 1))
        for number in numbers
    )
