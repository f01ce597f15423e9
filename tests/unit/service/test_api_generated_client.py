"""A client that a machine makes from the description of the API gets typed answers and typed refusals."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from ndoo.service.api_clients.assertions import KIND
from ndoo.service.choices.models import Choice
from ndoo.service.list_checks.fhir import r4
from tests.support.api_callers import System, assertion, chooses, known, people, registered, system

pytestmark = pytest.mark.django_db
PEOPLE = people(12, 31)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The client, made from the description as anybody gets it."""
    made = tmp_path_factory.mktemp("generated")
    (made / "openapi.json").write_bytes(Client().get("/api/openapi.json").content)
    (made / "config.yml").write_text(
        "post_hooks: []\ncontent_type_overrides: {text/csv: application/octet-stream, text/plain: application/octet-stream}\n"
    )
    command = [
        "generate",
        "--path",
        "openapi.json",
        "--output-path",
        "ndoo_client",
        "--meta",
        "none",
        "--config",
        "config.yml",
        "--fail-on-warning",
    ]
    done = subprocess.run(
        [Path(sys.executable).with_name("openapi-python-client"), *command],
        cwd=made,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(made))
    yield made
    sys.path.remove(str(made))


def module(name: str) -> ModuleType:
    return importlib.import_module(f"ndoo_client.{name}")


def client(token: str = "") -> Any:
    transport = httpx.WSGITransport(app=WSGIHandler())
    more = {"base_url": "http://testserver", "httpx_args": {"transport": transport}, "raise_on_unexpected_status": True}
    made = module("client")
    return made.AuthenticatedClient(token=token, **more) if token else made.Client(**more)


@pytest.fixture
def caller(folder: Path) -> System:
    known(PEOPLE)
    chooses(PEOPLE[0], Choice.OPT_OUT)
    return system()


def test_a_token_and_a_refused_one_are_told_apart_by_their_types(folder: Path) -> None:
    registered()
    body = module("models").TokenBody
    for signed, kind in ((assertion(), "Token"), (assertion(aud="elsewhere"), "TokenRefusal")):
        said = body.from_dict(
            {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": signed}
        )
        answer = module("api.tokens.token").sync(client=client(), body=said)
        assert type(answer).__name__ == kind
        assert answer.to_dict().get("error") == ("invalid_client" if kind == "TokenRefusal" else None)


def test_a_list_is_checked_and_a_refusal_is_typed(caller: System) -> None:
    check, body = module("api.lists.post_list").sync_detailed, module("models").PostListJsonBody
    answer = check(client=client(caller.token), body=body.from_dict({"nhs_numbers": PEOPLE}))
    assert (answer.status_code, answer.parsed.withheld, len(answer.parsed.cleaned_list)) == (200, 1, 11)
    for token, numbers, status, code in ((caller.token, ["x"], 422, "list-nobody"), ("none", PEOPLE, 401, "no-token")):
        refused = check(client=client(token), body=body.from_dict({"nhs_numbers": numbers}))
        assert (refused.status_code, type(refused.parsed).__name__, refused.parsed.code) == (
            status,
            "ProblemDetails",
            code,
        )
        assert refused.parsed.type_ == f"urn:ndoo:problem:{code}"


def test_a_consent_and_a_refused_one_are_told_apart(caller: System) -> None:
    create, body = module("api.consent_fhir_r4.fhir_r4_create").sync_detailed, module("models").FhirResource
    consent = {
        "resourceType": "Consent",
        "status": "active",
        "scope": r4.SCOPE,
        "category": r4.CATEGORY,
        "policy": [{"uri": r4.POLICY}],
        "patient": {"identifier": {"system": r4.IDENTIFIER, "value": PEOPLE[1]}},
        "provision": {"type": "deny"},
    }
    refused = create(client=client(caller.token), body=body.from_dict({**consent, "implicitRules": "x"}))
    assert (refused.status_code, type(refused.parsed).__name__) == (422, "OperationOutcome")
    assert refused.parsed.issue[0].expression == ["Consent.implicitRules"]
    made = create(client=client(caller.token), body=body.from_dict(consent))
    assert (made.status_code, made.parsed.to_dict()["provision"]["type"]) == (201, "deny")


def test_no_two_shapes_have_one_name() -> None:
    """Of two, a generated client has the last, and cannot read the other."""
    from ndoo.service.urls import API

    said = json.loads(json.dumps(API.get_openapi_schema(), default=str))
    operations = [operation for methods in said["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) and all(name.replace("-", "_").isidentifier() for name in names)
    assert set(said["components"]["schemas"]["TokenRefusal"]["properties"]) == {"error"}
    for operation in operations:
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                [kind] = response["content"]
                assert kind.endswith("+json") or operation["operationId"] == "token", (operation["operationId"], status)
