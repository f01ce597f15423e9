"""A service as an organisation runs it: the examples of deploy/ with nginx and PostgreSQL, its parts as processes, a browser before them."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from django_otp.oath import TOTP

from tests.conftest import ROOT
from tests.support.canary import assert_silent
from tests.support.forked_ndoo import ended

DEPLOY = ROOT / "deploy"
NAME = "choices.example.nhs.uk"
TOKEN = "m" * 40
NDOO = Path(sys.executable).with_name("ndoo")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    """Does somebody listen there?"""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Organisation:
    """One machine of an organisation.

    Attributes:
        folder: with the data folder, the heads on "other storage", and what nginx needs.
        database: the address of its PostgreSQL.
    """

    folder: Path
    database: str
    more: dict[str, str] = field(default_factory=dict)
    web_port: int = field(default_factory=free_port)
    https_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of deploy/service.env, filled in."""
        said = dict(re.findall(r"^(NDOO_\w+)=(.*)$", (DEPLOY / "service.env").read_text("utf-8"), re.MULTILINE))
        own = {
            "NDOO_DATA": str(self.folder / "data"),
            "NDOO_LEDGER_HEADS": str(self.folder / "heads"),
            "NDOO_DATABASE_URL": self.database,
            "NDOO_SECRET_KEY": "".join(chr(33 + at % 90) for at in range(64)),
            "NDOO_METRICS_TOKEN": TOKEN,
        }
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("NDOO_", "DJANGO_"))}
        return mine | said | own | self.more

    def ndoo(self, *words: str, code: int = 0, said: str = "") -> Any:
        """Run a command to its end; what it answers as JSON."""
        run = ended(*words, cwd=self.folder, env=self.environment, input=said)
        assert run.returncode == code, (words, run.returncode, run.stdout, run.stderr)
        assert_silent(run.stdout + run.stderr, words[0])
        return json.loads(run.stdout) if "--json" in words else run.stdout

    def problems(self) -> list[str]:
        """What `ndoo serve check` finds."""
        run = ended("serve", "check", "--json", env=self.environment)
        assert "problems" in run.stdout, run.stdout + run.stderr
        found = [one["code"] for one in json.loads(run.stdout)["problems"]]
        assert run.returncode == (6 if found else 0), run.stderr
        return found

    @contextmanager
    def part(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A part of the service that runs, until the end; its log is in the folder."""
        log = (self.folder / f"{words[1]}.log").open("a")
        run = subprocess.Popen(
            [NDOO, *words, "--json"], env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert run.stdout is not None
            assert run.stdout.readline(), (self.folder / f"{words[1]}.log").read_text()
            yield run
        finally:
            run.terminate()
            run.communicate(timeout=60)
            log.close()

    @contextmanager
    def all_parts(self) -> Iterator[None]:
        """Web, worker and keeper."""
        web = ("serve", "web", "--host", "127.0.0.1", "--port", str(self.web_port))
        with self.part(*web), self.part("serve", "worker"), self.part("serve", "keeper"):
            yield

    @contextmanager
    def nginx(self) -> Iterator[None]:
        """nginx by the example of deploy/, with other ports and folders."""
        subject = ["-subj", f"/CN={NAME}", "-keyout", self.folder / "choices.key", "-out", self.folder / "choices.pem"]
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
        subprocess.run(made, check=True, capture_output=True)
        shutil.copy(DEPLOY / "ndoo-proxy.conf", self.folder)
        text = (DEPLOY / "nginx.conf").read_text("utf-8")
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{self.http_port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.https_port} ssl;",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{self.web_port};",
            "/etc/nginx/": f"{self.folder}/",
            "/var/log/nginx/": f"{self.folder}/",
        }.items():
            assert old in text
            text = text.replace(old, new)
        user = "user root;\n" if os.geteuid() == 0 else ""
        places = "".join(
            f"{what}_temp_path {self.folder}/nginx-{what};\n"
            for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = f"{user}daemon off;\npid {self.folder}/nginx.pid;\nevents {{}}\nhttp {{\n{places}{text}\n}}\n"
        (self.folder / "nginx.conf").write_text(whole)
        run = subprocess.Popen(
            ["nginx", "-e", self.folder / "nginx-errors.log", "-c", self.folder / "nginx.conf"],
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + 30
            while not listens(self.https_port):
                assert run.poll() is None and time.monotonic() < deadline, "nginx did not start"
                time.sleep(0.05)
            yield
        finally:
            run.terminate()
            run.wait(30)

    def browser(self, address: str = "") -> httpx2.Client:
        """Somebody's browser, on the service's own name."""
        return httpx2.Client(
            base_url=address or f"https://127.0.0.1:{self.https_port}",
            headers={"Host": NAME, "Origin": f"https://{NAME}"},
            verify=False,
            follow_redirects=True,
            timeout=60,
        )


def sends(browser: httpx2.Client, path: str, **answers: str) -> httpx2.Response:
    """Fill in the page at this address and press its button."""
    shown = browser.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.text)
    assert token, (path, shown.status_code, shown.text[:500])
    return browser.post(path, data={"csrfmiddlewaretoken": token[1], **answers})


def enrols(browser: httpx2.Client, name: str, password: str) -> None:
    """Sign in at the staff's pages for the first time, and set up the second factor."""
    page = sends(browser, "/staff/sign-in", username=name, password=password)
    secret = re.search(r"\b([A-Z2-7]{4}(?: [A-Z2-7]{4}){7})\b", page.text)
    assert secret, page.text
    totp = TOTP(b32decode(secret[1].replace(" ", "")))
    totp.time = time.time()
    done = sends(browser, "/staff/second-factor/set-up", code=f"{totp.token():06d}")
    assert done.status_code == 200 and browser.get("/staff/").url.path == "/staff/", done.text
