"""A folder that cannot be published leaves nothing, whatever the machine refuses, and nobody else's folder is touched."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, NotPermitted, UsageFault
from ndoo.evidence.earlier_outputs import EarlierOutput
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.upholding.publication.folder_publication import FolderPublication

_always = EarlierOutput(lambda _: True, "anything")


def _refusing(number: int) -> Any:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, "refused")

    return refuse


def test_two_runs_do_not_write_one_folder(tmp_path: Path) -> None:
    with FolderPublication(tmp_path / "out", replaceable=_always), pytest.raises(Fault, match="Another run"):
        FolderPublication(tmp_path / "out", replaceable=_always).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_file_or_a_link_under_the_outputs_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(UsageFault, match="a folder"), FolderPublication(tmp_path / name, replaceable=_always):
            pass


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageFault, match="of the output does not exist"),
        FolderPublication(tmp_path / "no" / "out", replaceable=_always),
    ):
        pass


def test_what_the_machine_refuses_is_explained_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FolderPublication(tmp_path / "out", replaceable=_always) as publication:
        with monkeypatch.context() as machine:
            machine.setattr(Path, "mkdir", _refusing(errno.EACCES))
            with pytest.raises(NotPermitted):
                publication.draft(tmp_path / "out")
        draft = publication.draft(tmp_path / "out")
        draft.file("deep/er/a.csv")
        with pytest.raises(Fault):
            draft.file("deep/er/a.csv")
        with monkeypatch.context() as machine:
            machine.setattr(os, "fsync", _refusing(errno.EIO))
            with pytest.raises(Fault):
                publication.publish()
    assert list(tmp_path.iterdir()) == []


def test_of_two_folders_neither_stays_where_the_second_cannot_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, calls = Path.rename, 0

    def second_refused(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError(errno.ENOSPC, "full")
        return rename(self, target)

    with FolderPublication(tmp_path / "held", tmp_path / "out", replaceable=_always) as publication:
        for name in ("held", "out"):
            publication.draft(tmp_path / name, private=True).file("a.csv")
        monkeypatch.setattr(Path, "rename", second_refused)
        with pytest.raises(Fault, match="no room"):
            publication.publish()
    assert list(tmp_path.iterdir()) == []


MANIFEST = ReleaseManifest({"output": {"format": "fhir"}, "files": {"a.ndjson": {}}})


@pytest.mark.parametrize(
    "meddle",
    [
        lambda draft: (draft.path / ".DS_Store").write_text("somebody"),
        lambda draft: (draft.path / "empty").mkdir(),
        lambda draft: (draft.path / "a.ndjson").unlink(),
        lambda draft: draft.put("b.ndjson", b"somebody"),
    ],
    ids=["hidden", "empty_folder", "missing", "written_and_not_named"],
)
def test_a_draft_that_does_not_hold_exactly_what_its_manifest_names_is_never_published(
    tmp_path: Path, meddle: Any
) -> None:
    with FolderPublication(tmp_path / "out", replaceable=_always) as publication:
        draft = publication.draft(tmp_path / "out")
        draft.put("a.ndjson", b"{}")
        draft.put_manifest("manifest.json", MANIFEST)
        meddle(draft)
        with pytest.raises(Fault, match="exactly what its manifest names"):
            publication.publish()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_manifest_is_never_published(tmp_path: Path) -> None:
    with FolderPublication(tmp_path / "out", replaceable=_always) as publication:
        publication.draft(tmp_path / "out").put("a.ndjson", b"{}")
        with pytest.raises(Fault):
            publication.publish()
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_sweeps_what_a_dead_one_left_and_nothing_that_is_alive(tmp_path: Path) -> None:
    dead = tmp_path / ".ndoo-0123456789abcdef.folder"
    dead.mkdir()
    (dead / "a.csv").write_text("somebody")
    (tmp_path / ".ndoo-file.folder").write_text("not a folder")
    with FolderPublication(tmp_path / "out", replaceable=_always) as publication:
        alive = publication.draft(tmp_path / "out")
        assert not dead.exists()
        assert FolderPublication(replaceable=_always)._sweep(tmp_path) == 0
        assert alive.path.exists()
