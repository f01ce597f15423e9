"""Judges whether a client certificate can be used and is one that MESH accepts."""

from __future__ import annotations

import socket
import ssl
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509

from ndoo.checking.mesh.profile import Profile
from ndoo.domain.errors import NotPermitted, UsageFault

_LOOK_SECONDS = 5.0
_SILENT_SECONDS = 0.5


def judge_certificates(profile: Profile, now: datetime) -> None:
    """Before the client is made: one that fails while it is made warns on stderr when it is thrown away.

    Raises:
        UsageFault: a file is no certificate or key, or they do not belong together. NotPermitted: its time is over.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if profile.ca:
            context.load_verify_locations(profile.ca)
        if profile.cert:
            context.load_cert_chain(profile.cert, profile.key)
            own = x509.load_pem_x509_certificate(profile.cert.read_bytes())
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        raise UsageFault(
            "mesh-certificate",
            f"The MESH profile {profile.name!r} names a certificate or key that cannot be used.",
        ) from None
    if profile.cert and not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        raise NotPermitted(
            "mesh-certificate-expired",
            f"The client certificate of the MESH profile {profile.name!r} is valid from {own.not_valid_before_utc:%Y-%m-%d} to "
            f"{own.not_valid_after_utc:%Y-%m-%d}. Ask the service desk for a new one, or set this machine's clock right.",
        )


def refuses_certificate(profile: Profile) -> bool:
    """Does the server end a connection because of the client's certificate, or for want of one? It says so in an alert, or
    hangs up as soon as the connection stands; a server that takes the certificate waits to be asked."""
    place = urlsplit(profile.url)
    if place.scheme != "https" or not place.hostname:
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = (
        False,
        ssl.CERT_NONE,
    )  # nothing is sent: only the refusal is looked for
    try:
        if profile.cert:
            context.load_cert_chain(profile.cert, profile.key)
        with (
            socket.create_connection((place.hostname, place.port or 443), timeout=_LOOK_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=place.hostname) as secure,
        ):
            return _hangs_up(secure)
    except ssl.SSLError as error:
        return "ALERT" in str(error.reason).upper()
    except OSError:
        return False


def _hangs_up(secure: ssl.SSLSocket) -> bool:
    secure.settimeout(_SILENT_SECONDS)
    try:
        return not secure.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True
