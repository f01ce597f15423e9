"""The register's database is made once, whoever comes first, and a place that cannot be used is told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core import management
from django.db import OperationalError

from ndoo.domain.errors import Fault, NotPermitted
from ndoo.service import database
from tests.support.forked_ndoo import started
from tests.support.numbers import some
from tests.support.registers import Makers, default_database, sqlite_at


def test_a_data_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotPermitted) as refused, database._one_at_a_time(tmp_path / "file" / "data"):
        pass
    assert refused.value.code == "data-folder"


def test_a_database_that_fails_while_it_is_made_is_told(
    tmp_path: Path, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(management, "call_command", fail)
    new = default_database(sqlite_at(tmp_path / "new.sqlite3"))
    with django_db_blocker.unblock(), new, pytest.raises(Fault) as refused:
        database.ready()
    assert refused.value.code == "register-unreachable"


def test_machines_that_start_at_once_on_one_postgresql_make_the_tables_once(
    postgresql_server: str, tmp_path: Path
) -> None:
    import psycopg

    makers = Makers(tmp_path)
    makers.uri = postgresql_server
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute("CREATE DATABASE bare")
        try:
            running = [
                started(
                    *("register", "set", number, "--choice", "opt_out", "-q"),
                    stderr=subprocess.PIPE,
                    text=True,
                    cwd=tmp_path,
                    env=os.environ | {"NDOO_DATA": str(tmp_path / number[-3:]), "NDOO_DATABASE_URL": makers.of("bare")},
                )
                for number in some(3)
            ]
            assert [(process.communicate(timeout=120)[1], process.returncode) for process in running] == [("", 0)] * 3
        finally:
            server.execute("DROP DATABASE bare WITH (FORCE)")
