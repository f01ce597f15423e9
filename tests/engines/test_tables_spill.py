"""What does not fit into DuckDB's memory ends no run, and what it writes elsewhere meanwhile tells nobody of the list."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest

from ndoo.domain.errors import NdooError
from ndoo.upholding.database_address import address_of
from ndoo.upholding.databases import duckdb as in_duckdb
from ndoo.upholding.databases.database import Database, open_database
from tests.support.numbers import some

PEOPLE = some(50_000, seed=5)
LIST = pa.table(
    {
        "listed": [
            f"{number} is one of those who opted out, for the {at}th time" for at in range(16) for number in PEOPLE
        ]
    }
)


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database, to be opened with room for a part of the list only."""
    import duckdb

    monkeypatch.setattr(in_duckdb, "_MEMORY", "SELECT 64000000")
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    return f"duckdb:///{tmp_path / 'warehouse.duckdb'}"


def spilled(database: Database) -> list[Path]:
    """What lies outside of memory, of a list that was taken in and gone through in another order."""
    database.take_list(LIST)
    database.run(f"CREATE TEMP TABLE sorted AS SELECT * FROM {database.listed} ORDER BY hash(listed)")
    assert database.run("SELECT count(*) FROM sorted") == [(LIST.num_rows,)]
    ((folder,),) = database.run("SELECT current_setting('temp_directory')")
    return [path for path in Path(folder).iterdir() if path.stat().st_size]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_list_that_does_not_fit_into_memory_stops_no_run_and_is_not_to_be_read(read_only: bool, address: str) -> None:
    with open_database(address_of(address), read_only=read_only) as database:
        files = spilled(database)
        assert files, "it did spill"
        folder = files[0].parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        stored = b"".join(path.read_bytes() for path in files)
        assert b"one of those" not in stored
        assert not any(number.encode() in stored for number in PEOPLE[:20])
    assert not folder.exists()
    assert [path.name for path in folder.parent.iterdir()] == ["warehouse.duckdb"]
    with pytest.raises(ZeroDivisionError), open_database(address_of(address), read_only=read_only) as database:
        folder = spilled(database)[0].parent
        raise ZeroDivisionError
    assert not folder.exists(), "nor after a fault"


def test_where_nobody_may_write_beside_the_database_the_spill_goes_to_the_system_s_folder(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "system").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "system"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with open_database(address_of(address), read_only=True) as database:
        assert spilled(database)[0].parent.parent == tmp_path / "system"
    assert not list((tmp_path / "system").iterdir())


def test_without_any_room_for_what_does_not_fit_the_run_is_refused(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with (
        pytest.raises(NdooError, match="what does not fit into memory"),
        open_database(address_of(address), read_only=True),
    ):
        pass
