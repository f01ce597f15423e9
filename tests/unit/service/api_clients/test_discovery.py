"""A client that knows the service's address alone finds where tokens are got, how it signs, and what it may ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from ndoo.service.api_clients.scopes import OF_TOKENS, Scope
from tests.support.api_callers import TOKEN, assertion, registered

pytestmark = pytest.mark.django_db

SERVER = "/.well-known/oauth-authorization-server"
SMART = "/api/fhir/{}/.well-known/smart-configuration"


def test_a_token_is_got_with_what_was_found_out_alone() -> None:
    registered()
    found = Client().get(SERVER).json()
    assert found["issuer"] == "http://testserver" and found["token_endpoint"] == TOKEN
    for alg in (one for one in found["token_endpoint_auth_signing_alg_values_supported"] if one.startswith("RS")):
        body = {
            "grant_type": found["grant_types_supported"][0],
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion(alg=alg, aud=found["token_endpoint"]),
            "scope": " ".join(found["scopes_supported"]),
        }
        kind = "application/x-www-form-urlencoded"
        answer = Client().post(urlsplit(found["token_endpoint"]).path, urlencode(body), content_type=kind)
        assert (answer.status_code, answer.json()["scope"].split()) == (200, list(OF_TOKENS))


@pytest.mark.parametrize("release", ["R4", "STU3"])
def test_a_fhir_client_finds_it_below_its_own_address(release: str) -> None:
    found = Client().get(SMART.format(release)).json()
    assert found["token_endpoint"] == TOKEN
    assert found["scopes_supported"] == [Scope.CONSENT_READ, Scope.CONSENT_WRITE]
    assert "client-confidential-asymmetric" in found["capabilities"]


def test_nobody_who_names_another_host_leads_a_client_there(settings: Any) -> None:
    settings.NDOO = replace(settings.NDOO, public_address="https://choices.example")
    found = Client().get(SERVER).json()
    assert found["token_endpoint"] == "https://choices.example/api/token"
    assert found["issuer"] == "https://choices.example"
    assert Client().post(SERVER).status_code == 405
