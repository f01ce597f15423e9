"""Django's SQLite, with a queue before the writer's lock.

SQLite has one writer at a time, and whoever finds it taken sleeps and tries again, longer each time: with eight who write, some wait
for seconds while others come and go. Here a writer first takes the lock of a file beside the database, which the system hands on in
the order in which it was asked for, and keeps it until the transaction ends. Readers do not queue. What Django's types leave out of its own class is ignored by name.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.db.backends.sqlite3 import base

_WRITES = "IMMEDIATE"


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection. Its place in the queue is given up with the transaction, and with the process, however that ends."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._turn: int | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self.transaction_mode == _WRITES and not self.is_in_memory_db():  # type: ignore[attr-defined]
            self._wait_for_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_up_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._give_up_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_up_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_up_turn()

    def _wait_for_turn(self) -> None:
        """Where the folder may not be written, there is no queue, and SQLite's own way of waiting."""
        if self._turn is not None:
            return
        try:
            self._turn = os.open(f"{self.settings_dict['NAME']}.queue", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        fcntl.flock(self._turn, fcntl.LOCK_EX)

    def _give_up_turn(self) -> None:
        if self._turn is not None:
            turn, self._turn = self._turn, None
            os.close(turn)
