"""What the service's owner decides: every setting with its default; flag, then `NDOO_…`, then `ndoo.toml`.

| setting | meaning |
| --- | --- |
| `database_url` | where the register is: `sqlite:///…` (default: in the data folder) or `postgresql://…` |
| `secret_key` | signs sessions; made in the data folder on first use, readable by its owner alone |
| `hosts` | the names under which the service may be reached, with commas |
| `public_address` | the address that people and systems use, such as `https://choices.example.nhs.uk`: what a caller's signed assertion must be meant for, and what links begin with. Not set: what each request says |
| `https` | `on` (default) or `off`: the latter only for a service on this machine alone |
| `branding` | `neutral` (default), or `nhs` for those who may show the NHS logo |
| `demo` | `on` where the people are made up: their messages can then be read in the browser |
| `demographics` | who knows the people: `embedded` (default), the table beside the register, or `pds` (`identity/pds.py`) |
| `check_demographics` | `same` (default): lists of other systems are held where too many on them are unknown to those who know the people; `off` for a site that has no register of people |
| `messages` | who carries messages: `smtp` (default, `messages/mail.py`), `notify` (`messages/notify.py`), or, where the people are made up, `demo` (default there), which keeps them for the browser |
| `proxies` | how many proxies of the owner's own stand before the service: 0 (default) to 9 |
| `nhs_login_issuer`, `nhs_login_client_id`, `nhs_login_key` | NHS login, where the service is registered with it: the issuer's address, this service's name there, and the file of its private key (PEM). Redirect address: `/nhs-login/back` |
| `log`, `log_level` | how lines of the log are written: `text` (default) or `json`; and from which level on: `warning` (default), `error`, or `info`, which adds a line for each request |
| `metrics_token` | what whoever asks for `/metrics` must send as their bearer token, 32 characters or more. Not set: there is no such page |
| `key_networks` | networks of the owner's own, such as `10.20.0.0/16`, in which a caller's public keys may be looked for (`jwks_uri`); not set: at addresses of the internet alone |
| `staff_login_…` | the organisation's own sign-in for its staff (`staff/organisation_login/registration.py`) |
| `staff_passwords` | `on` (default), or `off` where staff sign in by the organisation's sign-in alone |
| `break_glass` | the name of the account that may use a password all the same, for the day on which that sign-in fails; each time raises an alarm |
| `maintenance` | `on` while the service is shut: every page says so |
| `facts` | a file like `service/facts.toml`, whose telephone numbers and addresses go before the built-in ones |
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ndoo.domain.errors import NotPermitted, UsageFault
from ndoo.domain.setting_list import SETTINGS
from ndoo.domain.settings import data_folder, setting
from ndoo.service.ledger.register_note import note_first_use
from ndoo.service.reachable_addresses import Network, read_networks

KEY_FILE = "service.key"
_SHORTEST_TOKEN = 32
_CHOICES = {
    one.name: one.values for group in ("The web service", "Who somebody is") for one in SETTINGS[group] if one.values
} | {"proxies": tuple("0123456789")}
"""Settings that have one of a few values, the first of which is the default."""


@dataclass(frozen=True, slots=True, repr=False)
class Configuration:
    """The settings of one service; it does not print, for it holds secrets."""

    database_url: str
    secret_key: str
    hosts: tuple[str, ...]
    public_address: str
    https: bool
    branding: str
    demo: bool
    demographics: str
    check_demographics: str
    messages: str
    proxies: int
    maintenance: bool
    log: str
    log_level: str
    metrics_token: str
    key_networks: tuple[Network, ...]
    staff_passwords: bool
    break_glass: str


def read() -> Configuration:
    """The settings as they stand now.

    Raises:
        UsageFault: a value is not one of those allowed.
        NotPermitted: the data folder cannot be used.
    """
    folder = data_folder()
    said = {name: _choice(name, allowed) for name, allowed in _CHOICES.items()}
    demo = said["demo"] == "on"
    return Configuration(
        database_url=setting("database_url") or f"sqlite:///{folder.absolute() / 'register.sqlite3'}",
        secret_key=setting("secret_key") or _made(folder),
        hosts=tuple(host.strip() for host in (setting("hosts") or "localhost,127.0.0.1").split(",")),
        public_address=_public_address(),
        https=said["https"] == "on",
        branding=said["branding"],
        demo=demo,
        demographics=said["demographics"],
        check_demographics=said["check_demographics"],
        messages=_messages(demo=demo),
        proxies=int(said["proxies"]),
        maintenance=said["maintenance"] == "on",
        log=said["log"],
        log_level=said["log_level"],
        metrics_token=_metrics_token(),
        key_networks=_key_networks(),
        staff_passwords=said["staff_passwords"] == "on",
        break_glass=setting("break_glass") or "",
    )


def wrong() -> list[UsageFault]:
    """Every setting that cannot be meant, each with its sentence; `read` raises the first of them."""
    demo = setting("demo") == "on"
    looks: list[Callable[[], object]] = [partial(_choice, name, allowed) for name, allowed in _CHOICES.items()]
    looks += [_public_address, _metrics_token, _key_networks, partial(_messages, demo=demo)]
    found = []
    for look in looks:
        try:
            look()
        except UsageFault as fault:
            found.append(fault)
    return found


def _messages(*, demo: bool) -> str:
    return _choice("messages", ("demo", "smtp", "notify") if demo else ("smtp", "notify"))


def _public_address() -> str:
    said = (setting("public_address") or "").rstrip("/")
    if said and not _is_public_address(said):
        raise UsageFault(
            "setting", "The setting public_address must be a scheme and a host, such as https://choices.example.nhs.uk."
        )
    return said


def _metrics_token() -> str:
    said = setting("metrics_token") or ""
    if said and (len(said) < _SHORTEST_TOKEN or not said.isascii() or not said.isprintable() or " " in said):
        raise UsageFault("setting", "The setting metrics_token must have 32 or more random letters and digits.")
    return said


def _key_networks() -> tuple[Network, ...]:
    try:
        return read_networks(setting("key_networks") or "")
    except ValueError:
        raise UsageFault(
            "setting",
            "The setting key_networks must be networks of your own with commas between them, such as 10.20.0.0/16: private ones, or public ones "
            "no wider than /16 (IPv6: /32); not this machine's, a link's or a cloud's own addresses.",
        ) from None


def _is_public_address(said: str) -> bool:
    """A scheme and a host, and nothing behind them."""
    try:
        parts = urlsplit(said)
    except ValueError:
        return False
    is_origin = said == f"{parts.scheme}://{parts.netloc}" and "@" not in said
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_origin


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    said = setting(name) or allowed[0]
    if said not in allowed:
        raise UsageFault("setting", f"The setting {name} must be one of: {', '.join(allowed)}.")
    return said


def _made(folder: Path) -> str:
    """The secret key of the data folder. The note goes before it: a key without one was made by a version that took none, and used."""
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            note_first_use()
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key := secrets.token_urlsafe(60))
    except OSError:
        raise NotPermitted(
            "data-folder", "The data folder cannot be used. Set NDOO_DATA to a folder of your own."
        ) from None
    return key
