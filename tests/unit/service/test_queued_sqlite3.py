"""Whoever writes to a register in SQLite is served in turn, and nobody who died holds the others up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.backends.sqlite3 import base

from tests.support.registers import default_database, sqlite_at

WAITERS = 5


@pytest.fixture
def shared(tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    path = tmp_path / "shared.sqlite3"
    with django_db_blocker.unblock(), default_database(sqlite_at(path)):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE served (who integer)")
        yield path


def waiting(queue: Path) -> int:
    """How many wait in the queue, as the system says."""
    inode = f":{queue.stat().st_ino} "
    return sum("->" in line and inode in line for line in Path("/proc/locks").read_text().splitlines())


def until(seen: Callable[[], bool]) -> None:
    while not seen():
        os.sched_yield()


def write(who: int) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO served VALUES (%s)", [who])
    finally:
        connections.close_all()


def served() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT who FROM served ORDER BY rowid")
        return [who for (who,) in cursor.fetchall()]


def test_whoever_came_first_writes_first(shared: Path) -> None:
    queue = shared.with_name("shared.sqlite3.queue")
    threads = [Thread(target=write, args=[who]) for who in range(WAITERS)]
    with transaction.atomic():
        for who, thread in enumerate(threads):
            thread.start()
            until(lambda who=who: waiting(queue) == who + 1)  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert served() == list(range(WAITERS))
    assert queue.stat().st_mode & 0o077 == 0


def test_nobody_who_was_killed_holds_the_others_up(shared: Path) -> None:
    connections.close_all()
    child = os.fork()
    if child == 0:
        with transaction.atomic():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    write(1)
    assert served() == [1]


def served_within_a_thread(who: int) -> bool:
    """Is somebody else served, or does the one before still hold their turn?"""
    thread = Thread(target=write, args=[who], daemon=True)
    thread.start()
    thread.join(60)
    return not thread.is_alive() and served() == [who]


def test_a_turn_ends_with_its_transaction_however_that_ends(shared: Path) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        raise RuntimeError
    assert served_within_a_thread(1)


def test_a_turn_ends_where_the_transaction_never_began(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(base.DatabaseWrapper, "_start_transaction_under_autocommit", fail)
        with pytest.raises(RuntimeError), transaction.atomic():
            raise AssertionError
    assert served_within_a_thread(2)


def test_a_folder_that_may_not_be_written_has_no_queue_and_still_a_register(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(path: Any, *given: Any, **options: Any) -> int:
        if str(path).endswith(".queue"):
            raise PermissionError
        return real(path, *given, **options)

    monkeypatch.setattr(os, "open", refuse)
    write(3)
    assert served() == [3]
