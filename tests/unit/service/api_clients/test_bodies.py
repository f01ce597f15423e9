"""A body in chunks or packed is read whole or refused, never as an empty one; and no bytes whatever break the server."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory

from ndoo.service.choices.models import Choice
from tests.support.api_callers import System, ask_token, assertion, chooses, known, people, registered, system

pytestmark = pytest.mark.django_db

PEOPLE = people(40, 21)
LINES = "".join(f"{number},\n" for number in PEOPLE).encode()


@pytest.fixture
def caller() -> System:
    known(PEOPLE)
    chooses(PEOPLE[0], Choice.OPT_OUT)
    return system()


def raw(caller: System, sent: Any, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    """As a web server that hands bodies on as they come: in chunks, without a length."""
    made = (
        RequestFactory()
        .post("/api/lists", b"", content_type="text/plain", headers={"Authorization": f"Bearer {caller.token}"})
        .environ
    )
    made.pop("CONTENT_LENGTH", None)
    made |= {
        "CONTENT_TYPE": "text/plain",
        "wsgi.input": sent,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        **environ,
    }
    seen: list[Any] = []
    body = b"".join(WSGIHandler()(made, lambda status, headers, *_: seen.extend((int(status[:3]), dict(headers)))))
    return seen[0], seen[1], body


def naive(request: Any) -> bytes:
    """Django reads as many bytes as the length says, and there is none."""
    return bytes(request.read())


def test_a_body_in_chunks_is_not_taken_for_an_empty_one(caller: System) -> None:
    request = RequestFactory().post(
        "/api/lists", LINES, content_type="text/plain", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )
    assert naive(request) == b""
    status, _, body = raw(caller, io.BytesIO(LINES))
    assert (status, json.loads(body)["requested"], json.loads(body)["withheld"]) == (200, 40, 1)
    status, _, body = raw(caller, io.BytesIO(gzip.compress(LINES)), HTTP_CONTENT_ENCODING="gzip")
    assert (status, json.loads(body)["requested"]) == (200, 40)


def test_a_body_whose_end_nobody_can_tell_is_refused(caller: System) -> None:
    status, headers, body = raw(caller, io.BytesIO(LINES), **{"wsgi.input_terminated": False})
    assert (status, headers["Content-Type"], json.loads(body)["code"]) == (
        411,
        "application/problem+json",
        "body-length",
    )


class Broken(io.BytesIO):
    def read(self, *_: Any) -> bytes:
        raise OSError("the connection broke")


def test_chunks_that_break_off_are_no_list(caller: System) -> None:
    status, _, body = raw(caller, Broken())
    assert (status, json.loads(body)["code"]) == (400, "body-broken")


@pytest.mark.parametrize(
    ("sent", "encoding", "status", "code"),
    [
        (gzip.compress(LINES), "gzip", 200, None),
        (gzip.compress(LINES), "x-gzip", 200, None),
        (LINES, "identity", 200, None),
        (gzip.compress(LINES)[:-20], "gzip", 400, "body-broken"),
        (LINES, "gzip", 400, "body-broken"),
        (b"", "gzip", 400, "body-broken"),
        (gzip.compress(LINES) + LINES, "gzip", 400, "body-broken"),
        (LINES, "br", 415, "body-packed"),
        (LINES, "gzip, gzip", 415, "body-packed"),
        (gzip.compress(bytes(1 << 27)), "gzip", 413, "body-too-large"),
    ],
    ids=range(10),
)
def test_a_packed_list_is_checked_whole_or_refused(
    sent: bytes, encoding: str, status: int, code: str | None, caller: System
) -> None:
    answer = caller.post("/api/lists", sent, content_type="text/plain", headers={"Content-Encoding": encoding})
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    if code is None:
        assert answer.json()["requested"] == 40
    assert answer.headers.get("Accept-Encoding") == ("gzip" if status == 415 else None)


def part(said: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


@pytest.mark.parametrize("odd", ["\ud800", "\x00", "é\x7f", ["a"], None, 5, "x" * 3_000])
def test_a_name_that_no_database_can_look_for_proves_nobody(odd: Any) -> None:
    registered()
    for header, claims in (({"kid": odd}, {"iss": "a"}), ({"kid": "k"}, {"iss": odd}), ({"kid": odd}, {"iss": odd})):
        answer = ask_token(f"{part({'alg': 'RS512', **header})}.{part(claims)}.x")
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    if isinstance(odd, str) and odd.isascii():
        assert ask_token(assertion(jti=odd)).status_code in (200, 401)


@pytest.mark.parametrize(
    "text", [r'{"nhs_numbers": ["\ud800"]}', r'{"nhs_numbers": ["\u0000"]}', r'{"\udfff": 1}', r'["\u0000a"]']
)
def test_half_a_character_and_nul_are_no_text(text: str, caller: System) -> None:
    for path in ("/api/lists", "/api/governance/findings", "/api/fhir/R4/Consent"):
        answer = caller.post(path, text, content_type="application/json")
        assert 400 <= answer.status_code < 500
    whole = rf'{{"nhs_numbers": ["{PEOPLE[1]}", "\u0041", "\\u0000"]}}'
    assert caller.post("/api/lists", whole, content_type="application/json").status_code < 500


# -- methods ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/lists", "OPTIONS, POST"),
        ("/api/token", "OPTIONS, POST"),
        ("/api/fhir/R4/metadata", "GET, HEAD, OPTIONS"),
        ("/api/fhir/STU3/Consent", "GET, HEAD, OPTIONS, POST"),
        ("/api/governance/flows/x", "DELETE, GET, HEAD, OPTIONS, PUT"),
    ],
)
def test_a_method_that_is_not_served_is_told_as_a_problem(path: str, allow: str) -> None:
    fhir = "fhir" in path
    answer = Client().patch(path)
    assert (answer.status_code, answer["Allow"]) == (405, allow)
    assert answer["Content-Type"] == ("application/fhir+json" if fhir else "application/problem+json")
    said = answer.json()
    assert (
        said["resourceType"] == "OperationOutcome"
        if fhir
        else (said["status"], said["code"]) == (405, "method-not-allowed")
    )
    options = Client().options(path)
    assert (options.status_code, options["Allow"], options.content) == (204, allow, b"")


def test_head_is_get_without_its_body(caller: System) -> None:
    for client, path in (
        (Client(), "/api/fhir/R4/metadata"),
        (caller, "/api/governance/assets"),
        (Client(), "/api/lists"),
        (caller, "/api/lists/x"),
    ):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head["Content-Type"], head.content) == (got.status_code, got["Content-Type"], b"")
        assert int(head["Content-Length"]) == len(got.content)
    assert Client().head("/health").status_code == 200, "pages are as they were"


@pytest.mark.parametrize(
    "path", ["/api/governance/assets/%00", "/api/governance/assets?after=%00", "/api/%00", "/api/%ff"]
)
def test_an_address_that_no_database_can_look_for_is_none(path: str, caller: System) -> None:
    for method in ("get", "head", "put", "delete", "options"):
        assert getattr(caller, method)(path).status_code in (400, 404)


def test_a_form_in_chunks_is_a_form() -> None:
    registered()
    said = urlencode({"grant_type": "password"}).encode()
    made = RequestFactory().post("/api/token", b"", content_type="application/x-www-form-urlencoded").environ
    made.pop("CONTENT_LENGTH", None)
    made |= {
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "wsgi.input": io.BytesIO(said),
        "HTTP_TRANSFER_ENCODING": "Chunked",
        "wsgi.input_terminated": True,
    }
    body = b"".join(WSGIHandler()(made, lambda *_: None))
    assert json.loads(body) == {"error": "unsupported_grant_type"}
