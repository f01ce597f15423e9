"""Reads all of one moment. Nobody waits for it: writers go on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_view() -> Iterator[None]:
    """A transaction that only reads; nothing where there is a transaction already."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with _without_the_writers_lock(connection), transaction.atomic():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _without_the_writers_lock(sqlite: Any) -> Iterator[None]:
    """Transactions on SQLite begin as writers (`settings`), and there can be one writer only."""
    ordinary, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = ordinary
