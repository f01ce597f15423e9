"""The database's clock: the one clock that all who record into a register share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

_SQLITE_TICK = timedelta(milliseconds=1)


def database_time() -> datetime:
    """The time as the database has it, in UTC. Of SQLite, whose clock ticks in milliseconds, the last moment of this one: what was
    read from the machine's clock before is not later."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            (moment,) = cursor.fetchone()
            return moment.astimezone(UTC)  # type: ignore[no-any-return]
        cursor.execute("SELECT strftime('%%Y-%%m-%%dT%%H:%%M:%%f', 'now')", [])
        (text,) = cursor.fetchone()
    return datetime.fromisoformat(text).replace(tzinfo=UTC) + _SQLITE_TICK - timedelta(microseconds=1)
