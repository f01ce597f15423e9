"""Makes the register's database ready. Made on first use, by whichever command needs it first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, NotPermitted, NoUsableList, UsageFault
from ndoo.domain.settings import data_folder

LOCK_FILE = "register.lock"
_MIGRATING = 0x6E646F6F


def ready(*, judged: bool = True, new: bool = False, upgrades: bool = True) -> None:
    """Set Django up and bring the database to this version's form; quick where nothing is to be done. The register may
    answer afterwards: it is not behind the newest head of its ledger.

    Args:
        judged: False only for whoever looks at a register that may not answer, and answers nothing from it.
        new: a person says that an empty register is meant, although this data folder has had one.
        upgrades: False for one of several that share a database: it makes and upgrades nothing.

    Raises:
        NoUsableList: the database is gone, an old backup was restored, or another register stands there: see
            `ledger.guarding`. Or a newer version upgraded it, or an older one left it half made.
        UsageFault: the setting `database_url` cannot be meant, or its driver is not installed.
        NotPermitted: the data folder or the database cannot be used.
        Fault: the database does not answer.
    """
    had_one = _had_register_before_notes()
    os.environ["DJANGO_SETTINGS_MODULE"] = "ndoo.service.settings"
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, connection

    try:
        django.setup()
        if not new:
            _refuse_missing(connection.settings_dict, had_one=had_one)
        _private(connection.settings_dict)
        connection.ensure_connection()
    except (ImproperlyConfigured, ValueError):
        raise UsageFault(
            "database-url",
            "The setting database_url is not a database that can be used here: use sqlite:///… or postgresql://… "
            '(for which: pip install "ndoo[postgresql]").',
        ) from None
    except DatabaseError:
        raise _unreachable() from None
    try:
        _bring_up_to_date(connection, had_one=had_one, new=new, upgrades=upgrades)
        if judged:
            _judge()
    except DatabaseError:
        raise _unreachable() from None


def begin_new() -> None:
    """Make a new, empty register, also where this data folder has had one: a person says that it is meant.

    Raises:
        UsageFault: there is a register already. As `ready` else.
    """
    ready(judged=False, new=True)
    from django.db import DatabaseError
    from django.utils import timezone

    from ndoo.service.choices.models import ChoiceEvent
    from ndoo.service.ledger.head_store import heads_folder
    from ndoo.service.ledger.heads import begin, newest

    try:
        last = newest()
        if ChoiceEvent.objects.exists() or (last is not None and heads_folder().newest(last.log) is not None):
            raise UsageFault("register-there", "There is a register in the database already. Nothing was changed.")
        begin(timezone.now())
    except DatabaseError:
        raise _unreachable() from None


def repair() -> list[str]:
    """Take up a register that an older version of ndoo left half made; the steps that stood and are recorded now.

    Raises:
        As `ready`.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "ndoo.service.settings"
    import django
    from django.db import DatabaseError, connection

    django.setup()
    from ndoo.service.upgrade_register import form_of, refuse_newer, refuse_what_is_in_the_way
    from ndoo.service.upgrade_register import repair as take_up

    try:
        refuse_newer(connection, form_of(connection))
        with _alone(connection):
            try:
                recorded = take_up(connection)
            except DatabaseError:
                refuse_what_is_in_the_way(connection)
                raise
        _judge()
    except DatabaseError:
        raise _unreachable() from None
    return recorded


def _had_register_before_notes() -> bool:
    """Was a register used from this data folder by a version that took no note of it? From now on there is one."""
    from ndoo.service.configuration import KEY_FILE
    from ndoo.service.ledger.register_note import note_first_use, read_note

    if read_note() is None and (data_folder() / KEY_FILE).exists():
        return True
    note_first_use()
    return False


def _refuse_missing(database: dict[str, Any], *, had_one: bool) -> None:
    """Raises NoUsableList before a file of SQLite is made where one was."""
    from ndoo.service.ledger.freshness import lost_register, refuse_to_begin

    if database["ENGINE"].endswith("sqlite3") and not is_there(str(database["NAME"])):
        if had_one:
            raise lost_register()
        refuse_to_begin()


def _bring_up_to_date(connection: Any, *, had_one: bool, new: bool, upgrades: bool) -> None:
    from django.db import DatabaseError

    from ndoo.service.ledger.freshness import lost_register, refuse_to_begin
    from ndoo.service.upgrade_register import (
        form_of,
        is_half_made,
        refuse_newer,
        refuse_what_is_in_the_way,
        upgrade,
    )

    form = form_of(connection)
    refuse_newer(connection, form)
    if form.bare and not new:
        if had_one:
            raise lost_register()
        refuse_to_begin()
    if not form.outstanding:
        return
    if not upgrades:
        raise NoUsableList(
            "register-not-upgraded",
            "The register was not made or upgraded for this version of ndoo. Run `ndoo serve migrate` once, then start this again.",
        )
    with _alone(connection):
        try:
            upgrade(connection)
        except DatabaseError:
            if is_half_made(connection):
                raise NoUsableList(
                    "register-half-made",
                    "An older version of ndoo ended while it made or upgraded this register, and left tables that it had not "
                    "recorded. Nothing is answered, and nothing is lost. Run `ndoo register repair`.",
                ) from None
            refuse_what_is_in_the_way(connection)
            raise


def _judge() -> None:
    from django.utils import timezone

    from ndoo.service.ledger.freshness import refuse_to_begin, refuse_what_is_behind
    from ndoo.service.ledger.head_store import heads_folder
    from ndoo.service.ledger.heads import begin, newest, seal

    refuse_what_is_behind()
    last = newest()
    if last is None:
        refuse_to_begin()
        begin(timezone.now())
    elif heads_folder().newest(last.log) is None:  # first seen from here, or whoever made it died before the copy
        seal(timezone.now())


def is_there(path: str) -> bool:
    """Does this file hold a database? What is no file, such as one in memory, is there."""
    if path.startswith((":memory:", "file:")):
        return True
    try:
        return Path(path).stat().st_size > 0
    except OSError:
        return False


@contextmanager
def _alone(connection: Any) -> Iterator[None]:
    with _one_at_a_time(data_folder()), _one_machine_at_a_time(connection):
        yield


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
