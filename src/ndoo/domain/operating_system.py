"""What differs between operating systems: locks, how files and folders are opened and flushed, memory, and whose account this is.

No other module of the library or the command line knows on which it runs. What a system does not offer is refused, or done in another way
that promises as much; nothing is passed over in silence.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

PYTHON = (sys.executable, "-P")
"""Starts a process of our own. It takes no module from the folder in which it is started: a file that lies among the data and is called
as a module would be run."""
_BINARY = getattr(os, "O_BINARY", 0)
"""On Windows, a file that is opened without it is text, in which line ends are changed and Ctrl-Z ends the file."""
_FOLDER = getattr(os, "O_DIRECTORY", None)
_LOCK_AT = 0x7FFF_FFFE
"""The byte that is locked where locks are of bytes, the highest that Windows' own library counts to. It need not be there."""
_LINKS = 40
"""So many links lead from one to the next at most; the system follows no more."""


def _found(name: str) -> Any:
    """A module of the standard library that not every system has."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def open_file(path: Path | str, flags: int, mode: int = 0o600) -> int:
    """As `os.open`, and the bytes are those of the file."""
    return os.open(path, flags | _BINARY, mode)


def open_folder(path: Path) -> int:
    """A handle of a folder, which can be locked and flushed.

    Raises:
        OSError: there is none, or this system has no handles of folders.
    """
    if _FOLDER is None:
        raise PermissionError("this system has no handles of folders")
    return os.open(path, os.O_RDONLY | _FOLDER)


def lock(handle: int, *, wait: bool = True) -> None:
    """Hold what is open, alone, until the handle is closed or this process ends.

    Raises:
        BlockingIOError: somebody else holds it, and `wait` is false. OSError: this system has no locks.
    """
    if (posix := _found("fcntl")) is not None:
        posix.flock(handle, posix.LOCK_EX | (0 if wait else posix.LOCK_NB))
    elif (windows := _found("msvcrt")) is not None:
        at = os.lseek(handle, 0, os.SEEK_CUR)
        os.lseek(handle, _LOCK_AT, os.SEEK_SET)
        try:
            while not _lock_byte(windows, handle, wait=wait):
                pass
        finally:
            os.lseek(handle, at, os.SEEK_SET)
    else:
        raise PermissionError("this system has no locks")


def _lock_byte(windows: Any, handle: int, *, wait: bool) -> bool:
    """Was it locked? Windows gives up after ten seconds."""
    try:
        windows.locking(handle, windows.LK_LOCK if wait else windows.LK_NBLCK, 1)
    except OSError:
        if not wait:
            raise BlockingIOError("somebody else holds it") from None
        return False
    return True


def flush_file(handle: int) -> None:
    """What was written is on the disk, and not in the disk's own memory only."""
    posix = _found("fcntl")
    if hasattr(posix, "F_FULLFSYNC"):  # macOS, where `fsync` leaves it in the disk's memory
        posix.fcntl(handle, posix.F_FULLFSYNC)
    else:
        os.fsync(handle)


def flush_folder(folder: Path) -> None:
    """What was named in it, or renamed, is on the disk; where folders have no handles, the system sees to it."""
    if _FOLDER is None:
        return
    handle = open_folder(folder)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def set_rights(handle: int, mode: int) -> None:
    """Who may read and write what is open; where rights are no modes, those that it has from its folder stay."""
    if hasattr(os, "fchmod"):
        os.fchmod(handle, mode)


def read_into(handle: int, view: memoryview) -> int:
    """Fill the view as far as one read goes; 0 at the end."""
    if hasattr(os, "readv"):
        return os.readv(handle, [view])
    piece = os.read(handle, len(view))
    view[: len(piece)] = piece
    return len(piece)


def read_at(handle: int, count: int, at: int) -> bytes:
    """So many bytes from there on."""
    if hasattr(os, "pread"):
        return os.pread(handle, count, at)
    os.lseek(handle, at, os.SEEK_SET)
    return os.read(handle, count)


def is_own_and_private(about: os.stat_result) -> bool:
    """Is this of this account, and may nobody else read it? Where nobody can say, no."""
    return hasattr(os, "geteuid") and not about.st_mode & 0o077 and about.st_uid == os.geteuid()


def choose_arrow_memory() -> None:
    """Let Arrow, which is not loaded yet, take memory by jemalloc, where its builds have it and nobody chose otherwise. By itself it gives
    the memory of each group of rows back to the system and asks for it anew, a sixth of the work on Parquet."""
    with contextlib.suppress(AttributeError, ValueError, OSError):  # as a system answers that has no glibc
        if os.confstr("CS_GNU_LIBC_VERSION"):
            os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")


def account() -> str:
    """The name of the account that runs this process, by its id: what the environment says of it, anybody can write."""
    accounts = _found("pwd")
    if accounts is None:
        return os.getlogin()
    number = os.getuid()
    try:
        return str(accounts.getpwuid(number).pw_name)
    except KeyError:
        return f"uid {number}"


def memory(size: int, *, reserved: bool = True) -> mmap.mmap:
    """Zeros that take room where something is written only, and are this process's own.

    Args:
        reserved: the system sees now that there is room for all of it.
    """
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    more = 0 if reserved else getattr(mmap, "MAP_NORESERVE", 0)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | more)


def processor_flags() -> str:
    """What the processor can do, as Linux says it; elsewhere nothing, which the plain kernel needs."""
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as lines:
            return next((line for line in lines if line.startswith("flags")), "")
    except OSError:
        return ""


class PrivateFile:
    """A file that nobody else can open: in memory where the system has such, else in a folder of this account's own, gone afterwards."""

    def __init__(self, name: str) -> None:
        self._folder: str | None = None
        if hasattr(os, "memfd_create"):
            self.handle = os.memfd_create(name)
            self.path = Path(f"/proc/self/fd/{self.handle}")
        else:
            self._folder = tempfile.mkdtemp(prefix="ndoo-")
            self.path = Path(self._folder) / name
            self.handle = open_file(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL)

    def close(self) -> None:
        """It is gone."""
        os.close(self.handle)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def names_what_is_open(path: Path) -> bool:
    """Does it stand among the devices or the processes, as /dev/stdout does, or lead there by links?"""
    for _ in range(_LINKS):
        place = os.path.realpath(path.parent)
        if place == "/dev" or place.startswith(("/dev/fd", "/proc/")):
            return True
        if not path.is_symlink():
            return False
        path = Path(place, path.readlink())
    return False
