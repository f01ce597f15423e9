"""Is the register's database there and up to date? Made on first use, by whichever command needs it first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, NotPermitted, UsageFault
from ndoo.domain.settings import data_folder

LOCK_FILE = "register.lock"
_MIGRATING = 0x6E646F6F


def ready(*, judged: bool = True) -> None:
    """Set Django up and bring the database to this version's form; quick where nothing is to be done. The register may
    answer afterwards: it is not behind the newest head of its ledger.

    Args:
        judged: False only for whoever looks at a register that may not answer, and answers nothing from it.

    Raises:
        NoUsableList: an old backup was restored, or another register stands there: see `ledger.guarding`.
        UsageFault: the setting `database_url` cannot be meant, or its driver is not installed.
        NotPermitted: the data folder or the database cannot be used.
        Fault: the database does not answer.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "ndoo.service.settings"
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    def behind() -> bool:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

    try:
        django.setup()
        _private(connection.settings_dict)
        connection.ensure_connection()
    except (ImproperlyConfigured, ValueError):
        raise UsageFault(
            "database-url",
            "The setting database_url is no database that can be used here: say sqlite:///… or postgresql://… "
            '(for which: pip install "ndoo[postgresql]").',
        ) from None
    except DatabaseError:
        raise _unreachable() from None
    try:
        if behind():
            with _one_at_a_time(data_folder()), _one_machine_at_a_time(connection):
                call_command("migrate", verbosity=0)
        if judged:
            _judge()
    except DatabaseError:
        raise _unreachable() from None


def _judge() -> None:
    from django.utils import timezone

    from ndoo.service.ledger.guarding import refuse_what_is_behind
    from ndoo.service.ledger.sealing import begin, newest

    refuse_what_is_behind()
    if newest() is None:
        begin(timezone.now())


def _private(database: dict[str, Any]) -> None:
    """A new SQLite file is its owner's alone from its first moment; SQLite gives its other files the same rights."""
    if database["ENGINE"].endswith("sqlite3") and not str(database["NAME"]).startswith((":memory:", "file:")):
        with suppress(OSError):  # there already, or not to be made: the connection says why
            os.close(os.open(database["NAME"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _unreachable() -> Fault:
    return Fault("register-unreachable", "The register's database does not answer, or may not be used by this account.")


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two commands that both find the database missing on this machine make it once."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        raise NotPermitted(
            "data-folder", "The data folder cannot be used. Set NDOO_DATA to a folder of your own."
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _one_machine_at_a_time(connection: Any) -> Iterator[None]:
    """Of several machines that start on one PostgreSQL, one makes the tables while the others wait."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
