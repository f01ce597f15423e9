"""Can a failing machine leave half a file, a wrong seal, or a mixture of two inputs? Whole or absent, and it says so."""

from __future__ import annotations

import base64
import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ndoo.evidence import seal
from ndoo.upholding.input_files.source import ByteSource
from ndoo.upholding.text.delimited import Delimited
from tests.attack.scene import GO, HEADING, MUST_GO, STAY, Scene, inventory, row, table
from tests.conftest import TODAY
from tests.support.forked_ndoo import ended

LARGE = table([*map(row, STAY), row(GO[0], MUST_GO)] * 8000)
CALL = ("uphold", "in.csv", "-o", "out.csv", "--allowed", "allowed.dat", "--checked-at", TODAY)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG], ids=["full_disk", "quota", "file_limit"])
@pytest.mark.parametrize("after", [0, 1, 2], ids=["at_once", "after_the_heading", "later"])
def test_no_room_leaves_nothing(code: int, after: int, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(LARGE)
    written, write = [0], os.write

    def full(handle: int, data: Any) -> int:
        written[0] += 1
        if written[0] > after:
            raise OSError(code, os.strerror(code))
        return write(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        scene.refuses(1, "disk-full")
    scene.upholds(0)


def test_a_disk_that_takes_a_few_bytes_at_a_time_loses_none(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """`write` may store less than it was given; what is left over is not forgotten, in the manifest neither."""
    scene.put(table())
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, memoryview(data)[:7]))
    scene.upholds(0)
    assert scene.verify().status == 0


def test_no_room_for_the_manifest_leaves_no_output(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    write = os.write

    def full(handle: int, data: Any) -> int:
        if bytes(data[:1]) == b"{":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        scene.refuses(1, "disk-full")


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_disk_that_fails_when_it_is_flushed_leaves_nothing(
    call: str, scene: Scene, monkeypatch: pytest.MonkeyPatch, own_data_folder: Path
) -> None:
    """Full or failing disks often say so only then."""
    key(own_data_folder, WHOLE_KEY)
    scene.put(table())

    def failing(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        scene.refuses(1, "disk-full")


@pytest.mark.parametrize("at", [0, 1])
def test_a_rename_that_fails_leaves_neither_file(at: int, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    renamed, rename = [0], Path.rename

    def failing(path: Path, target: Path) -> Path:
        renamed[0] += 1
        if renamed[0] > at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing)
        scene.refuses(1, "machine-fault")


def test_a_real_limit_on_file_size_leaves_nothing(scene: Scene) -> None:
    """In a process of its own, with no stand-in: the machine refuses the bytes beyond a megabyte."""
    scene.put(LARGE)
    before = inventory(scene.folder)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))  # noqa: E731
    done = ended(*CALL, cwd=scene.folder, preexec_fn=limit)
    assert done.returncode == 1
    assert "no room" in done.stderr
    assert inventory(scene.folder) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, where the machine allows one to be made."""
    disk, mount = tmp_path / "disk", shutil.which("mount")
    disk.mkdir()
    if (
        mount is None
        or subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True).returncode
    ):
        pytest.skip("this account may not mount a disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_real_full_disk_leaves_nothing(scene: Scene, small_disk: Path) -> None:
    scene.put(LARGE)
    scene.refuses(1, "disk-full", output="disk/out.csv")
    assert not list(small_disk.iterdir())


def test_a_read_error_is_not_the_end_of_the_file(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(LARGE)

    def failing(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "readv", failing)
        scene.refuses(1, "machine-fault")


def truncate(path: Path) -> None:
    with path.open("rb+") as file:
        file.truncate(path.stat().st_size - len(f"{row(STAY[0])}\n") * 3)


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write(row(STAY[0]) + "\n")


def overwrite(path: Path) -> None:
    with path.open("rb+") as file:
        file.seek(len(HEADING) + 1)
        file.write(GO[0].encode())


def overwrite_and_set_back_the_time(path: Path) -> None:
    was = path.stat()
    overwrite(path)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def replace(path: Path) -> None:
    fresh = path.with_name("fresh")
    fresh.write_text(table())
    fresh.rename(path)


CHANGES = (truncate, append, overwrite, overwrite_and_set_back_the_time, replace, Path.unlink, Path.touch)


@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
def test_an_input_that_changes_while_it_is_read_gives_no_output(
    change: Callable[[Path], None], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of one extract and half of the next would be neither."""
    path = scene.put(LARGE)
    read = ByteSource.read_into
    calls = [0]

    def changing(source: ByteSource, view: memoryview) -> Any:
        calls[0] += 1
        if calls[0] == 4:
            change(path)
        return read(source, view)

    monkeypatch.setattr(ByteSource, "read_into", changing)
    said = scene.uphold()
    assert calls[0] >= 4
    expected = (2, "no-such-file") if change is Path.unlink else (3, "input-changed")
    assert (said.status, said.json["error"]["code"]) == expected
    assert not list(scene.folder.glob("out*"))


def test_an_input_replaced_between_its_heading_and_its_rows_gives_no_output(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The columns of the first file would be read in the second, whose columns stand in another order."""
    path = scene.put(
        table([f"{n},{m},x" for n, m in zip(STAY[:4], STAY[4:], strict=True)], heading="nhs_number,mother,m")
    )
    preview = Delimited.preview

    def replacing(dataset: Delimited, watch: Any) -> None:
        preview(dataset, watch)
        path.with_name("fresh").write_text(table([f"{STAY[0]},{GO[0]},{MUST_GO}"], heading="mother,nhs_number,m"))
        path.with_name("fresh").rename(path)

    monkeypatch.setattr(Delimited, "preview", replacing)
    said = scene.uphold("--nhs-number", "nhs_number", "--ignore-column", "mother")
    assert (said.status, said.json["error"]["code"]) == (3, "input-changed")
    assert not list(scene.folder.glob("out*"))


def key(own_data_folder: Path, content: bytes, mode: int = 0o600) -> None:
    own_data_folder.mkdir(exist_ok=True)
    (own_data_folder / seal.KEY_FILE).write_bytes(content)
    (own_data_folder / seal.KEY_FILE).chmod(mode)


WHOLE_KEY = base64.b64encode(bytes(range(32)))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o660, 0o677], ids=oct)
def test_a_key_that_others_may_use_seals_nothing(mode: int, scene: Scene, own_data_folder: Path) -> None:
    key(own_data_folder, WHOLE_KEY, mode)
    scene.put(table())
    scene.refuses(5, "key-exposed")


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", WHOLE_KEY[:-4], WHOLE_KEY * 2, b"not base64 at all!", bytes(32)],
    ids=["empty", "blank", "cut", "doubled", "words", "zeros"],
)
def test_a_damaged_key_seals_nothing_and_is_not_replaced(content: bytes, scene: Scene, own_data_folder: Path) -> None:
    """A new key in its place would make every earlier seal a stranger's."""
    key(own_data_folder, content)
    scene.put(table())
    scene.refuses(1, "key-damaged")
    assert (own_data_folder / seal.KEY_FILE).read_bytes() == content


def test_a_key_that_is_not_text_seals_nothing(scene: Scene, own_data_folder: Path) -> None:
    key(own_data_folder, b"\xff\xfe" + bytes(30))
    scene.put(table())
    assert scene.uphold().status == 1
    assert not list(scene.folder.glob("out*"))


def test_no_permission_on_the_key_publishes_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, own_data_folder: Path
) -> None:
    """Permissions do not bind root, who may run the tests, so the refusal is played."""
    key(own_data_folder, WHOLE_KEY)
    scene.put(table())
    read_bytes = Path.read_bytes

    def refusing(path: Path) -> bytes:
        if path.name == seal.KEY_FILE:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return read_bytes(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refusing)
        scene.refuses(5, "key-not-usable")


def test_no_place_for_the_key_publishes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    monkeypatch.setenv("NDOO_DATA", str(scene.folder / "in.csv" / "data"))
    scene.refuses(5, "key-not-usable")


def test_no_room_for_the_first_key_publishes_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, own_data_folder: Path
) -> None:
    scene.put(table())

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", full)
        scene.refuses(1, "disk-full")
    assert not list(own_data_folder.iterdir())
    scene.upholds(0)


def test_a_fault_after_every_row_was_written_publishes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())

    def failing(**_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("ndoo.upholding.uphold.uphold_manifest", failing)
        scene.refuses(1, "fault")
