"""The mailbox, its address and its keys: a `[mesh.NAME]` table of the user's `ndoo.toml`, refused where it cannot be right."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ndoo.checking.mesh.service import known
from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import table

_MAILBOX = re.compile(r"[A-Z0-9_-]{3,40}")
_TEXTS = ("url", "mailbox", "password", "shared_key", "recipient", "workflow", "ca", "cert", "key")
_OTHERS = ("poll_seconds", "max_numbers")
_NEEDED = ("url", "mailbox", "password", "shared_key")
_ON_THIS_MACHINE = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """One mailbox. It does not print, for it holds secrets."""

    name: str
    url: str
    mailbox: str
    password: str
    shared_key: str
    workflow: str
    poll_seconds: float
    """Between two looks into the inbox."""
    recipient: str | None = None
    """The national service's mailbox; only whoever asks needs it."""
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    max_numbers: int = known().max_numbers
    """People in one request at most."""

    @property
    def national(self) -> str:
        """The mailbox to ask.

        Raises:
            UsageFault: the profile names none.
        """
        if self.recipient is None:
            raise _wrong(self.name, "names no recipient: the mailbox of the check service")
        return self.recipient


def read_profile(name: str) -> Profile:
    """The profile of that name.

    Raises:
        UsageFault: there is none, or it cannot be right; what is wrong is said, and no secret repeated.
    """
    said = table("mesh").get(name)
    if not isinstance(said, dict):
        raise UsageFault(
            "mesh-profile-missing",
            f"There is no MESH profile {name!r}: your own ndoo.toml (NDOO_CONFIG) needs a table [mesh.{name}]. Set so far: {', '.join(table('mesh')) or 'none'}.",
        )
    if unknown := sorted(set(said) - {*_TEXTS, *_OTHERS}):
        raise _wrong(name, f"has settings that nothing reads: {', '.join(unknown)}")
    texts = {key: _text(name, key, said[key]) for key in _TEXTS if said.get(key, "") != ""}
    if missing := [key for key in _NEEDED if not texts.get(key)]:
        raise _wrong(name, f"lacks {', '.join(missing)}")
    url = urlsplit(texts["url"])
    if url.scheme not in ("http", "https") or not url.hostname:
        raise _wrong(name, "has an url that is no address of a web service")
    here = _on_this_machine(url.hostname)
    if url.scheme == "http" and not here:
        raise _wrong(name, "would send NHS numbers over plain HTTP: say https")
    if ("cert" in texts) != ("key" in texts):
        raise _wrong(name, "needs both cert and key, or neither")
    return Profile(
        name=name,
        url=texts["url"].rstrip("/"),
        mailbox=_mailbox(name, texts["mailbox"]),
        password=texts["password"],
        shared_key=texts["shared_key"],
        workflow=texts.get("workflow") or known().workflow,
        recipient=_mailbox(name, texts["recipient"]) if texts.get("recipient") else None,
        poll_seconds=_seconds(name, said.get("poll_seconds"), _ON_THIS_MACHINE if here else known().poll_seconds),
        max_numbers=_count(name, said.get("max_numbers", known().max_numbers)),
        **{key: _file(name, key, texts[key]) for key in ("ca", "cert", "key") if key in texts},
    )


def _text(name: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong(name, f"needs {key} as a text")
    if not value.startswith("env:"):
        return value
    found = os.environ.get(value.removeprefix("env:"))
    if not found:
        raise _wrong(name, f"takes {key} from an environment variable that is not set")
    return found


def _mailbox(name: str, mailbox: str) -> str:
    if retired := known().retired.get(mailbox.upper()):
        raise UsageFault("mesh-recipient-retired", f"The MESH profile {name!r} names a mailbox that was {retired}.")
    if not _MAILBOX.fullmatch(mailbox.upper()):
        raise _wrong(name, "names a mailbox that cannot be one")
    return mailbox.upper()


def _file(name: str, key: str, value: str) -> Path:
    path = Path(value).expanduser()
    if not path.is_file():
        raise _wrong(name, f"names a file for {key} that is not there")
    return path


def _seconds(name: str, value: Any, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86_400:
        raise _wrong(name, "needs poll_seconds as a number of seconds, at most a day")
    return float(value)


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _wrong(name, "needs max_numbers as a whole number")
    return value


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(name: str, what: str) -> UsageFault:
    return UsageFault("mesh-profile", f"The MESH profile {name!r} {what}.")
