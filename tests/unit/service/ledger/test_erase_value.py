"""What was erased can be read in no file of the register; where it can, nobody is told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ConnectionHandler

from ndoo.service.ledger.erase_value import is_overwritten
from ndoo.service.settings import SQLITE
from tests.support.registers import sqlite_at

WORDS = "erased words "


def held(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if WORDS.encode() in path.read_bytes())


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_what_was_erased_is_in_no_file_of_the_register(tmp_path: Path, django_db_blocker: Any) -> None:
    """SQLite keeps deleted rows in free pages, and pages as they were in its log."""
    register, reader = (
        ConnectionHandler({"default": sqlite_at(tmp_path / "register.sqlite3")})["default"] for _ in "12"
    )
    with django_db_blocker.unblock(), register.cursor() as cursor, reader.cursor() as reading:
        assert "secure_delete=ON" in str(SQLITE["init_command"]), (
            "also where the system's SQLite does not do so unasked"
        )
        cursor.execute("CREATE TABLE kept (words TEXT)")
        cursor.executemany("INSERT INTO kept VALUES (%s)", [(WORDS * 100,)] * 50 + [("kept words",)])
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM kept")
        reading.fetchone()
        cursor.execute("DELETE FROM kept WHERE words LIKE 'erased%%'")
        cursor.execute("PRAGMA busy_timeout = 10")
        assert not is_overwritten(register), "somebody reads it as it was"
        assert held(tmp_path) == ["register.sqlite3-wal"]
        reading.execute("COMMIT")
        assert is_overwritten(register)
        assert held(tmp_path) == []
        register.close()
        reader.close()


@pytest.mark.django_db
def test_before_the_end_of_a_transaction_nothing_is_overwritten() -> None:
    with transaction.atomic():
        assert not is_overwritten(connection)
