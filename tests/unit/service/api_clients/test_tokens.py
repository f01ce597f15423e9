"""Nobody gets a token but the registered system itself, once for each assertion; and a token ends when it is said to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from joserfc.jwk import ECKey, RSAKey

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.service.api_clients import register_caller, tokens
from ndoo.service.api_clients.keys import public_keys
from ndoo.service.api_clients.models import AccessToken, Caller, SpentAssertion
from ndoo.service.api_clients.scopes import OF_TOKENS, Scope
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from tests.support.api_callers import ask_token, assertion, key_pair, registered, signed_in

pytestmark = pytest.mark.django_db

NOW = timezone.now
AUDIT = Entry("system", "caller.changed")


@pytest.fixture
def caller() -> Caller:
    return registered()


@pytest.mark.parametrize(("kind", "alg"), [("RSA", "RS512"), ("RSA", "RS384"), ("EC", "ES384")])
def test_a_registered_system_gets_a_token_that_lives_five_minutes(kind: str, alg: str) -> None:
    registered(kind=kind)
    answer = ask_token(assertion(key=key_pair(kind), alg=alg))
    said = answer.json()
    assert (answer.status_code, said["token_type"], said["expires_in"]) == (200, "Bearer", 300)
    assert said["scope"].split() == list(OF_TOKENS)
    assert answer["Cache-Control"] == "no-store"
    found = tokens.found(said["access_token"], NOW())
    assert found and found.caller.name == "research-platform"
    entry = AuditEntry.objects.get(action="caller.token")
    assert entry.actor == "caller:research-platform"
    assert said["access_token"] not in json.dumps(entry.details)


def far(seconds: int) -> int:
    return int(NOW().timestamp()) + seconds


def wrong() -> dict[str, Any]:
    stranger = RSAKey.import_key({**RSAKey.generate_key(2048).as_dict(private=True), "kid": "test-RSA"})
    return {
        "another key of the same name": {"key": stranger},
        "a name that nobody has": {"name": "nobody"},
        "a key id that nobody has": {"header": {"kid": "other"}},
        "no key id": {"header": {"kid": ""}},
        "an algorithm that is weaker": {"alg": "RS256"},
        "for another service": {"aud": "https://elsewhere.example/token"},
        "for nobody": {"aud": None},
        "about somebody else": {"sub": "another"},
        "without a subject": {"sub": None},
        "expired": {"exp": far(-60)},
        "for longer than five minutes": {"exp": far(400)},
        "for ever": {"exp": None},
        "a time in words": {"exp": "tomorrow"},
        "true as a time": {"exp": True},
        "not yet": {"nbf": far(200)},
        "issued in the future": {"iat": far(200)},
        "without jti": {"jti": None},
        "an empty jti": {"jti": ""},
        "a jti that is a number": {"jti": 12},
        "a jti without end": {"jti": "x" * 201},
    }


@pytest.mark.parametrize("why", wrong())
def test_an_assertion_that_does_not_hold_is_refused_in_one_word(why: str, caller: Caller) -> None:
    answer = ask_token(assertion(**wrong()[why]))
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("signed", ["", "a", "a.b.c", "e30.e30.", "W10.W10.x", "é.é.é", "a" * 9000, "e30.MQ.x"])
def test_what_is_no_assertion_is_refused_in_the_same_word(signed: str, caller: Caller) -> None:
    assert ask_token(signed).json() == {"error": "invalid_client"}


def test_an_assertion_is_meant_for_the_address_that_the_owner_set_and_not_for_what_a_request_says(
    caller: Caller, settings: Any
) -> None:
    settings.NDOO = replace(settings.NDOO, public_address="https://choices.example.nhs.uk")
    assert ask_token(assertion()).status_code == 401, "the request's own host is nobody's word"
    assert ask_token(assertion(aud="https://choices.example.nhs.uk/api/token")).status_code == 200


def test_an_unsigned_assertion_is_nobodys(caller: Caller) -> None:
    import base64

    body = assertion().split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"test-RSA"}').decode().rstrip("=")
    for signature in ("", "AA"):
        assert ask_token(f"{header}.{body}.{signature}").status_code == 401


def test_the_public_key_is_no_shared_secret(caller: Caller) -> None:
    """The confusion of RS256 with HS256: signing with the public key as if it were a password."""
    import base64
    import hashlib
    import hmac

    body = assertion().split(".")[1]
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"test-RSA"}').decode().rstrip("=")
    for secret in (key_pair("RSA").as_pem(private=False), key_pair("RSA").as_pem(private=False).strip()):
        made = hmac.new(secret, f"{header}.{body}".encode(), hashlib.sha256).digest()
        forged = f"{header}.{body}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"
        assert ask_token(forged).json() == {"error": "invalid_client"}


def test_an_assertion_that_somebody_overheard_is_worth_nothing(caller: Caller) -> None:
    signed = assertion()
    assert ask_token(signed).status_code == 200
    for _ in range(2):
        assert ask_token(signed).json() == {"error": "invalid_client"}
    again = assertion(jti="the same")
    assert ask_token(again).status_code == 200
    assert ask_token(assertion(jti="the same")).status_code == 401, "the id counts, not the bytes"


def test_two_callers_may_use_the_same_jti(caller: Caller) -> None:
    registered("other")
    assert [ask_token(assertion(name, jti="1")).status_code for name in ("research-platform", "other")] == [200, 200]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "other"}, "invalid_client"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "lists.check everything"}, "invalid_scope"),
    ],
)
def test_a_request_that_cannot_be_meant_gets_its_word(fields: dict[str, str], word: str, caller: Caller) -> None:
    assert ask_token(assertion(), **fields).json() == {"error": word}


def test_a_caller_gets_no_scope_that_it_was_not_given() -> None:
    registered("lists-only", Scope.LISTS)
    assert ask_token(assertion("lists-only"), scope=Scope.CONSENT_WRITE).json() == {"error": "invalid_scope"}
    assert ask_token(assertion("lists-only")).json()["scope"] == "lists.check"


def test_a_body_that_is_no_form_gets_a_word_too(caller: Caller) -> None:
    from django.test import Client

    for content_type, body in [
        ("application/json", "{}"),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("application/x-www-form-urlencoded", "scope=a&scope=b"),
        ("application/x-www-form-urlencoded", "&".join(f"a{n}=1" for n in range(60))),
        ("application/x-www-form-urlencoded", "a=" + "b" * 70_000),
    ]:
        answer = Client().post("/api/token", body, content_type=content_type)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_a_token_ends_when_its_caller_is_shut_out_or_its_time_is_over(caller: Caller) -> None:
    token = signed_in().token
    assert tokens.found(token, NOW() + timedelta(seconds=299))
    assert tokens.found(token, NOW() + timedelta(seconds=301)) is None
    assert tokens.found("", NOW()) is None
    register_caller.revoke(caller.name, AUDIT, NOW())
    assert tokens.found(token, NOW()) is None
    assert ask_token(assertion()).status_code == 401
    with pytest.raises(UsageFault):
        register_caller.revoke(caller.name, AUDIT, NOW())


def test_a_key_that_is_lost_is_shut_out_with_all_that_it_opened(caller: Caller) -> None:
    token = signed_in().token
    elliptic = json.dumps(key_pair("EC").as_dict(private=False))
    register_caller.add_keys(caller.name, public_keys(elliptic), AUDIT, NOW())
    register_caller.revoke_key(caller.name, "test-RSA", AUDIT, NOW())
    assert tokens.found(token, NOW()) is None
    assert ask_token(assertion()).status_code == 401
    assert ask_token(assertion(key=key_pair("EC"), alg="ES384")).status_code == 200
    with pytest.raises(UsageFault, match="no key"):
        register_caller.revoke_key(caller.name, "test-RSA", AUDIT, NOW())
    with pytest.raises(UsageFault, match="registered before"):
        register_caller.add_keys(caller.name, public_keys(elliptic), AUDIT, NOW())
    another = json.dumps(key_pair("EC", "other").as_dict(private=False))
    with pytest.raises(UsageFault, match="already"):
        register_caller.add_keys(caller.name, public_keys(another), AUDIT, NOW())


def test_a_scope_that_was_taken_back_is_gone_from_tokens_too(caller: Caller) -> None:
    token = signed_in().token
    Caller.objects.update(scopes=[Scope.LISTS])
    found = tokens.found(token, NOW())
    assert found and found.scopes == {Scope.LISTS}


def test_what_has_expired_is_thrown_away(caller: Caller) -> None:
    signed_in()
    tokens.throw_away(NOW())
    assert AccessToken.objects.count() == SpentAssertion.objects.count() == 1
    tokens.throw_away(NOW() + timedelta(seconds=400))
    assert AccessToken.objects.count() == SpentAssertion.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "caller-key"),
        ("{", "caller-key"),
        ("{}", "caller-key"),
        ('{"keys": []}', "caller-key"),
        ('{"kty": "oct", "k": "AA"}', "caller-key"),
        ("-----BEGIN PUBLIC KEY-----\nAA\n", "caller-key"),
        ("[]", "caller-key"),
    ],
)
def test_what_is_no_public_key_is_not_registered(text: str, code: str) -> None:
    with pytest.raises(UnfitData) as error:
        public_keys(text)
    assert error.value.code == code


def test_a_private_or_a_weak_key_is_not_registered() -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weak = RSAKey.generate_key(1024).as_pem(private=False).decode()
    for text, code in [
        (key_pair("RSA").as_pem(private=True).decode(), "caller-key-private"),
        (weak, "caller-key-weak"),
        (ECKey.generate_key("P-256").as_pem(private=False).decode(), "caller-key-weak"),
    ]:
        with warnings.catch_warnings(), pytest.raises(UnfitData) as error:
            warnings.simplefilter("ignore")
            public_keys(text)
        assert error.value.code == code


def test_a_key_without_a_name_gets_its_thumbprint() -> None:
    pem = ECKey.generate_key("P-384").as_pem(private=False).decode()
    [(name, public)] = public_keys(pem)
    assert len(name) == 43
    assert set(public) == {"kty", "crv", "x", "y"}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Capital"},
        {"name": "a" * 61},
        {"name": "a b"},
        {"ods": "r1"},
        {"ods": "RX-1"},
        {"organisation": " "},
        {"asset": "people of 999 000 4935"},
        {"population": 0},
        {"scopes": ()},
    ],
)
def test_a_registration_that_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    said = {
        "name": "a",
        "organisation": "A",
        "ods": "RX9",
        "asset": "B",
        "population": 1,
        "scopes": tuple(Scope),
    } | changes
    with pytest.raises(UsageFault):
        register_caller.add(register_caller.Registration(**said), [], AUDIT, NOW())
    assert not Caller.objects.exists()


def test_a_name_is_given_once(caller: Caller) -> None:
    with pytest.raises(UsageFault, match="already a system with this name"):
        registered()
