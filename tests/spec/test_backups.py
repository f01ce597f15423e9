"""A backup is whole or absent, is put back over nothing, and an old one is noticed by the heads that were kept elsewhere."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, NdooError, UsageFault
from ndoo.evidence.seal import load_sealer
from ndoo.service.backup import contents, copy_database, make_backup
from ndoo.service.backup.restore_backup import restore_backup
from ndoo.service.ledger.register_note import EMPTY_NOTE
from tests.support.canary import assert_silent
from tests.support.forked_ndoo import ended
from tests.support.numbers import some

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ENGINE = "ndoo.service.queued_sqlite3"


class Desk:
    """Runs `ndoo` in processes of its own, on a service whose heads are kept on other storage."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if name != "NDOO_DATABASE_URL"} | {
            "NDOO_DATA": str(folder / "data"),
            "NDOO_LEDGER_HEADS": str(folder / "heads"),
            "DJANGO_SETTINGS_MODULE": "ndoo.service.settings",
            **more,
        }

    def __call__(self, *words: str, code: int = 0) -> Any:
        run = ended(*words, "--json", cwd=self.folder, env=self.environment, input=some(1)[0] + "\n")
        assert run.returncode == code, run.stderr
        assert_silent(run.stdout + run.stderr, words[0])
        return json.loads(run.stdout)


def drill(desk: Desk, lose: Any) -> None:
    """Back up, go on, lose everything but the heads, restore: the register knows that it is old, and then answers."""
    desk("register", "set", "--choice", "opt_out")
    assert desk("backup", "saved")["files"] >= 4
    desk("register", "set", "--choice", "allow")
    lose()
    assert desk("restore", "saved", code=4)["error"]["code"] == "register-behind"
    desk("ledger", "accept", "--because", "the disk failed")
    desk("ledger", "verify")
    assert desk("register", "show")["choice"] == "opt_out"


@pytest.mark.soak
def test_a_lost_disk_is_restored_and_an_old_backup_does_not_answer(tmp_path: Path) -> None:
    """In `make test` the page on backups is walked on SQLite (`test_register_backup_page.py`), and this drill on PostgreSQL."""
    desk = Desk(tmp_path)
    drill(desk, lambda: (tmp_path / "data").rename(tmp_path / "lost"))
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
    assert desk("restore", "saved", code=2)["error"]["code"] == "restore-not-empty"


def test_the_same_on_postgresql(tmp_path: Path, postgresql_server: str) -> None:
    import pgserver
    import psycopg

    def anew() -> None:
        with psycopg.connect(postgresql_server, autocommit=True) as server:
            server.execute("DROP DATABASE IF EXISTS drill WITH (FORCE)")
            server.execute("CREATE DATABASE drill")
        if (tmp_path / "data").exists():
            (tmp_path / "data").rename(tmp_path / "lost")

    anew()
    programs = Path(pgserver.__file__).parent / "pginstall" / "bin"
    desk = Desk(
        tmp_path,
        NDOO_DATABASE_URL=postgresql_server.replace("/postgres?", "/drill?"),
        NDOO_SECRET_KEY="x" * 60,
        PATH=f"{programs}:{os.environ['PATH']}",
    )
    drill(desk, anew)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup of a few made-up files."""
    folder = tmp_path / "saved"
    for name in ("data/seal.key", "data/jobs/1/result", "heads/log/newest.json", contents.SQLITE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    contents.write(folder, contents.SQLITE, NOW, load_sealer(tmp_path / "keys"))
    return folder


def put_back(saved: Path) -> Path:
    data = saved.parent / "data"
    restore_backup(saved, data, data / "heads", {"ENGINE": ENGINE, "NAME": str(data / "register.sqlite3")})
    return data


def test_everything_is_put_where_it_was(saved: Path) -> None:
    data = put_back(saved)
    assert (data / "register.sqlite3").read_text() == contents.SQLITE
    assert (data / "heads" / "log" / "newest.json").read_text() == "heads/log/newest.json"
    assert (data / "jobs" / "1" / "result").read_text() == "data/jobs/1/result"
    assert all(path.stat().st_mode & 0o077 == 0 for path in [data, *data.rglob("*")])


def damaged(saved: Path, how: str) -> None:
    manifest = saved / contents.NAME
    said = json.loads(manifest.read_text())
    match how:
        case "a byte":
            (saved / contents.SQLITE).write_text("Register.sqlite3")
        case "a file more":
            (saved / "data" / "more").touch()
        case "a file less":
            (saved / "data" / "seal.key").unlink()
        case "a link to a folder":
            (saved / "data" / "more").symlink_to(saved.parent / "keys")
        case "a link to a file":
            (saved / "data" / "more").symlink_to(saved / "data" / "seal.key")
        case "no record":
            manifest.unlink()
        case "a record changed":
            manifest.write_text(json.dumps(said | {"ndoo": "9"}))
        case "a record of something else":
            manifest.write_text(json.dumps({"kind": "manifest"}))
        case "half a record":
            manifest.write_bytes(manifest.read_bytes()[:50])


@pytest.mark.parametrize(
    "how",
    [
        "a byte",
        "a file more",
        "a file less",
        "a link to a folder",
        "a link to a file",
        "no record",
        "a record changed",
        "a record of something else",
        "half a record",
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_is_put_in_place(how: str, saved: Path) -> None:
    damaged(saved, how)
    with pytest.raises(NdooError) as refusal:
        put_back(saved)
    assert refusal.value.code in ("backup-damaged", "no-backup", "backup-unreadable")
    assert sorted(path.name for path in saved.parent.iterdir()) == ["keys", "saved"]


def test_nothing_that_is_there_is_written_over(saved: Path) -> None:
    data = put_back(saved)
    (data / "seal.key").write_text("mine")
    with pytest.raises(UsageFault) as refusal:
        put_back(saved)
    assert refusal.value.code == "restore-not-empty"
    assert (data / "seal.key").read_text() == "mine"
    with pytest.raises(UsageFault):
        restore_backup(
            saved, saved.parent / "other", data / "heads", {"ENGINE": ENGINE, "NAME": str(data / "register.sqlite3")}
        )
    assert not (saved.parent / "other").exists()


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_what_sqlite_left_of_the_lost_register_is_not_played_into_the_restored_one(ending: str, saved: Path) -> None:
    file = saved.parent / "elsewhere.sqlite3"
    (saved.parent / f"elsewhere.sqlite3{ending}").touch()
    with pytest.raises(UsageFault) as refusal:
        restore_backup(saved, saved.parent / "data", saved.parent / "heads", {"ENGINE": ENGINE, "NAME": str(file)})
    assert refusal.value.code == "restore-not-empty"
    assert not (saved.parent / "data").exists()


def test_a_volume_is_filled_and_a_register_elsewhere_gets_its_name_last(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, file = saved.parent / "volume", saved.parent / "elsewhere.sqlite3"
    data.mkdir()
    blocked = saved.parent / "no-folder"
    blocked.touch()
    place = {"ENGINE": ENGINE, "NAME": str(file)}
    with pytest.raises(NdooError) as refusal:
        restore_backup(saved, data, blocked / "heads", place)
    assert refusal.value.code == "restore-not-written"
    assert not file.exists()
    assert list(data.iterdir()) == []
    restore_backup(saved, data, data / "heads", place)
    assert sorted(entry.name for entry in data.iterdir()) == ["heads", "jobs", "seal.key"]
    assert file.read_text() == contents.SQLITE


def test_a_command_that_was_tried_first_does_not_stand_in_the_way_of_the_restore(saved: Path) -> None:
    """Every command notes that an empty data folder has no register, before it refuses to make one where one was lost."""
    data = saved.parent / "data"
    data.mkdir()
    (data / "register.json").write_bytes(b'{"sealed_by": {"log": "key"}}')
    with pytest.raises(UsageFault, match="is there already"):
        put_back(saved)
    (data / "register.json").write_bytes(EMPTY_NOTE)
    assert "seal.key" in [entry.name for entry in put_back(saved).iterdir()]


def test_heads_that_were_kept_are_not_replaced_by_older_ones(saved: Path) -> None:
    heads = saved.parent / "heads"
    (heads / "log").mkdir(parents=True)
    (heads / "log" / "newest.json").write_text("newer")
    data = saved.parent / "data"
    restore_backup(saved, data, heads, {"ENGINE": ENGINE, "NAME": str(data / "register.sqlite3")})
    assert (heads / "log" / "newest.json").read_text() == "newer"


def test_a_backup_of_one_kind_of_database_is_not_put_into_the_other(saved: Path) -> None:
    with pytest.raises(UsageFault) as refusal:
        restore_backup(
            saved,
            saved.parent / "data",
            saved.parent / "heads",
            {"ENGINE": "django.db.backends.postgresql", "NAME": "x"},
        )
    assert refusal.value.code == "restore-other-database"


def test_what_was_erased_is_in_no_page_of_the_copy(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite3"
    database = sqlite3.connect(path)
    database.execute("PRAGMA secure_delete = OFF")
    database.execute("CREATE TABLE kept (words TEXT)")
    database.executemany("INSERT INTO kept VALUES (?)", [("erased words " * 100,)] * 50 + [("kept words",)])
    database.commit()
    database.execute("DELETE FROM kept WHERE words LIKE 'erased%'")
    database.commit()
    assert b"erased words" in path.read_bytes(), "SQLite keeps what it deleted in free pages"
    (tmp_path / "copy").mkdir()
    name = copy_database.dump({"ENGINE": ENGINE, "NAME": str(path)}, tmp_path / "copy")
    copied = (tmp_path / "copy" / name).read_bytes()
    assert b"kept words" in copied
    assert b"erased words" not in copied


def test_there_is_no_backup_of_what_cannot_be_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (tmp_path / "register.sqlite3").write_text("no database")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Fault):
        make_backup.make_backup(tmp_path / "saved", {"ENGINE": ENGINE, "NAME": str(tmp_path / "register.sqlite3")}, NOW)
    with pytest.raises(NdooError):
        make_backup.make_backup(tmp_path / "data", {"ENGINE": ENGINE, "NAME": str(tmp_path / "register.sqlite3")}, NOW)
    assert sorted(tmp_path.iterdir()) == before


def test_a_register_in_a_folder_below_is_copied_once_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    (data / "db").mkdir(parents=True)
    monkeypatch.setenv("NDOO_DATA", str(data))
    monkeypatch.setattr(make_backup, "_read_once", lambda *_: None)
    load_sealer(data)
    path = data / "db" / "register.sqlite3"
    sqlite3.connect(path).execute("CREATE TABLE kept (words TEXT)").connection.close()
    database = {"ENGINE": ENGINE, "NAME": str(path)}
    held = make_backup.make_backup(tmp_path / "saved", database, NOW)
    assert sorted(held.files) == ["data/seal.key", contents.SQLITE]
    with pytest.raises(UsageFault) as inside:
        make_backup.make_backup(data / "saved", database, NOW)
    assert inside.value.code == "backup-inside"
    data.rename(tmp_path / "lost")
    restore_backup(tmp_path / "saved", data, data / "heads", database)
    assert path.read_bytes()[:15] == b"SQLite format 3"


def test_a_link_is_no_part_of_a_backup_and_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "big").mkdir()
    (data / "records").symlink_to(tmp_path / "big")
    monkeypatch.setenv("NDOO_DATA", str(data))
    path = tmp_path / "register.sqlite3"
    sqlite3.connect(path).execute("CREATE TABLE kept (words TEXT)").connection.close()
    with pytest.raises(Fault) as refusal:
        make_backup.make_backup(tmp_path / "saved", {"ENGINE": ENGINE, "NAME": str(path)}, NOW)
    assert refusal.value.code == "backup-link"
    assert not (tmp_path / "saved").exists()


def test_there_is_no_backup_whose_ledger_does_not_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "data"))
    load_sealer(tmp_path / "data")
    path = tmp_path / "register.sqlite3"
    sqlite3.connect(path).execute("CREATE TABLE ledger_ledgerleaf (words TEXT)").connection.close()
    with pytest.raises(Fault) as refusal:
        make_backup.make_backup(tmp_path / "saved", {"ENGINE": ENGINE, "NAME": str(path)}, NOW)
    assert refusal.value.code == "backup-not-whole"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "register.sqlite3"]


def test_missing_programs_of_postgresql_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageFault, match="pg_dump"):
        copy_database.dump({"ENGINE": "django.db.backends.postgresql", "NAME": "x"}, tmp_path)
