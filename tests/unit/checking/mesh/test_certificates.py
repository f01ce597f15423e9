"""A certificate that has run out, or that MESH does not accept, is named as what it is."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from ndoo.checking.mesh import certificates
from ndoo.checking.mesh.certificates import judge_certificates, refuses_certificate
from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.message import AtFault, UnreachableError
from ndoo.checking.mesh.profile import Profile
from ndoo.domain.errors import NotPermitted, UsageFault
from tests.mesh.sandbox import make_certificates

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


def profile(made: Path, port: int = 1, *, cert: bool = True, scheme: str = "https") -> Profile:
    own = (made / "client.pem", made / "client.key") if cert else (None, None)
    return Profile("live", f"{scheme}://127.0.0.1:{port}", "A", "w", "k", "W", 1.0, None, made / "ca.pem", *own)


def test_a_certificate_that_ran_out_is_said_before_anything_is_asked(made: Path) -> None:
    judge_certificates(profile(made), NOW)
    judge_certificates(profile(made, cert=False), NOW)
    for when in (NOW + timedelta(days=2), NOW - timedelta(days=2)):
        with pytest.raises(NotPermitted, match="'live' is valid from") as error:
            judge_certificates(profile(made), when)
        assert error.value.code == "mesh-certificate-expired"


def test_a_key_of_another_certificate_cannot_be_used(made: Path) -> None:
    mixed = Profile("live", "https://x", "A", "w", "k", "W", 1.0, None, None, made / "client.pem", made / "server.key")
    with pytest.raises(UsageFault):
        judge_certificates(mixed, NOW)


@contextmanager
def serving(made: Path, then: Callable[[ssl.SSLSocket], object], *, ask: bool = False) -> Iterator[int]:
    """A server that does this with each connection that stands."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made / "server.pem", made / "server.key")
    if ask:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(made / "ca.pem")
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as secure:
                    then(secure)
            except OSError:
                plain.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def waits(secure: ssl.SSLSocket) -> None:
    secure.recv(1)


def test_a_server_that_hangs_up_refuses_and_one_that_waits_does_not(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "_SILENT_SECONDS", 0.2)
    with serving(made, lambda _: None) as port:
        assert refuses_certificate(profile(made, port))
    with serving(made, waits) as port:
        assert not refuses_certificate(profile(made, port))
        assert not refuses_certificate(profile(made, port, cert=False))
    with serving(made, waits, ask=True) as port:
        assert refuses_certificate(profile(made, port, cert=False)), "by an alert"
    assert not refuses_certificate(profile(made, 1)), "nobody is there"
    assert not refuses_certificate(profile(made, 1, scheme="http"))


def test_an_older_protocol_refuses_while_the_connection_is_made(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(reason: str) -> Callable[..., object]:
        def connect(*_: object, **__: object) -> object:
            error = ssl.SSLError(1, "x")
            error.reason = reason
            raise error

        return connect

    for reason, refuses in (("TLSV1_ALERT_UNKNOWN_CA", True), ("WRONG_VERSION_NUMBER", False)):
        monkeypatch.setattr(socket, "create_connection", refusing(reason))
        assert refuses_certificate(profile(made)) is refuses


@pytest.mark.parametrize(
    ("refuses", "error", "fault", "words"),
    [
        (True, requests.ConnectionError("x"), AtFault.CERTIFICATE, "does not accept this client certificate"),
        (False, requests.ConnectionError("x"), AtFault.WAY, "no connection to MESH"),
        (True, requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), AtFault.WAY, "is not trusted"),
    ],
)
def test_what_a_dropped_connection_means_is_said(
    refuses: bool, error: Exception, fault: AtFault, words: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ndoo.checking.mesh.client.refuses_certificate", lambda _: refuses)
    with NetworkMailbox(profile(made)) as mailbox:
        monkeypatch.setattr(mailbox._client._session, "post", lambda *_, **__: (_ for _ in ()).throw(error))
        with pytest.raises(UnreachableError, match=words) as raised:
            mailbox.handshake()
        assert raised.value.fault is fault
