"""Who runs a command is said by the system, not by the environment."""

from __future__ import annotations

import fcntl
import mmap
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pyarrow
import pytest

from ndoo.domain import operating_system


def test_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert operating_system.account() == pwd.getpwuid(os.getuid()).pw_name


def test_accounts_without_a_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating_system.os, "getuid", lambda: 4_000_000_001)
    assert operating_system.account() == "uid 4000000001"


def test_a_file_among_the_data_is_not_run_because_it_is_called_as_a_module(tmp_path: Path) -> None:
    """`ndoo serve`, started in such a folder, ran it: Python looks there first."""
    (tmp_path / "colorsys.py").write_text("raise SystemExit('ran what came with the data')\n")
    (tmp_path / "django.py").write_text("raise SystemExit('ran what came with the data')\n")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    for words in (["-c", "import colorsys"], ["-m", "django", "--version"]):
        run, naive = (
            subprocess.run([*python, *words], cwd=tmp_path, env=plain, capture_output=True, text=True, check=False)
            for python in (operating_system.PYTHON, [sys.executable])
        )
        assert (run.returncode, run.stderr) == (0, "")
        assert "ran what came with the data" in naive.stderr
    source = Path(operating_system.__file__).parents[1]
    asked = {path.name for path in source.rglob("*.py") if "sys.executable" in path.read_text("utf-8")}
    assert asked == {"operating_system.py", "session.py"}, (
        "every process of our own is started so; those of Spark, by its settings"
    )


@pytest.mark.parametrize(
    ("libc", "chosen", "then"),
    [
        ("glibc 2.36", None, "jemalloc"),
        ("glibc 2.36", "system", "system"),
        (None, None, None),
        (OSError(22, "musl"), None, None),
        (ValueError("a system that has no such name"), None, None),
    ],
)
def test_arrow_takes_memory_as_it_is_fastest_unless_somebody_chose(
    monkeypatch: pytest.MonkeyPatch, libc: str | Exception | None, chosen: str | None, then: str | None
) -> None:
    def confstr(_: str) -> str | None:
        if isinstance(libc, Exception):
            raise libc
        return libc

    monkeypatch.setattr(operating_system.os, "confstr", confstr)
    monkeypatch.setattr(operating_system.os, "environ", {"ARROW_DEFAULT_MEMORY_POOL": chosen} if chosen else {})
    operating_system.choose_arrow_memory()
    assert operating_system.os.environ.get("ARROW_DEFAULT_MEMORY_POOL") == then
    assert "jemalloc" in pyarrow.supported_memory_backends(), "Arrow would say so on stderr, before any answer"


class _Windows:
    """`msvcrt` as far as it is used, by locks of bytes."""

    LK_LOCK, LK_NBLCK = fcntl.LOCK_EX, fcntl.LOCK_EX | fcntl.LOCK_NB
    gave_up = 0

    def locking(self, handle: int, mode: int, count: int) -> None:
        assert (count, os.lseek(handle, 0, os.SEEK_CUR)) == (1, 0x7FFF_FFFE)
        if mode == self.LK_LOCK and self.gave_up:
            self.gave_up -= 1
            raise OSError("after ten seconds")
        fcntl.flock(handle, mode)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> _Windows:
    """A system without what Windows does not have."""
    windows = _Windows()
    for module in ("fcntl", "pwd"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    for name in ("memfd_create", "readv", "pread", "fchmod", "geteuid", "getuid"):
        monkeypatch.delattr(os, name)
    monkeypatch.delattr(mmap, "MAP_PRIVATE")
    monkeypatch.setattr(operating_system, "_FOLDER", None)
    return windows


def test_two_runs_never_hold_one_lock_where_locks_are_of_bytes(bare: _Windows, tmp_path: Path) -> None:
    one, other = (operating_system.open_file(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(2))
    bare.gave_up = 2
    os.lseek(one, 3, os.SEEK_SET)
    operating_system.lock(one)
    assert (bare.gave_up, os.lseek(one, 0, os.SEEK_CUR)) == (0, 3)
    with pytest.raises(BlockingIOError):
        operating_system.lock(other, wait=False)
    os.close(one)
    operating_system.lock(other, wait=False)
    os.close(other)


def test_a_system_without_locks_is_refused(bare: _Windows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "msvcrt", None)
    handle = operating_system.open_file(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    with pytest.raises(PermissionError):
        operating_system.lock(handle)
    os.close(handle)


def test_what_a_system_has_not_is_done_otherwise_or_refused(bare: _Windows, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"as it came\r\n\x1a")
    handle, room = operating_system.open_file(path, os.O_RDONLY), bytearray(20)
    assert operating_system.read_at(handle, 4, 3) == b"it c"
    assert operating_system.read_at(handle, 99, 0) == path.read_bytes()
    os.lseek(handle, 0, os.SEEK_SET)
    assert operating_system.read_into(handle, memoryview(room)) == 13
    assert bytes(room[:13]) == path.read_bytes()
    operating_system.set_rights(handle, 0o644)
    operating_system.flush_folder(tmp_path)
    os.close(handle)
    assert not operating_system.is_own_and_private(path.stat()), "where nobody can say, no"
    with pytest.raises(PermissionError):
        operating_system.open_folder(tmp_path)
    zeros = operating_system.memory(4096)
    assert zeros[:] == bytes(4096)
    private = operating_system.PrivateFile("text")
    os.write(private.handle, b"somebody's")
    assert private.path.read_bytes() == b"somebody's"
    assert private.path.parent.stat().st_mode & 0o077 == 0
    private.close()
    assert not private.path.parent.exists()


def test_the_account_is_asked_of_the_system_where_accounts_have_no_numbers(
    bare: _Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getlogin", lambda: "ada")
    monkeypatch.setenv("USER", "somebody else")
    assert operating_system.account() == "ada"


def test_on_macos_the_disk_itself_is_flushed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    flushed = []
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _, command: flushed.append(command))
    operating_system.flush_file(7)
    assert flushed == [51]
