"""Keys that a caller publishes itself: only the registered address is asked, and nobody gets in by what lies near it, or behind it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from django.utils import timezone

from ndoo.domain.errors import UsageFault
from ndoo.service.api_clients import key_addresses, register_caller
from ndoo.service.api_clients.key_addresses import (
    KeysUnfitError,
    KeysUnreachableError,
    fetched_keys,
    judge_address,
)
from ndoo.service.api_clients.keys import public_keys
from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.entries import Entry
from ndoo.service.reachable_addresses import read_networks
from tests.support.api_callers import ask_token, assertion, key_pair

HOST = "keys.example.nhs.uk"
URI = f"https://{HOST}/jwks?of=research"


def shown(*keys: Any, **more: Any) -> bytes:
    return json.dumps({"keys": [{**key.as_dict(private=False), **more} for key in keys]}).encode()


@dataclass
class Published:
    """What the caller's own server answers, and how often it was asked."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    slow: threading.Event | None = None


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Published]:
    """A server with a certificate for that name, on this machine, to which the name leads."""
    what = Published()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            what.asked.append(self.path)
            self.send_response(what.status)
            for name, value in what.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(what.body)
            if what.slow:
                what.slow.wait(20)

        def log_message(self, *_: object) -> None:
            pass

    own = ec.generate_private_key(ec.SECP256R1())
    name, at = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(7)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(own, hashes.SHA256())
    )
    (tmp_path / "ca.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = HTTPServer(("127.0.0.1", 0), Handler)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")
    server.socket = secure.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setattr(key_addresses, "PORT", server.server_port)
    monkeypatch.setattr(key_addresses, "_judged_address", lambda host: "127.0.0.1")
    monkeypatch.setattr(key_addresses, "_fetched", {})
    yield what
    if what.slow:
        what.slow.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Moved by hand."""
    at = [1_000_000.0]
    monkeypatch.setattr(key_addresses, "_now", lambda: at[0])
    return at


def registered(name: str = "research-platform", uri: str = URI) -> Caller:
    said = register_caller.Registration(name, "Example Trust", "RX9", "Asset", 1_000, tuple(Scope), jwks_uri=uri)
    return register_caller.add(said, [], Entry("system", "caller.added"), timezone.now())


def status(kind: str = "RSA") -> int:
    key = key_pair(kind)
    return int(ask_token(assertion(key=key, alg="RS512" if kind == "RSA" else "ES384")).status_code)


@pytest.mark.django_db
def test_a_key_that_the_caller_publishes_is_believed_and_a_new_one_is_found(
    published: Published, clock: list[float]
) -> None:
    registered()
    published.body = shown(key_pair("RSA"))
    assert (status(), status(), published.asked) == (200, 200, ["/jwks?of=research"]), "asked once, without a redirect"
    assert status("EC") == 401
    published.body = shown(key_pair("EC"))
    assert (status("EC"), len(published.asked)) == (401, 1), "whoever sends made-up names has nobody asked more often"
    clock[0] += 61
    assert (status("EC"), status(), len(published.asked)) == (200, 401, 2), "one that was taken off is believed no more"


@pytest.mark.django_db
def test_while_the_address_is_silent_its_keys_are_believed_for_an_hour(
    published: Published, clock: list[float]
) -> None:
    registered()
    published.body = shown(key_pair("RSA"))
    assert status() == 200
    published.status = 503
    clock[0] += 3_599
    assert (status(), len(published.asked)) == (200, 2)
    clock[0] += 2
    assert status() == 401


@pytest.mark.django_db
@pytest.mark.parametrize("unfit", ["private", "twice"])
def test_of_a_set_that_may_not_be_believed_no_key_goes_on_to_be(
    unfit: str, published: Published, clock: list[float]
) -> None:
    """What was fetched before stood for another hour, while anybody could sign with the key that was laid open."""
    registered()
    published.body = shown(key_pair("RSA"))
    [(key_id, _)] = public_keys(json.dumps(key_pair("RSA").as_dict(private=False)))
    key_addresses.refresh("research-platform", key_id)
    assert key_addresses.published_key("research-platform", key_id)
    private = json.dumps({"keys": [key_pair("RSA").as_dict(private=True)]}).encode()
    published.body = private if unfit == "private" else shown(key_pair("RSA"), key_pair("RSA"))
    clock[0] += key_addresses.JWKS_FRESH_SECONDS + 1
    key_addresses.refresh("research-platform", key_id)
    assert key_addresses.published_key("research-platform", key_id) is None


@pytest.mark.django_db
def test_a_set_inside_a_key_is_passed_over(published: Published, clock: list[float]) -> None:
    registered()
    both = [key_pair("RSA").as_dict(private=False)] * 2
    published.body = json.dumps({"keys": [{"keys": both}, both[0]]}).encode()
    [(key_id, _)] = public_keys(json.dumps(both[0]))
    key_addresses.refresh("research-platform", key_id)
    assert key_addresses.published_key("research-platform", key_id)


@pytest.mark.django_db
def test_a_key_that_was_revoked_here_does_not_come_back_by_its_address(
    published: Published, clock: list[float]
) -> None:
    registered()
    published.body = shown(key_pair("RSA"))
    keys = public_keys(json.dumps(key_pair("RSA").as_dict(private=False)))
    register_caller.add_keys("research-platform", keys, Entry("system", "caller.key_added"), timezone.now())
    register_caller.revoke_key("research-platform", keys[0][0], Entry("system", "caller.key_revoked"), timezone.now())
    assert status() == 401


@pytest.mark.django_db
def test_an_address_that_is_taken_away_ends_keys_and_tokens(published: Published, clock: list[float]) -> None:
    caller = registered()
    published.body = shown(key_pair("RSA"))
    token = ask_token(assertion()).json()["access_token"]
    from ndoo.service.api_clients import tokens

    assert tokens.found(token, timezone.now())
    register_caller.set_address(caller.name, "", Entry("system", "caller.key_address_removed"), timezone.now())
    assert tokens.found(token, timezone.now()) is None
    assert status() == 401


@pytest.mark.django_db
def test_nobody_waits_for_a_stranger_s_server_while_the_register_is_held(
    published: Published, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The register has one writer: an address that does not answer once stopped every other one."""
    registered()
    outer = len(connection.savepoint_ids)
    seen = []

    def fetched(uri: str) -> dict[str, Any]:
        seen.append(len(connection.savepoint_ids))
        raise KeysUnreachableError

    monkeypatch.setattr(key_addresses, "fetched_keys", fetched)
    assert status() == 401
    assert seen == [outer]


@pytest.mark.django_db
def test_an_assertion_names_no_address(published: Published) -> None:
    registered()
    signed = assertion(header={"jku": f"https://{HOST}/mine", "x5u": f"https://{HOST}/mine"})
    ask_token(signed)
    assert published.asked == ["/jwks?of=research"]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (302, b"", {"Location": f"https://{HOST}/elsewhere"}),
        (200, b"x" * 70_000, {}),
        (200, b"<html>", {}),
        (200, b"[]", {}),
        (200, b'{"keys": 1}', {}),
        (200, b'{"keys": ' + b"[" * 30_000, {}),
        (200, json.dumps({"keys": [{}] * 21}).encode(), {}),
        (404, b'{"keys": []}', {}),
        (200, shown(key_pair("RSA"), key_pair("RSA")), {}),
        (200, json.dumps({"keys": [key_pair("RSA").as_dict(private=True)]}).encode(), {}),
    ],
    ids=["redirect", "long", "html", "list", "no-list", "deep", "many", "none", "two-of-a-name", "private"],
)
def test_what_is_no_set_of_public_keys_is_believed_in_nothing(
    status: int, body: bytes, headers: dict[str, str], published: Published
) -> None:
    published.status, published.body, published.headers = status, body, headers
    with pytest.raises((KeysUnreachableError, KeysUnfitError)):
        fetched_keys(URI)
    assert len(published.asked) == 1


def test_a_key_for_something_else_is_left_out(published: Published) -> None:
    weak = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "weak"}
    said = json.loads(shown(key_pair("RSA")))["keys"]
    published.body = json.dumps({"keys": [*said, weak, {**said[0], "use": "enc", "kid": "other"}, 5]}).encode()
    assert list(fetched_keys(URI)) == ["test-RSA"]


def test_a_server_that_sends_slowly_is_left(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    published.body, published.slow = b'{"keys": []', threading.Event()
    monkeypatch.setattr(key_addresses, "_WAIT", 0.3)
    with pytest.raises(KeysUnreachableError):
        fetched_keys(URI)


def test_another_s_certificate_is_not_believed(published: Published) -> None:
    published.body = shown(key_pair("RSA"))
    with pytest.raises(KeysUnreachableError):
        fetched_keys("https://other.example.nhs.uk/jwks")
    assert published.asked == []


def leads_to(*addresses: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(None, None, None, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(key_addresses.socket, "getaddrinfo", lambda *_, **__: found)


def test_a_name_is_followed_only_where_all_that_it_leads_to_may_be_asked(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    leads_to("51.140.1.1", "2a00:1450::1", monkeypatch=monkeypatch)
    assert key_addresses._judged_address(HOST) == "51.140.1.1"
    for beside in ("10.1.2.3", "127.0.0.1", "169.254.169.254"):
        leads_to("51.140.1.1", beside, monkeypatch=monkeypatch)
        with pytest.raises(KeysUnreachableError):
            key_addresses._judged_address(HOST)
    settings.NDOO = replace(settings.NDOO, key_networks=read_networks("10.1.0.0/16"))
    leads_to("10.1.2.3", monkeypatch=monkeypatch)
    assert key_addresses._judged_address(HOST) == "10.1.2.3"


@pytest.mark.parametrize("fault", [OSError("no such name"), UnicodeError("label too long")])
def test_a_name_that_leads_nowhere_is_unreachable(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_addresses.socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(fault))
    with pytest.raises(KeysUnreachableError):
        fetched_keys(URI)


def test_a_look_up_that_does_not_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the caller's name server could hold a thread of the service for as long as the system waits."""
    ends = threading.Event()
    connected: list[str] = []

    def slowly(*_: object, **__: object) -> list[Any]:
        ends.wait(20)
        return [(None, None, None, "", ("51.140.1.1", 443))]

    def connect(to: tuple[str, int], *_: object) -> None:
        connected.append(to[0])
        raise OSError

    monkeypatch.setattr(key_addresses.socket, "getaddrinfo", slowly)
    monkeypatch.setattr(key_addresses.socket, "create_connection", connect)
    monkeypatch.setattr(key_addresses, "_WAIT", 0.2)
    with pytest.raises(KeysUnreachableError):
        fetched_keys(URI)
    ends.set()
    assert connected == [], "nobody waited for what came in the end"


@pytest.mark.django_db
def test_what_was_judged_is_what_is_connected_to(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere the next time (DNS rebinding) is looked up once."""
    monkeypatch.undo()
    answers = iter([["51.140.1.1"], ["127.0.0.1"]])
    asked: list[str] = []
    monkeypatch.setattr(key_addresses, "_looked_up", lambda host: next(answers))
    monkeypatch.setattr(key_addresses.socket, "create_connection", lambda to, *_: asked.append(to[0]))
    with pytest.raises((KeysUnreachableError, AttributeError)):
        fetched_keys(URI)
    assert asked == ["51.140.1.1"] and next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize(
    "uri",
    [
        "http://keys.example.nhs.uk/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://keys.example.nhs.uk:8443/",
        "https://me:secret@keys.example.nhs.uk/",
        "https://keys.example.nhs.uk/#a",
        "https://keys.example.nhs.uk/a b",
        "https://keys.example.nhs.uk/\r\nHost: x",
        "https://KEYS.example.nhs.uk/",
        "https://keys.example.nhs.uk./",
        "https://kéys.example.nhs.uk/",
        "https://[/",
        "keys.example.nhs.uk",
        "https://keys.example.nhs.uk/" + "a" * 300,
    ],
)
def test_an_address_that_nobody_should_ask_is_not_registered(uri: str) -> None:
    with pytest.raises(UsageFault, match="https://"):
        judge_address(uri)


@pytest.mark.django_db
def test_two_systems_do_not_share_an_address() -> None:
    registered()
    with pytest.raises(UsageFault):
        registered("another-system")
    registered("another-system", f"https://{HOST}/other")
    with pytest.raises(UsageFault, match="Another system publishes"):
        register_caller.set_address("another-system", URI, Entry("system", "x.y"), timezone.now())


@pytest.mark.django_db
def test_the_address_of_a_system_that_was_shut_out_may_be_another_s() -> None:
    """It was taken for good, so that an organisation could not come back under another name as the page says."""
    registered()
    register_caller.revoke("research-platform", Entry("system", "caller.revoked"), timezone.now())
    registered("research-platform-2")
    assert Caller.objects.filter(jwks_uri=URI).count() == 2, "and whose it was can still be seen"
    with pytest.raises(UsageFault):
        registered("research-platform-3")
