"""A certified OpenID provider on loopback with NHS login's rules, and somebody who signs in at it."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.support.patients import ANN

NUMBER = ANN.number.reveal()
FOLDER = Path(__file__).parent.parent / "peers" / "nhs_login"
PEOPLE = {
    "proved": {
        "nhs_number": NUMBER,
        "birthdate": "1968-02-12",
        "identity_proofing_level": "P9",
        "vot": "P9.Cp.Cd",
        "family_name": "TEST",
    },
    "hardly-proved": {
        "nhs_number": NUMBER,
        "birthdate": "1968-02-12",
        "identity_proofing_level": "P0",
        "vot": "P0.Cp",
        "family_name": "TEST",
    },
    "told-two-ways": {
        "nhs_number": NUMBER,
        "birthdate": "1968-02-12",
        "identity_proofing_level": "P0",
        "vot": "P9.Cp.Cd",
        "family_name": "TEST",
    },
    "numberless": {"birthdate": "1968-02-12", "identity_proofing_level": "P9", "vot": "P9.Cp.Cd"},
    "undated": {"nhs_number": NUMBER, "identity_proofing_level": "P9", "vot": "P9.Cp.Cd"},
    "child": {"nhs_number": NUMBER, "birthdate": "2020-02-12", "identity_proofing_level": "P9", "vot": "P9.Cm"},
}


@contextmanager
def provider(folder: Path, redirect: str) -> Iterator[tuple[str, Path]]:
    """Its issuer, and the private key with which the service must prove itself."""
    private, public, people = client_key(folder), folder / "client_public.pem", folder / "people.json"
    people.write_text(json.dumps(PEOPLE))
    with peer("provider.mjs", str(public), str(people), redirect) as issuer:
        yield issuer, private


def client_key(folder: Path) -> Path:
    """A private key for the service, and its public one beside it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private, public = folder / "client.pem", folder / "client_public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private


@contextmanager
def peer(program: str, *arguments: str) -> Iterator[str]:
    """The issuer of a provider that runs until the end. Node sometimes stands still as it starts, so it is started again."""
    command = ["node", "--no-warnings", str(FOLDER / program), *arguments]
    for _ in range(5):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            standing_still = threading.Timer(60, process.kill)
            standing_still.start()
            issuer = _issuer(process)
            standing_still.cancel()
            if issuer:
                try:
                    yield issuer
                finally:
                    process.kill()
                return
    raise AssertionError("the provider did not start")


def _issuer(process: subprocess.Popen[str]) -> str | None:
    """What it prints once it answers; None where it ended before."""
    assert process.stdout is not None
    return next((line.strip() for line in process.stdout if line.startswith("http://127.0.0.1:")), None)


def sign_in(address: str, person: str, *, agree: bool = True) -> str:
    """Sign in at the provider as somebody would in a browser; the address to which they are sent back."""
    issuer = f"{urlsplit(address).scheme}://{urlsplit(address).netloc}"
    with httpx2.Client(timeout=20) as browser:
        answer = browser.get(address)
        while True:
            if answer.is_redirect:
                onward = urljoin(str(answer.url), answer.headers["location"])
                if not onward.startswith(issuer):
                    return onward
                answer = browser.get(onward)
                continue
            action = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert action, answer.text
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt
            if not agree:
                answer = browser.get(f"{urljoin(issuer, action[1])}/abort")
                continue
            form = {"prompt": prompt[1], "login": person, "password": "any"}
            answer = browser.post(urljoin(issuer, action[1]), data=form)
