"""Complete or absent: how an output and its manifest get their names.

Everything is written to drafts in the targets' own folders, which only their owner can read. To publish, the drafts
are flushed to the disk, an older output of that name is taken away, and the drafts are renamed, the output last; so
an output never stands without its manifest, and never half. A killed run leaves drafts at most; the next run in that
folder sweeps them. One lock for each target keeps two runs from writing it at once.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from ndoo.domain.errors import Fault, UsageFault
from ndoo.domain.machine_faults import already_there, explained, refuse_device, refuse_folder
from ndoo.domain.nhs_number import masked
from ndoo.domain.operating_system import flush_file, flush_folder, is_own_and_private, lock, open_file, set_rights
from ndoo.domain.settings import data_folder
from ndoo.evidence.earlier_outputs import NOTHING, EarlierOutput, is_of_an_output

_DRAFT = ".ndoo-{}.part"
_LOCK = ".{}.ndoo-lock"


@dataclass(frozen=True, slots=True)
class OutputTerms:
    """What whoever runs the command said about outputs: every publication of a run is opened on the same terms."""

    force: bool = False
    """May something be replaced that is no earlier output of the same kind?"""
    dry_run: bool = False
    """Is everything done but this: give the drafts their names?"""


PLAIN = OutputTerms()
"""Where nothing was said: only an earlier output of the same kind is replaced."""


@dataclass(slots=True)
class DraftFile:
    """A file that has no name of its own yet. Its handle is open for writing and locked, which says that it is alive."""

    target: Path
    path: Path
    handle: int
    mode: int


class Publishing(ABC):
    """Holds the targets' locks while they are written. Use as a context manager; what was not published is gone afterwards.

    Args:
        targets: what will appear, the output last.
        replaceable: what makes room for them without --force.
        held: that of them which takes the held rows. What was held of an earlier release is replaced with that release.
    """

    def __init__(
        self, *targets: Path, replaceable: EarlierOutput = NOTHING, held: Path | None = None, terms: OutputTerms = PLAIN
    ) -> None:
        self._targets = targets
        self._replaceable = replaceable
        self._held = held
        self._terms = terms
        self._locks: list[tuple[Path, int]] = []

    def __enter__(self) -> Self:
        try:
            for target in self._targets:
                refuse_device(target)  # beside which no lock could be made
            for target in sorted(set(self._targets)):
                self._locks.append(locked(target))
                self._judge(target)
            for folder in {target.parent for target in self._targets}:
                self._sweep(folder)
        except OSError as error:
            self._release()
            raise explained(error, "the output") from None
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def judge(self) -> None:
        """Raises UsageFault where one of the targets may not be published under its name."""
        for target in self._targets:
            self._judge(target)

    def discard(self) -> None:
        """Remove the drafts so far; others may be asked for."""
        self._drop()

    @abstractmethod
    def _judge(self, target: Path) -> None:
        """Raises UsageFault where nothing may be published under this name."""

    def _makes_room(self, target: Path) -> bool:
        """May what stands here be replaced without --force?"""
        if target != self._held:
            return self._replaceable.is_one(target)
        return self._replaceable.is_one(self._targets[-1]) and self._was_held(target)

    @abstractmethod
    def _was_held(self, target: Path) -> bool:
        """Can what stands here be what was held of the release that is replaced?"""

    def _what_makes_room(self, target: Path) -> str:
        """What would be replaced without --force."""
        return "what was held of the release that is replaced" if target == self._held else self._replaceable.what

    @abstractmethod
    def _sweep(self, folder: Path) -> int:
        """Remove the drafts that dead runs left in this folder; how many there were."""

    @abstractmethod
    def _drop(self) -> None:
        """Remove the drafts that were not published."""

    def _release(self) -> None:
        self._drop()
        for path, handle in self._locks:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            os.close(handle)
        self._locks.clear()


class Publication(Publishing):
    """Holds the targets' locks and drafts; the targets are files.

    Args:
        holds: can this file, which is for this account's eyes alone, hold what is held of such a release?

    Raises:
        UsageFault: a target is a folder, a pipe or a device, or a file that may not be replaced; or its folder does not exist.
        NotPermitted: the folder may not be written.
        Fault: another run is writing one of them, or the machine failed.
    """

    def __init__(
        self,
        *targets: Path,
        replaceable: EarlierOutput = NOTHING,
        held: Path | None = None,
        holds: Callable[[Path], bool] = lambda _: True,
        terms: OutputTerms = PLAIN,
    ) -> None:
        super().__init__(*targets, replaceable=replaceable, held=held, terms=terms)
        self._holds = holds
        self._drafts: list[DraftFile] = []

    def draft(self, target: Path, *, private: bool = False) -> DraftFile:
        """A new empty file in the target's folder, readable by its owner alone until it is published.

        Args:
            private: it stays so.
        """
        path = target.with_name(_DRAFT.format(secrets.token_hex(8)))
        try:
            handle = open_file(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            lock(handle)
        except OSError as error:
            raise explained(error, "the output") from None
        draft = DraftFile(target, path, handle, 0o600 if private else 0o666 & ~umask())
        self._drafts.append(draft)
        return draft

    def draft_whole(self, target: Path, text: bytes, *, private: bool = False) -> None:
        """As `draft`, with all that will stand in it."""
        write_whole(self.draft(target, private=private).handle, text)

    def adopt(self, target: Path, path: Path) -> None:
        """As `draft`, of a whole file that stands on the same file system under a name that is given up.

        Raises:
            Fault, NotPermitted: the machine refused.
        """
        try:
            handle = open_file(path, os.O_RDWR)
            lock(handle)
        except OSError as error:
            raise explained(error, "the output") from None
        self._drafts.append(DraftFile(target, path, handle, 0o666 & ~umask()))

    def publish(self) -> None:
        """Give every draft its name, in the order in which they were asked for, but the last target last.

        Raises:
            UsageFault: something appeared under a name meanwhile, and may not be replaced.
        """
        if self._terms.dry_run:
            return
        self.judge()
        output = self._targets[-1]
        ordered = sorted(self._drafts, key=lambda draft: draft.target == output)
        folders = {draft.target.parent for draft in ordered}
        named: list[Path] = []
        try:
            for draft in ordered:
                set_rights(draft.handle, draft.mode)
                flush_file(draft.handle)
            for draft in reversed(ordered):  # the older output goes before its manifest does
                draft.target.unlink(missing_ok=True)
            for folder in folders:
                flush_folder(folder)
            for draft in ordered:
                draft.path.rename(draft.target)
                named.append(draft.target)
            for folder in folders:
                flush_folder(folder)
        except OSError as error:
            for path in reversed(named):
                with contextlib.suppress(OSError):
                    path.unlink()
            raise explained(error, "the output") from None

    def _judge(self, target: Path) -> None:
        refuse_folder(target)
        refuse_device(target)
        if os.path.lexists(target) and not (self._terms.force or self._makes_room(target)):
            raise already_there(target, f", and is not {self._what_makes_room(target)}")

    def _was_held(self, target: Path) -> bool:
        """It is for this account's eyes alone, as few files are, and belongs to no other output."""
        about = target.lstat()
        private = stat.S_ISREG(about.st_mode) and is_own_and_private(about)
        return private and not is_of_an_output(target) and self._holds(target)

    def _sweep(self, folder: Path) -> int:
        return sweep(folder, _DRAFT, _open_draft, Path.unlink)

    def _drop(self) -> None:
        for draft in self._drafts:
            with contextlib.suppress(OSError):
                draft.path.unlink(missing_ok=True)
            os.close(draft.handle)
        self._drafts.clear()


def refuse_place(folder: Path) -> None:
    """Raises UsageFault where a folder may never be replaced with all that is in it: a home, the working folder, ndoo's own data folder."""
    whole = folder.resolve()
    if any(whole == place or whole in place.parents for place in (Path.home(), Path.cwd(), data_folder().resolve())):
        raise UsageFault(
            "output-is-home",
            f"{masked(str(folder))} holds your home folder, the folder you are working in, or ndoo's own data. Name another folder.",
        )


def locked(target: Path) -> tuple[Path, int]:
    """The lock file of a target, and the handle that holds it.

    Raises:
        Fault: another run holds it. OSError: the folder may not be written.
    """
    path = target.with_name(_LOCK.format(target.name))
    while True:
        handle = open_file(path, os.O_RDWR | os.O_CREAT)
        try:
            lock(handle, wait=False)
        except BlockingIOError:
            os.close(handle)
            raise Fault(
                "output-busy", "Another run is writing this output. Wait for it, or name another output."
            ) from None
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(handle).st_ino:
                return path, handle
        os.close(handle)  # the run before removed this lock file while we waited for it


def sweep(folder: Path, drafts: str, opened: Callable[[Path], int], remove: Callable[[Path], object]) -> int:
    """Remove the drafts that dead runs left in this folder; how many there were.

    Args:
        drafts: how they are named, {} being any text.
        opened: opens one.
    """
    swept = 0
    for path in folder.glob(drafts.format("*")):
        with contextlib.suppress(OSError):  # alive, somebody else's, or gone already
            handle = opened(path)
            try:
                lock(handle, wait=False)
                remove(path)
                swept += 1
            finally:
                os.close(handle)
    return swept


def write_whole(handle: int, content: bytes) -> None:
    """Everything into an open file.

    Raises:
        NotPermitted, Fault: see `machine_faults`.
    """
    left = memoryview(content)
    try:
        while left:
            left = left[os.write(handle, left) :]
    except OSError as error:
        raise explained(error, "the output") from None


def _open_draft(path: Path) -> int:
    return open_file(path, os.O_RDWR)


def umask() -> int:
    """The mask of this process: what it takes from the rights of new files."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
