"""A slow client holds up nobody, a large body comes from staff only, and what was asked is answered before the end."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from ndoo.service import web
from tests.support.service_settings import SESSION_COOKIE_NAME

Environ = dict[str, Any]
GATE = Event()


def echo(environ: Environ, start: Any) -> Iterable[bytes]:
    """What arrived; `/slow` waits until it may answer."""
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        GATE.wait(30)
    start("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ.get('CONTENT_LENGTH', '')} announced, {len(body)} read".encode()]


class Running:
    """A server in a thread of its own, and connections to it."""

    def __init__(self) -> None:
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen()
        self.at = self.listening.getsockname()
        self.server = web.server_on(self.listening, echo)
        self.thread = Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def sending(self, said: bytes) -> socket.socket:
        connection = socket.create_connection(self.at, timeout=20)
        connection.sendall(said)
        return connection

    def answered(self, said: bytes) -> str:
        with self.sending(said) as connection:
            return everything(connection)


def everything(connection: socket.socket) -> str:
    """What comes until the other side ends."""
    said = b""
    while piece := connection.recv(1 << 16):
        said += piece
    return said.decode()


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr("tempfile.tempdir", None)
    GATE.clear()
    started = Running()
    yield started
    GATE.set()
    if started.thread.is_alive():
        started.server.stop()
    started.thread.join(30)
    assert not started.thread.is_alive()


def asked(path: str, *headers: str, body: bytes = b"") -> bytes:
    told = "".join(f"{header}\r\n" for header in ("Host: here", "Connection: close", *headers))
    return f"{'POST' if body or headers else 'GET'} {path} HTTP/1.1\r\n{told}\r\n".encode() + body


def test_slow_clients_hold_up_nobody(running: Running) -> None:
    """Nine of them once froze every page: each took a thread while it sent its request."""
    headers = [running.sending(b"GET / HTTP/1.1\r\nHo") for _ in range(30)]
    bodies = [running.sending(asked("/", "Content-Length: 1000", body=b"x")) for _ in range(30)]
    assert "0 read" in running.answered(asked("/"))
    for connection in (*headers, *bodies):
        connection.close()


def test_a_body_in_chunks_is_read_whole(running: Running) -> None:
    chunks = b"4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n"
    assert "7 announced, 7 read" in running.answered(asked("/", "Transfer-Encoding: chunked", body=chunks))


@pytest.mark.parametrize("headers", [("Content-Length: 99999999999",), ("Transfer-Encoding: chunked",)])
def test_nobody_sends_more_than_a_form(
    headers: tuple[str, ...], running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "LARGEST_FORM", 1000)
    body = b"1388\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n" if "chunked" in headers[0] else b"x"
    assert running.answered(asked("/checks", *headers, body=body)).startswith("HTTP/1.1 413")
    if "chunked" in headers[0]:
        assert running.answered(asked(web.UPLOADS, *headers, body=body)).startswith("HTTP/1.1 413")


@pytest.mark.django_db(transaction=True)
def test_an_upload_is_read_from_staff_only(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST_FORM", 1000)
    session = SessionStore()
    session[SESSION_KEY] = "1"
    session.save()
    body = b"x" * 5000
    length = f"Content-Length: {len(body)}"

    def uploaded(cookie: str, path: str = web.UPLOADS) -> str:
        return running.answered(asked(path, length, f"Cookie: {cookie}", body=body))

    assert "5000 announced, 5000 read" in uploaded(f"{SESSION_COOKIE_NAME}={session.session_key}")
    for cookie in (f"{SESSION_COOKIE_NAME}=guessed", f"other={session.session_key}", "", "a b=c; =; session"):
        assert "5000 announced, 0 read" in uploaded(cookie), "the page says why"
    assert "413" in uploaded(f"{SESSION_COOKIE_NAME}={session.session_key}", "/staff/jobs")


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_says_it_is_too_large_is_not_read(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    session = SessionStore()
    session[SESSION_KEY] = "1"
    session.save()
    cookie = f"Cookie: {SESSION_COOKIE_NAME}={session.session_key}"
    said = running.answered(asked(web.UPLOADS, f"Content-Length: {10**13}", cookie, body=b"x"))
    assert f"{10**13} announced, 0 read" in said


@pytest.mark.django_db(transaction=True)
def test_what_is_left_unread_is_no_request_of_its_own(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy that shares connections, it would be answered to somebody else."""
    monkeypatch.setattr(web, "LARGEST_FORM", 10)
    hidden = asked("/hidden")
    said = running.answered(asked(web.UPLOADS, f"Content-Length: {len(hidden)}", body=hidden))
    assert said.count("HTTP/1.1") == 1
    parser = web.Parser(web._options(10**6))
    whole = asked(web.UPLOADS, f"Content-Length: {len(hidden)}", body=hidden)
    assert parser.received(whole) == len(whole)


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nHo", asked("/", "Content-Length: 1000", body=b"x")])
def test_a_request_that_never_becomes_whole_is_ended(
    begun: bytes, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running.sending(begun) as slow, running.sending(asked("/slow")):
        monkeypatch.setattr(web, "HEADERS_WITHIN", -1000.0)
        running.server.next_channel_cleanup = 0
        running.server.pull_trigger()
        assert everything(slow) == ""


def test_what_was_asked_is_answered_before_the_server_ends(running: Running) -> None:
    with running.sending(asked("/slow")) as asking:
        while not any(channel.requests for channel in list(running.server.active_channels.values())):
            running.server.pull_trigger()
        running.server.stop()
        GATE.set()
        assert "0 read" in everything(asking)
    running.thread.join(30)
    assert not running.thread.is_alive()
