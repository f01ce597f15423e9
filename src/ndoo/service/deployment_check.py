"""What is wrong with this service as it is set up, all at once, before anybody uses it.

Nothing is changed; only the secret key is made where there is none, as by every command.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.http.request import validate_host

from ndoo.domain.errors import NdooError
from ndoo.domain.settings import data_folder, setting
from ndoo.service import configuration
from ndoo.service.database import is_there

_CLOCKS_APART = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class DeploymentProblem:
    """One thing that is wrong.

    Attributes:
        code: stable, for whoever watches over the service.
        sentence: what is wrong and what to do, in one sentence or two.
    """

    code: str
    sentence: str


def problems() -> list[DeploymentProblem]:
    """Everything that keeps this service from being used by an organisation, in the order in which one would mend it.

    Settings that cannot be read are told alone: the rest hangs on them.
    """
    if wrong := configuration.wrong():
        return [DeploymentProblem(fault.code, fault.sentence) for fault in wrong]
    found: list[DeploymentProblem] = []
    for look in (_settings, _messages, _logins, _data_folder, _heads, _styles, _statistics, _register):
        try:
            found += look()
        except NdooError as error:
            found.append(DeploymentProblem(error.code, error.sentence))
    return list(dict.fromkeys(found))


def _settings() -> Iterator[DeploymentProblem]:
    here = configuration.read()
    embedded = here.database_url.startswith("sqlite")
    host = urlsplit(here.public_address).hostname or ""
    local = {"localhost", "127.0.0.1", "::1", ""}
    checks: list[tuple[bool, str, str]] = [
        (here.demo, "demo", "The setting demo is on: its people are made up. Set NDOO_DEMO=off."),
        (
            not here.https,
            "https",
            "The setting https is off: cookies and choices would travel in the open. Set NDOO_HTTPS=on.",
        ),
        (here.maintenance, "maintenance", "The setting maintenance is on: every page says that the service is shut."),
        ("*" in here.hosts, "hosts", "The setting hosts allows any name. List the names of this service only."),
        (
            set(here.hosts) <= local,
            "hosts",
            "The setting hosts names this machine only. Set NDOO_HOSTS to the name under which people reach the service.",
        ),
        (
            not here.public_address.startswith("https://"),
            "public-address",
            "The setting public_address is missing, or not https. Set NDOO_PUBLIC_ADDRESS to the address that people and systems use.",
        ),
        (
            bool(host) and not validate_host(host, here.hosts),
            "public-address",
            "The host of the setting public_address is not among the hosts: its pages would be refused. Add it to NDOO_HOSTS.",
        ),
        (
            here.proxies == 0,
            "proxies",
            "The setting proxies is 0. HTTPS ends at a proxy in front: say how many there are, or every visitor has the proxy's address.",
        ),
        (
            setting("secret_key") is None and not embedded,
            "secret-key",
            "The setting secret_key is missing. On several machines each would make its own: set the same NDOO_SECRET_KEY on all.",
        ),
        (
            len(here.secret_key) < 50 or len(set(here.secret_key)) < 5,
            "secret-key",
            "The setting secret_key is too short. Use at least 50 random characters.",
        ),
    ]
    yield from (DeploymentProblem(code, sentence) for wrong, code, sentence in checks if wrong)


def _messages() -> Iterator[DeploymentProblem]:
    carrier = configuration.read().messages
    if carrier == "notify":
        from ndoo.service.messages import notify

        notify.from_settings()
    if carrier != "smtp":
        return
    from ndoo.service.messages import mail

    mail.from_settings()
    for name in ("mail_server", "mail_from"):
        if setting(name) is None:
            yield DeploymentProblem(
                "messages", f"The setting {name} is missing: no message would reach anybody. Set NDOO_{name.upper()}."
            )


def _logins() -> Iterator[DeploymentProblem]:
    from ndoo.service.choices.identity import pds
    from ndoo.service.choices.identity.nhs_login.provider import registered
    from ndoo.service.staff.organisation_login.registration import registration

    registered()
    organisation = registration()
    if organisation is None and not configuration.read().staff_passwords:
        yield DeploymentProblem(
            "staff-sign-in", "Passwords are off and there is no other sign-in: set the settings staff_login_…."
        )
    if configuration.read().demographics == "pds":
        pds.from_settings()


def _statistics() -> Iterator[DeploymentProblem]:
    from ndoo.service.statistics.publications import refuse_what_cannot_be_shown

    refuse_what_cannot_be_shown()
    return iter(())


def _data_folder() -> Iterator[DeploymentProblem]:
    folder = data_folder()
    try:
        mode = folder.stat().st_mode
    except OSError:
        yield DeploymentProblem(
            "data-folder",
            "The data folder does not exist, or cannot be used. Set NDOO_DATA to a folder of this account's own.",
        )
        return
    if stat.S_IMODE(mode) & 0o077 or not os.access(folder, os.W_OK):
        yield DeploymentProblem(
            "data-folder", "The data folder must be this account's alone, and writable by it: chmod 700."
        )


def _heads() -> Iterator[DeploymentProblem]:
    said = setting("ledger_heads")
    if said is None or Path(said).expanduser().resolve().is_relative_to(data_folder().resolve()):
        yield DeploymentProblem(
            "ledger-heads",
            "The heads of the ledger lie in the data folder: whoever restores or loses one restores or loses both. "
            "Set NDOO_LEDGER_HEADS to a folder on other storage.",
        )


def _styles() -> Iterator[DeploymentProblem]:
    from ndoo.service.run_service import FRONTEND

    if not FRONTEND.exists():
        yield DeploymentProblem(
            "frontend-missing",
            "The styles of the pages were not installed: npm was missing. Install it, and ndoo anew.",
        )


def _register() -> Iterator[DeploymentProblem]:
    """The database as this account sees it; of SQLite no file is made where there is none."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ndoo.service.settings"
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, connection

    try:
        django.setup()
        database = connection.settings_dict
    except (ImproperlyConfigured, ValueError):
        yield DeploymentProblem(
            "database-url",
            "The setting database_url is no database that can be used here: sqlite:///… or postgresql://….",
        )
        return
    yield from _django()
    if database["ENGINE"].endswith("sqlite3") and not is_there(str(database["NAME"])):
        yield _no_register()
        return
    try:
        connection.ensure_connection()
        yield from _register_there(connection)
    except DatabaseError:
        yield DeploymentProblem(
            "register-unreachable", "The register's database does not answer, or may not be used by this account."
        )


def _no_register() -> DeploymentProblem:
    """A new one is made, or an earlier one upgraded; where one is lost, it is restored.

    Raises:
        NoUsableList: there has been one.
    """
    from ndoo.service.ledger.freshness import refuse_to_begin

    refuse_to_begin()
    return _NOT_UPGRADED


_NOT_UPGRADED = DeploymentProblem(
    "register-not-upgraded", "There is no register of this version yet. Run `ndoo serve migrate`."
)


def _register_there(connection: Any) -> Iterator[DeploymentProblem]:
    from ndoo.service.database_time import database_time
    from ndoo.service.ledger.freshness import refuse_what_is_behind
    from ndoo.service.upgrade_register import form_of, refuse_newer

    form = form_of(connection)
    refuse_newer(connection, form)
    if form.outstanding:
        yield _no_register() if form.bare else _NOT_UPGRADED
        return
    if abs(database_time() - datetime.now(UTC)) > _CLOCKS_APART:
        yield DeploymentProblem(
            "clocks",
            "The clocks of this machine and of the database are more than 30 seconds apart. Set both by one source of time.",
        )
    yield from _administrators()
    refuse_what_is_behind()


def _administrators() -> Iterator[DeploymentProblem]:
    from django.contrib.auth.models import User
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from ndoo.service.staff.roles import Role

    enrolled = TOTPDevice.objects.filter(confirmed=True).values("user")
    administrators = User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR)
    if not administrators.exists():
        yield DeploymentProblem(
            "no-administrator", "Nobody can manage accounts: run `ndoo staff add NAME --role administrator`."
        )
    elif not administrators.filter(pk__in=enrolled).exists():
        yield DeploymentProblem(
            "no-administrator", "No administrator has set up their second factor yet: sign in at /staff/ once."
        )
    name = configuration.read().break_glass
    if (name or not configuration.read().staff_passwords) and not (
        administrators.filter(username=name, pk__in=enrolled, provider_account=None).exists()
    ):
        yield DeploymentProblem(
            "break-glass",
            "The setting break_glass names no administrator with a password and a second factor: nobody could sign in "
            "on the day on which the organisation's sign-in fails.",
        )


def _django() -> list[DeploymentProblem]:
    """What Django's own check of a deployment finds."""
    from django.core.checks import WARNING, run_checks

    found = run_checks(include_deployment_checks=True)
    return [
        DeploymentProblem(one.id or "django", one.msg)
        for one in found
        if one.level >= WARNING and not one.is_silenced()
    ]
