"""Every route asks for its own scope, whatever else a token holds; nothing that is sent breaks the server; and its
documentation comes from here alone."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.service.api_clients import register_caller
from ndoo.service.api_clients.models import AccessToken
from ndoo.service.api_clients.scopes import OF_TOKENS, Scope
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.models import Choice
from tests.support.api_callers import System, chooses, people, registered, signed_in, system

pytestmark = pytest.mark.django_db

OPEN = {
    ("post", "/api/token"): "here a token is got",
    ("get", "/api/fhir/R4/metadata"): "says what the server can do, and nothing of anybody",
    ("get", "/api/fhir/STU3/metadata"): "the same",
}
"""Routes that anybody may use, with the reason."""


def description() -> dict[str, Any]:
    found: dict[str, Any] = Client().get("/api/openapi.json").json()
    return found


def routes() -> Iterator[tuple[str, str, str | None]]:
    """Method, path and needed scope of every route that the API describes."""
    from ndoo.service.urls import API

    for path, methods in json.loads(json.dumps(API.get_openapi_schema(), default=str))["paths"].items():
        for method, operation in methods.items():
            security = operation.get("security")
            yield method, path, security[0]["Bearer"][0] if security else None


def ask(client: Any, method: str, path: str) -> Any:
    address = re.sub(r"\{[a-z_]+\}", str(uuid.uuid4()), path.replace("{version}", "1"))
    kind = "application/x-www-form-urlencoded" if path.endswith(("_search", "token")) else "application/json"
    return getattr(client, method)(address, **({} if method == "get" else {"data": "{}", "content_type": kind}))


def test_every_route_needs_a_scope_or_has_a_reason_not_to() -> None:
    every = list(routes())
    assert len(every) >= 19
    assert {(method, path) for method, path, scope in every if scope is None} == set(OPEN)


def test_a_token_opens_the_routes_of_its_scopes_and_no_others() -> None:
    chooses(people(1)[0], Choice.ALLOW)
    tokens: dict[Scope | None, System] = {scope: system(f"caller-{at}", scope) for at, scope in enumerate(OF_TOKENS)}
    for method, path, needed in routes():
        if needed is None:
            continue
        for scope, caller in tokens.items():
            status = ask(caller, method, path).status_code
            assert (status == 403) is (scope != needed), (method, path, scope, status)
            assert status not in (401, 500)


@pytest.mark.parametrize("how", ["none", "empty", "made up", "another kind", "expired", "revoked", "odd"])
def test_without_a_token_that_stands_nothing_is_answered(how: str) -> None:
    registered()
    token = signed_in().token
    headers = {
        "none": {},
        "empty": {"Authorization": "Bearer "},
        "made up": {"Authorization": "Bearer abc"},
        "another kind": {"Authorization": f"Basic {token}"},
        "odd": {"Authorization": "Bearer é\udc80".encode("utf-8", "ignore").decode("latin-1")},
    }.get(how, {"Authorization": f"Bearer {token}"})
    if how == "expired":
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    if how == "revoked":
        register_caller.revoke("research-platform", Entry("system", "caller.revoked"), timezone.now())
    client = Client(headers=headers)
    answers = {ask(client, method, path) for method, path, needed in routes() if needed}
    assert {(answer.status_code, answer["WWW-Authenticate"]) for answer in answers} == {(401, "Bearer")}
    assert len({answer.content for answer in answers}) == 2, "the same words everywhere: problem details, and FHIR's"


def test_the_description_is_sent_again_only_where_it_changed() -> None:
    version = Client().get("/api/openapi.json")["ETag"]
    assert Client().get("/api/openapi.json", headers={"If-None-Match": version}).status_code == 304
    both = {"If-None-Match": version, "If-Match": '"x"'}
    assert Client().get("/api/openapi.json", headers=both).status_code == 200
    assert Client().get("/api/openapi.json", headers={"If-None-Match": '"x"'}).json()["openapi"]


def test_an_address_that_there_is_not_is_told_as_a_problem() -> None:
    for path, kind in (("/api/nothing", "application/problem+json"), ("/api/fhir/R4/Patient", "application/fhir+json")):
        answer = Client().get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, kind)


def test_a_fault_tells_nothing_of_what_was_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caller, number = system(), people(1)[0]

    def broken(*_: object) -> None:
        raise RuntimeError(number)

    monkeypatch.setattr("ndoo.service.list_checks.list_routes.ready", broken)
    answer = caller.check([number])
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert number not in caplog.text + answer.content.decode()


def test_the_documentation_comes_from_here_alone() -> None:
    answer = Client().get("/api/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for method, path, scope in routes():
        assert path in page and (scope is None or scope in page), (method, path)
    assert not re.search(r'(src|href)="(https?:)?//(?!www\.nhs\.uk|digital\.nhs\.uk)', page)
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* (src|nonce)=)|\sstyle=|\son[a-z]+=", page)


def test_the_description_is_openapi() -> None:
    said = description()
    assert said["openapi"].startswith("3.1")
    flow = said["components"]["securitySchemes"]["Bearer"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "/api/token"
    assert set(flow["scopes"]) == {scope.value for scope in OF_TOKENS}


@pytest.mark.parametrize("examples", [5, pytest.param(300, marks=pytest.mark.soak)])
def test_nothing_that_is_sent_breaks_the_server(examples: int) -> None:
    """schemathesis makes calls from the description, well-formed and not; none may end in a fault."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import hypothesis
        import schemathesis
        from schemathesis.checks import not_a_server_error

        from ndoo.service.wsgi import application

        chooses(people(1)[0], Choice.ALLOW)
        caller = system()
        schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application, headers={"Host": "localhost"})
        calls = 0
        for operation in schema.get_all_operations():
            case_of = operation.ok().as_strategy()

            @hypothesis.settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(hypothesis.HealthCheck),
            )
            @hypothesis.given(case=case_of)
            def one(case: Any) -> None:
                nonlocal calls
                calls += 1
                answer = case.call(headers={"Authorization": f"Bearer {caller.token}", "Host": "localhost"})
                case.validate_response(answer, checks=(not_a_server_error,), excluded_checks=())

            one()
    assert calls >= 19
