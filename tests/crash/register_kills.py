"""Kills a process while it makes or upgrades a register: before a statement, before a file is named, wherever it is told to."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from ndoo.evidence.ledger import heads_folder
from ndoo.service import database, upgrade_register
from ndoo.service.ledger import register_note
from tests.support.registers import default_database

ON_ITS_WAY, KILLED = 0, -signal.SIGKILL
Moment = Callable[[int, str], bool]
"""Is it now? Asked with how many moments there were before, and the statement, or the name of the file."""


def ready_until(database_settings: dict[str, Any], now: Moment, *, naive: bool = False) -> int:
    """A process of its own makes this register ready, and is killed at that moment; its exit status.

    Args:
        naive: migrations and their records as Django writes them, each in transactions of its own.
    """
    child = os.fork()
    if child == 0:
        try:
            with default_database(database_settings), moments(now), as_before() if naive else patch.dict({}):
                database.ready()
            os._exit(ON_ITS_WAY)
        except BaseException as error:  # noqa: BLE001  whatever it is, the parent is told
            os.write(2, f"{error!r}\n".encode())
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def moments(now: Moment) -> Iterator[None]:
    """Inside, this process is killed at the moment that is meant."""
    count = 0

    def one(what: str) -> None:
        nonlocal count
        if now(count, what):
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    def before(real: Callable[..., Any]) -> Callable[..., Any]:
        def named(*given: Any) -> Any:
            one(str(given[0]))
            return real(*given)

        return named

    def asked(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        one(sql)
        return execute(sql, *given)

    with (
        patch.object(heads_folder, "_put", before(heads_folder._put)),
        patch.object(register_note, "put_anew", before(register_note.put_anew)),
        connection.execute_wrapper(asked),
    ):
        yield


@contextmanager
def as_before() -> Iterator[None]:
    """The naive way of older versions."""

    @contextmanager
    def parted(_: Any) -> Iterator[None]:
        yield

    with patch.object(upgrade_register, "_whole", parted):
        yield


def made_up_to(steps: int) -> list[str]:
    """Give the default database the first so many migrations of the plan, as an older version left it; the names of the others."""
    executor = MigrationExecutor(connection)
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    executor.migrate([(one.app_label, one.name) for one in plan[:steps]])
    return [f"{one.app_label}.{one.name}" for one in plan[steps:]]


def moments_of(database_settings: dict[str, Any]) -> list[str]:
    """Every moment at which whoever makes this register ready could be killed; it is ready afterwards."""
    seen: list[str] = []

    def note(_: int, what: str) -> bool:
        seen.append(what)
        return False

    with default_database(database_settings), moments(note):
        database.ready()
    return seen


def close() -> None:
    """Before a process is made: it must not share a connection."""
    connections.close_all()
