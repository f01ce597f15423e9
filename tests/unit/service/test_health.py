"""Whoever watches over the service is told in time that it cannot serve, or soon will not."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ndoo.service import disk_room, health
from ndoo.service.choices.receipts import send_receipt
from ndoo.service.ledger.models import KeeperBeat

pytestmark = pytest.mark.django_db


class Disk(NamedTuple):
    """As the system describes one."""

    free: int


def ready() -> tuple[int, Any]:
    answer = Client().get("/health/ready")
    return answer.status_code, answer.json()


@pytest.fixture(autouse=True)
def here(own_data_folder: Path) -> None:
    own_data_folder.mkdir(mode=0o700, exist_ok=True)


def test_a_register_on_a_full_disk_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was said to be, while no choice could be saved."""
    KeeperBeat.objects.create(pk=1, at=timezone.now())
    assert ready() == (200, {"status": "ready", "warnings": [], "version": health.__version__})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(4096))
    assert ready() == (503, {"status": "not ready", "code": "disk-full", "version": health.__version__})
    monkeypatch.setattr(disk_room.connection, "vendor", "postgresql", raising=False)
    assert ready()[1]["warnings"] == ["disk-full"], "choices are saved elsewhere"


@pytest.mark.parametrize(
    ("full", "status", "told"),
    [("database", 503, "disk-full"), ("data", 200, ["disk-full"]), ("heads", 200, ["disk-full"]), ("none", 200, [])],
)
def test_each_place_in_which_the_service_writes_is_asked(
    full: str, status: int, told: Any, tmp_path: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the data folder alone was asked, while the register lay on another one, which was full."""
    KeeperBeat.objects.create(pk=1, at=timezone.now())
    places = {"data": own_data_folder, "database": tmp_path / "elsewhere", "heads": tmp_path / "copies"}
    monkeypatch.setenv("NDOO_LEDGER_HEADS", str(places["heads"]))
    for place in ("database", "heads"):
        places[place].mkdir()
    monkeypatch.setitem(connection.settings_dict, "NAME", str(places["database"] / "register.sqlite3"))
    small = places.get(full, tmp_path / "nowhere").resolve()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Disk(4096 if path.resolve() == small else 1 << 40))
    assert set(disk_room.room().values()) <= {4096, 1 << 40}
    code, said = ready()
    assert (code, said.get("warnings", said.get("code"))) == (status, told)


def test_a_disk_is_looked_at_where_the_data_folder_will_be(
    own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked before the folder was made, whoever watches got a fault; and a disk that cannot be asked has no room."""
    KeeperBeat.objects.create(pk=1, at=timezone.now())
    own_data_folder.rmdir()
    assert ready()[0] == 200
    monkeypatch.setattr(shutil, "disk_usage", Path.read_text)  # of a folder: a fault of the system
    assert ready()[1]["code"] == "disk-full"


def test_a_keeper_that_is_gone_and_work_that_nobody_does_are_told() -> None:
    assert ready()[1]["warnings"] == ["keeper-silent"]
    long_ago = timezone.now() - timedelta(hours=1)
    KeeperBeat.objects.create(pk=1, at=long_ago)
    task = DBTaskResult.objects.create(
        task_path=send_receipt.module_path,
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        queue_name="default",
    )
    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=long_ago)
    assert ready()[1]["warnings"] == ["keeper-silent", "work-waits"]
    DBTaskResult.objects.filter(pk=task.pk).update(run_after=timezone.now())
    assert ready()[1]["warnings"] == ["keeper-silent"], "it was asked for long ago, and for now"
    assert connection.vendor == "sqlite"


def test_a_setting_that_cannot_be_meant_is_told_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches got a fault of the program."""
    monkeypatch.setenv("NDOO_DATA", "~nobody-of-this-name/data")
    assert ready() == (503, {"status": "not ready", "code": "setting", "version": health.__version__})
