"""All tables or none: how a folder gets its name.

Everything is written into a draft folder beside the target, which only its owner can enter. To publish, every file and
every folder in it is flushed to the disk, an older release of that name is put aside, and the draft is renamed: one
rename, so that no table ever stands there without the others and their manifest. A killed run leaves drafts at most; the
next run in that folder sweeps them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ndoo.domain.errors import Fault, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked
from ndoo.domain.operating_system import (
    flush_file,
    flush_folder,
    is_own_and_private,
    lock,
    open_file,
    open_folder,
    set_rights,
)
from ndoo.evidence.earlier_outputs import NOTHING, EarlierOutput
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import Release, difference, named_files
from ndoo.upholding.publication.publish import PLAIN, OutputTerms, Publishing, refuse_place, sweep, umask, write_whole

_DRAFT = ".ndoo-{}.folder"
_FLUSHED_AT_ONCE = 8


@dataclass(slots=True)
class FolderDraft:
    """A folder that has no name of its own yet; locked, which says that it is alive."""

    target: Path
    path: Path
    lock: int
    private: bool
    files: dict[str, int | None] = field(default_factory=dict)
    """Each file's path in the folder, and its open handle; None where somebody else wrote it, and has closed it."""
    named: Collection[str] = ()
    """The files that it is to hold when it is published, and nothing else: those that its manifest names."""

    def file(self, path: str) -> int:
        """A new empty file in it, open for writing.

        Raises:
            UsageFault, NotPermitted, Fault: see `machine_faults`.
        """
        try:
            place = self.path / path
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = open_file(place, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        except OSError as error:
            raise explained(error, "the output") from None
        self.files[path] = handle
        return handle

    def put(self, path: str, content: bytes) -> None:
        """As `file`, with all that will stand in it."""
        write_whole(self.file(path), content)

    def put_manifest(self, name: str, manifest: ReleaseManifest) -> None:
        """The sealed manifest, by which the folder is judged when it is published."""
        self.named = named_files(Release(self.path, manifest))
        self.put(name, manifest.written())


class FolderPublication(Publishing):
    """Holds the targets' locks and drafts; the targets are folders, which appear in their order.

    Args:
        holds: the files that a folder of held rows has; None where nobody can say, and no such folder is replaced.

    Raises:
        UsageFault: a target is a file, or a folder that is not ours to replace, or its folder does not exist.
        NotPermitted: the folder may not be written. Fault: another run is writing it, or the machine failed.
    """

    def __init__(
        self,
        *targets: Path,
        replaceable: EarlierOutput = NOTHING,
        held: Path | None = None,
        holds: Collection[str] | None = None,
        terms: OutputTerms = PLAIN,
    ) -> None:
        super().__init__(*targets, replaceable=replaceable, held=held, terms=terms)
        self._holds = holds
        self._drafts: list[FolderDraft] = []

    def draft(self, target: Path, *, private: bool = False) -> FolderDraft:
        """A new empty folder beside the target, which only its owner can enter until it is published.

        Args:
            private: it stays so.
        """
        try:
            path = target.with_name(_DRAFT.format(secrets.token_hex(8)))
            path.mkdir(mode=0o700)
            handle = open_folder(path)
            lock(handle)
        except OSError as error:
            raise explained(error, "the output") from None
        draft = FolderDraft(target, path, handle, private)
        self._drafts.append(draft)
        return draft

    def publish(self) -> None:
        """Give every draft its name, in the order in which they were asked for.

        Raises:
            Fault: a draft does not hold what its manifest names, or holds anything else; a private one, what was written to it.
        """
        named: list[FolderDraft] = []
        try:
            for draft in self._drafts:
                _settle(draft)
                _refuse_others(draft)
            for draft in self._drafts:
                self._judge(draft.target)
            for draft in self._drafts:
                aside = self._put_aside(draft.target)
                draft.path.rename(draft.target)
                named.append(draft)
                flush_folder(draft.target.parent)
                if aside:
                    shutil.rmtree(aside, ignore_errors=True)
        except OSError as error:
            for draft in reversed(named):
                with contextlib.suppress(OSError):
                    draft.target.rename(draft.path)
            raise explained(error, "the output") from None

    def _judge(self, target: Path) -> None:
        """A link is refused: what is renamed would take its place, and leave what it leads to."""
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise UsageFault(
                "output-not-a-folder", "The output of a folder is a folder. Name one that is not there yet."
            )
        if target.exists() and any(target.iterdir()) and not self._makes_room(target):
            if not self._terms.force:
                raise UsageFault(
                    "output-of-others",
                    f"{masked(str(target))} is a folder that is there already, and is not {self._what_makes_room(target)}. Name a folder that "
                    "is not there yet, or use --force to replace it with everything in it.",
                )
            refuse_place(target)

    def _was_held(self, target: Path) -> bool:
        """It is for this account's eyes alone, as few folders are, and holds what such a folder holds."""
        return self._holds is not None and is_own_and_private(target.lstat()) and not difference(target, self._holds)

    def _put_aside(self, target: Path) -> Path | None:
        """An older release goes before the new one comes: for a moment there is none."""
        if not target.exists():
            return None
        aside = target.with_name(_DRAFT.format(secrets.token_hex(8)))
        target.rename(aside)
        flush_folder(target.parent)
        return aside

    def _sweep(self, folder: Path) -> int:
        return sweep(folder, _DRAFT, open_folder, shutil.rmtree)

    def _drop(self) -> None:
        for draft in self._drafts:
            for handle in draft.files.values():
                if handle is not None:
                    os.close(handle)
            shutil.rmtree(draft.path, ignore_errors=True)
            os.close(draft.lock)
        self._drafts.clear()


def _refuse_others(draft: FolderDraft) -> None:
    if difference(draft.path, draft.files if draft.private else draft.named):
        raise Fault(
            "draft-not-as-named",
            "The folder that was written does not hold exactly what its manifest names. Nothing was published.",
        )


def _settle(draft: FolderDraft) -> None:
    """Every file and folder of it on the disk, open to whom it is for."""
    mask = umask()
    mode = 0o600 if draft.private else 0o666 & ~mask
    with ThreadPoolExecutor(_FLUSHED_AT_ONCE) as several:  # the disk takes them together
        list(several.map(lambda one: _settle_file(draft.path / one[0], one[1], mode), draft.files.items()))
    for folder in sorted({(draft.path / path).parent for path in draft.files} | {draft.path}, reverse=True):
        here = folder
        while True:
            here.chmod(0o700 if draft.private else 0o777 & ~mask)
            flush_folder(here)
            if here == draft.path:
                break
            here = here.parent


def _settle_file(path: Path, handle: int | None, mode: int) -> None:
    """A file on the disk, with these rights. `handle`: it is open already."""
    own = open_file(path, os.O_RDWR) if handle is None else handle
    try:
        set_rights(own, mode)
        flush_file(own)
    finally:
        if handle is None:
            os.close(own)
