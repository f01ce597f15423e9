"""What does the service's owner decide? Every setting with its default; flag, then `NDOO_…`, then `ndoo.toml`.

| setting | meaning |
| --- | --- |
| `database_url` | where the register is: `sqlite:///…` (default: in the data folder) or `postgresql://…` |
| `secret_key` | signs sessions; made in the data folder on first use, readable by its owner alone |
| `hosts` | the names under which the service may be reached, with commas |
| `https` | `on` (default) or `off`: the latter only for a service on this machine alone |
| `branding` | `neutral` (default), or `nhs` for those who may show the NHS logo |
| `demo` | `on` where the people are made up: their messages can then be read in the browser |
| `demographics` | who knows the people: `embedded` (default), the table beside the register, or `pds` (`identity/pds.py`) |
| `check_demographics` | `same` (default): lists of other systems are held where too many on them are unknown to those who know the people; `off` for a site that has no register of people |
| `messages` | who carries messages: `smtp` (default, `messages/mail.py`), `notify` (`messages/notify.py`), or, where the people are made up, `demo` (default there), which keeps them for the browser |
| `proxies` | how many proxies of the owner's own stand before the service: 0 (default) to 9 |
| `nhs_login_issuer`, `nhs_login_client_id`, `nhs_login_key` | NHS login, where the service is registered with it: the issuer's address, this service's name there, and the file of its private key (PEM). Redirect address: `/nhs-login/back` |
| `maintenance` | `on` while the service is shut: every page says so |
| `facts` | a file like `service/facts.toml`, whose telephone numbers and addresses go before the built-in ones |
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UsageFault
from ndoo.domain.settings import data_folder, setting

KEY_FILE = "service.key"


@dataclass(frozen=True, slots=True, repr=False)
class Configuration:
    """The settings of one service; it does not print, for it holds secrets."""

    database_url: str
    secret_key: str
    hosts: tuple[str, ...]
    https: bool
    branding: str
    demo: bool
    demographics: str
    check_demographics: str
    messages: str
    proxies: int
    maintenance: bool


def read() -> Configuration:
    """The settings as they stand now.

    Raises:
        UsageFault: a value is not one of those allowed.
        NotPermitted: the data folder cannot be used.
    """
    folder = data_folder()
    demo = _choice("demo", ("off", "on")) == "on"
    return Configuration(
        database_url=setting("database_url") or f"sqlite:///{folder.absolute() / 'register.sqlite3'}",
        secret_key=setting("secret_key") or _made(folder),
        hosts=tuple(host.strip() for host in (setting("hosts") or "localhost,127.0.0.1").split(",")),
        https=_choice("https", ("on", "off")) == "on",
        branding=_choice("branding", ("neutral", "nhs")),
        demo=demo,
        demographics=_choice("demographics", ("embedded", "pds")),
        check_demographics=_choice("check_demographics", ("same", "off")),
        messages=_choice("messages", ("demo", "smtp", "notify") if demo else ("smtp", "notify")),
        proxies=int(_choice("proxies", tuple("0123456789"))),
        maintenance=_choice("maintenance", ("off", "on")) == "on",
    )


def _choice(name: str, allowed: tuple[str, ...]) -> str:
    said = setting(name) or allowed[0]
    if said not in allowed:
        raise UsageFault("setting", f"The setting {name} must be one of: {', '.join(allowed)}.")
    return said


def _made(folder: Path) -> str:
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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
