"""The register's database is made once, whoever comes first, and a place that cannot be used is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.service import database
from tests.numbers import some
from tests.registers import Makers


def test_a_data_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotPermitted) as refused, database._one_at_a_time(tmp_path / "file" / "data"):
        pass
    assert refused.value.code == "data-folder"


def test_machines_that_start_at_once_on_one_postgresql_make_the_tables_once(
    postgresql_server: str, tmp_path: Path
) -> None:
    import psycopg

    makers = Makers(tmp_path)
    makers.uri = postgresql_server
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute("CREATE DATABASE bare")
        try:
            program = Path(sys.executable).with_name("ndoo")
            running = [
                subprocess.Popen(
                    [program, "register", "set", number, "--choice", "opt_out", "-q"], stderr=subprocess.PIPE,
                    text=True, cwd=tmp_path,
                    env=os.environ | {"NDOO_DATA": str(tmp_path / number[-3:]), "NDOO_DATABASE_URL": makers.of("bare")},
                )
                for number in some(3)
            ]  # fmt: skip
            assert [(process.communicate(timeout=120)[1], process.returncode) for process in running] == [("", 0)] * 3
        finally:
            server.execute("DROP DATABASE bare WITH (FORCE)")
