"""The guide for an organisation, followed from its top on a machine with nginx and PostgreSQL, until the disk is lost and after."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from ndoo.domain.nhs_number import masked
from tests.support.numbers import some
from tests.support.organisation import NAME, TOKEN, Organisation, enrols, sends

pytestmark = pytest.mark.soak
PASSWORD = "five small brown lamps"


@pytest.fixture
def organisation(tmp_path: Path, postgresql_server: str) -> Iterator[Organisation]:
    """A machine with an empty database, and nothing of the service but its program. Never skipped: a guide that nobody followed proves nothing."""
    import pgserver

    if shutil.which("nginx") is None:
        raise RuntimeError("nginx is missing: apt-get install nginx-light")

    programs = Path(pgserver.__file__).parent / "pginstall" / "bin"
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    made = Organisation(tmp_path, postgresql_server.replace("/postgres?", "/guide?"), path)
    empty_database(postgresql_server)
    yield made


def empty_database(server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as asking:
        asking.execute("DROP DATABASE IF EXISTS guide WITH (FORCE)")
        asking.execute("CREATE DATABASE guide")


def choice(organisation: Organisation) -> str:
    return str(organisation.ndoo("register", "show", "--json", said=some(1)[0] + "\n")["choice"])


def test_the_guide_leads_to_a_service_that_answers_and_comes_back_from_a_lost_disk(
    organisation: Organisation, postgresql_server: str
) -> None:
    assert set(organisation.problems()) >= {"data-folder", "register-not-upgraded"}
    (organisation.folder / "data").mkdir(mode=0o700)
    (organisation.folder / "heads").mkdir(mode=0o700)
    assert organisation.problems() == ["register-not-upgraded"]
    organisation.ndoo("serve", "migrate")
    assert organisation.problems() == ["no-administrator"]
    ada = ("staff", "add", "ada.administrator", "--role", "administrator", "--given", "Ada", "--family", "Ademola")
    organisation.ndoo(*ada, "--password-stdin", said=PASSWORD + "\n")
    with organisation.all_parts(), organisation.nginx():
        answers(organisation)
        slow_connections_freeze_nothing(organisation)
        with organisation.browser() as browser:
            enrols(browser, "ada.administrator", PASSWORD)
            assert browser.get("/staff/accounts").status_code == 200
        assert organisation.problems() == []
        organisation.ndoo("register", "set", "--choice", "opt_out", said=some(1)[0] + "\n")
        assert organisation.ndoo("backup", "saved", "--json")["files"] >= 4
    organisation.ndoo("ledger", "verify")
    (organisation.folder / "data").rename(organisation.folder / "lost")
    empty_database(postgresql_server)
    assert "register-lost" in organisation.problems() or "data-folder" in organisation.problems()
    organisation.ndoo("restore", "saved")
    organisation.ndoo("ledger", "verify")
    assert choice(organisation) == "opt_out"
    assert organisation.problems() == []
    with organisation.all_parts(), organisation.nginx():
        answers(organisation)


def answers(organisation: Organisation) -> None:
    """Patients' pages, health and metrics, by nginx; one id of a request in both logs; nobody's own address is believed."""
    with organisation.browser() as browser:
        start = browser.get("/")
        assert (
            start.status_code == 200
            and "max-age=31536000; includeSubDomains" in start.headers["Strict-Transport-Security"]
        )
        assert "frame-ancestors 'none'" in start.headers["Content-Security-Policy"]
        assert start.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in start.headers
        cookies = browser.get("/staff/sign-in").headers.get_list("Set-Cookie")
        assert cookies
        for cookie in cookies:
            assert cookie.startswith("__Host-")
            assert all(part in cookie for part in ("; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/")), cookie
        assert browser.get("/health/ready").json()["status"] == "ready"
        assert [browser.get(folder).status_code for folder in ("/static/", "/static/ndoo/")] == [404] * 2
        assert browser.get("/metrics").status_code == 404
        told = browser.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        assert "ndoo_register_ready 1\n" in told
        refused = sends(browser, "/staff/sign-in", username="nobody", password=PASSWORD)
        assert refused.status_code == 200
        forged = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "http", "X-Request-Id": "f" * 32}
        ident = browser.get("/", headers=forged).headers["X-Request-Id"]
    plain = organisation.browser(f"http://127.0.0.1:{organisation.http_port}")
    plain.follow_redirects = False
    assert plain.get("/").headers["Location"] == f"https://{NAME}/"
    plain.close()
    assert ident in (organisation.folder / "ndoo.log").read_text()
    # one of some 330 that nginx draws holds by chance what reads as an NHS number, and no log of ours has that
    assert f'"request": "{masked(ident)}"' in (organisation.folder / "web.log").read_text()
    assert ident != "f" * 32


def slow_connections_freeze_nothing(organisation: Organisation) -> None:
    """Sixty that send a byte now and then, before the proxy and past it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    slow = []
    for port in (organisation.https_port, organisation.web_port):
        for _ in range(30):
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            if port == organisation.https_port:
                connection = context.wrap_socket(connection)
            connection.sendall(b"GET / HTTP/1.1\r\nHo")
            slow.append(connection)
    with organisation.browser() as browser:
        assert browser.get("/health/live").status_code == 200
        assert browser.get("/").status_code == 200
    for connection in slow:
        connection.close()
