"""A copied head that is lost, damaged or replaced by an older one would let an old backup pass."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.evidence.ledger import heads_folder
from ndoo.evidence.ledger.heads_folder import NEWEST, HeadsFolder
from tests.unit.evidence.ledger.logs import LOG, WHEN, entries, head_of


@pytest.fixture
def folder(tmp_path: Path) -> HeadsFolder:
    return HeadsFolder(tmp_path / "heads")


def test_the_newest_head_and_the_last_of_each_day_are_kept(folder: HeadsFolder) -> None:
    assert folder.newest(LOG) is None
    assert folder.every(LOG) == []
    heads = [head_of(entries(size), at=WHEN + timedelta(hours=8 * size)) for size in range(6)]
    for head in heads:
        folder.keep(head.document)
    assert folder.newest(LOG) == heads[-1]
    assert [head.size for head in folder.every(LOG)] == [1, 4, 5], "the last of the 22nd, of the 23rd and of the 24th"


def test_an_older_head_replaces_no_newer_one(folder: HeadsFolder) -> None:
    new, old = head_of(entries(5)), head_of(entries(4))
    folder.keep(new.document)
    folder.keep(old.document)
    assert folder.newest(LOG) == new


def test_only_its_owner_reads_it(folder: HeadsFolder) -> None:
    folder.keep(head_of(entries(1)).document)
    for path in (folder.path, folder.path / LOG, *(folder.path / LOG).iterdir()):
        assert path.stat().st_mode & 0o077 == 0


def test_heads_that_were_set_aside_count_no_longer_and_stay(folder: HeadsFolder) -> None:
    folder.keep(head_of(entries(5)).document)
    folder.set_aside(LOG)
    assert folder.newest(LOG) is None
    assert folder.every(LOG) == []
    assert len(list(folder.path.rglob(NEWEST))) == 1
    folder.keep(head_of(entries(2)).document)
    assert [head.size for head in folder.every(LOG)] == [2]


def test_which_log_a_register_had_is_kept_without_its_address(folder: HeadsFolder) -> None:
    assert folder.log_of("sqlite:/a") is None
    folder.note("sqlite:/a", LOG)
    assert (folder.log_of("sqlite:/a"), folder.log_of("sqlite:/b")) == (LOG, None)
    assert not any("sqlite" in path.name for path in folder.path.iterdir())


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 20_000], ids=lambda text: repr(text[:4]))
def test_a_damaged_head_is_no_missing_head(folder: HeadsFolder, text: bytes) -> None:
    folder.keep(head_of(entries(1)).document)
    (folder.path / LOG / NEWEST).write_bytes(text)
    for asking in (folder.newest, folder.every):
        with pytest.raises(UnfitData):
            asking(LOG)
    with pytest.raises(UnfitData):
        folder.keep(head_of(entries(2)).document)


def test_a_forged_head_is_refused(folder: HeadsFolder) -> None:
    folder.keep(head_of(entries(2)).document)
    path = folder.path / LOG / NEWEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"size": 1}))
    with pytest.raises(UnfitData) as refused:
        folder.newest(LOG)
    assert refused.value.code == "ledger-head-seal"


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    folder = HeadsFolder(tmp_path / "file")
    acts: list[Any] = [
        lambda: folder.keep(head_of(entries(1)).document),
        lambda: folder.newest(LOG),
        lambda: folder.log_of("a"),
        lambda: folder.note("a", LOG),
        lambda: folder.set_aside(LOG),
    ]
    for act in acts:
        with pytest.raises(NotPermitted) as refused:
            act()
        assert refused.value.code == "ledger-heads-folder"

    def fail(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "glob", fail)
    with pytest.raises(NotPermitted):
        HeadsFolder(tmp_path / "other").every(LOG)


def test_a_disk_that_fails_leaves_the_head_that_was_there(folder: HeadsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    old = head_of(entries(1))
    folder.keep(old.document)
    with monkeypatch.context() as failing:
        failing.setattr(heads_folder.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "")))
        with pytest.raises(NotPermitted):
            folder.keep(head_of(entries(2)).document)
    assert folder.newest(LOG) == old
    assert not [name for name in os.listdir(folder.path / LOG) if name.startswith(".") and name != ".lock"]
