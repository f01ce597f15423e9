"""The real peer: NHS England's mesh-sandbox on this machine, with full authentication and mutual TLS made for the run."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-mesh" / "bin" / "python"
NATIONAL, TRUST, OTHER = "X26HC065", "RA9OT001", "RA9OT002"
WORKFLOW = "SPINE_NTT_UPHOLDING"
SHARED_KEY = "key-of-this-run"
PASSWORDS = {NATIONAL: "national-word", TRUST: "trust-word", OTHER: "other-word"}
_READY_WITHIN = 300.0


@dataclass(frozen=True)
class Sandbox:
    """A running one."""

    url: str
    certificates: Path
    process: subprocess.Popen[bytes]

    def toml(self, **more: str) -> str:
        """`ndoo.toml` with the profiles `trust` and `national`; `more` is added to both."""
        return "\n".join(
            self.profile(name, box, NATIONAL if box == TRUST else None, **more)
            for name, box in (("trust", TRUST), ("national", NATIONAL))
        )

    def profile(self, name: str, mailbox: str, recipient: str | None, **more: str) -> str:
        """One table."""
        values = {
            "url": self.url,
            "mailbox": mailbox,
            "password": PASSWORDS[mailbox],
            "shared_key": SHARED_KEY,
            "workflow": WORKFLOW,
            "ca": f"{self.certificates}/ca.pem",
            "cert": f"{self.certificates}/client.pem",
            "key": f"{self.certificates}/client.key",
            **({"recipient": recipient} if recipient else {}),
            **more,
        }
        return f"[mesh.{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())

    def steer(self, **wish: Any) -> dict[str, Any]:
        """Tell the strict wrapper something; what it saw so far."""
        request = urllib.request.Request(f"{self.url}/strict", json.dumps(wish).encode(), method="POST")  # noqa: S310  our own
        with urllib.request.urlopen(request, context=self.context(), timeout=10) as answer:  # noqa: S310  our own
            return dict(json.loads(answer.read()))

    def context(self) -> ssl.SSLContext:
        """A client with its certificate."""
        context = ssl.create_default_context(cafile=str(self.certificates / "ca.pem"))
        context.load_cert_chain(self.certificates / "client.pem", self.certificates / "client.key")
        return context


@contextmanager
def running(folder: Path) -> Iterator[Sandbox]:
    """A sandbox with an empty store in `folder`; stopped by its own process id."""
    certificates, store = folder / "certificates", folder / "store"
    certificates.mkdir(parents=True)
    for mailbox in PASSWORDS:
        (store / mailbox).mkdir(parents=True)
    make_certificates(certificates)
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE", "DJANGO"))},
        "ENV": "local",
        "AUTH_MODE": "full",
        "STORE_MODE": "file",
        "MAILBOXES_DATA_DIR": str(store),
        "SHARED_KEY": SHARED_KEY,
        "NDOO_TEST_MAILBOXES": json.dumps(PASSWORDS),
        "PYTHONWARNINGS": "ignore",
    }
    command = [
        PYTHON,
        "-m",
        "uvicorn",
        "strict_sandbox:app",
        "--app-dir",
        Path(__file__).parent,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--log-level",
        "warning",
        "--timeout-graceful-shutdown",
        "1",
        "--ssl-certfile",
        certificates / "server.pem",
        "--ssl-keyfile",
        certificates / "server.key",
        "--ssl-ca-certs",
        certificates / "ca.pem",
        "--ssl-cert-reqs",
        "2",
    ]
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
        sandbox = Sandbox(f"https://127.0.0.1:{port}", certificates, process)
        try:
            wait_until_ready(sandbox, folder / "sandbox.log")
            yield sandbox
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(sandbox: Sandbox, log: Path) -> None:
    """Until it answers.

    Raises:
        RuntimeError: it ended, or did not answer in time; with what it said.
    """
    deadline = time.monotonic() + _READY_WITHIN
    while time.monotonic() < deadline and sandbox.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{sandbox.url}/health", context=sandbox.context(), timeout=2):  # noqa: S310  our own
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the sandbox did not start:\n{log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_certificates(folder: Path) -> None:
    """An authority, a server's and a client's certificate, good for a day."""
    authority, root = certificate("NDO test CA", None, None, authority=True)
    write(folder, "ca", root, None)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    for name, common, usage in (
        ("server", "localhost", ExtendedKeyUsageOID.SERVER_AUTH),
        ("client", "test1.ra9.api.mesh-client.nhs.uk", ExtendedKeyUsageOID.CLIENT_AUTH),
    ):
        key, made = certificate(common, authority, root, names=names if name == "server" else [], usage=usage)
        write(folder, name, made, key)


def certificate(
    common: str,
    issuer_key: Any,
    issuer: x509.Certificate | None,
    *,
    authority: bool = False,
    names: list[Any] | None = None,
    usage: Any = None,
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A key and its certificate, by the issuer or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = dt.datetime.now(dt.UTC)
    signer = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if authority:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if usage:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    return key, builder.sign(signer, hashes.SHA256())


def write(folder: Path, name: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey | None) -> None:
    """`NAME.pem`, and `NAME.key` readable by its owner alone."""
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    if key is not None:
        path = folder / f"{name}.key"
        path.touch(0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
