"""Where the files of a FHIR export are written: into a file, or into a folder, and what is held into another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from ndoo.evidence.earlier_outputs import earlier_file, earlier_folder
from ndoo.evidence.manifest import OF_A_FOLDER, ReleaseManifest, manifest_path
from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.fhir.folder import FhirExport
from ndoo.upholding.publication.folder_publication import FolderDraft, FolderPublication
from ndoo.upholding.publication.held_file import showing
from ndoo.upholding.publication.output_names import refuse_file_name_of_folder
from ndoo.upholding.publication.output_paths import judge_folders, judge_paths
from ndoo.upholding.publication.publish import DraftFile, Publication
from ndoo.upholding.request import FileRequest


class ReleasePlaces(Protocol):
    """The places of one release, held against other runs."""

    def file(self, path: str, *, held: bool) -> int:
        """An open draft for a file.

        Args:
            path: in the export.
            held: is it of the resources that are held?
        """
        ...

    @property
    def draft(self) -> Path:
        """What is to be released, as it is written so far."""
        ...

    def discard(self) -> None:
        """Forget what was written; it may be written anew."""
        ...

    def take_manifest(self, manifest: ReleaseManifest) -> None: ...
    def publish(self) -> None: ...


@contextmanager
def places_of(request: FileRequest, export: FhirExport) -> Iterator[ReleasePlaces]:
    """The places of the release that is asked for.

    Raises:
        UsageFault, NotPermitted, Fault: see `Publication` and `FolderPublication`.
    """
    if not request.input.is_dir():
        judge_paths(request)
        targets = [target for target in (request.held, manifest_path(request.output), request.output) if target]
        earlier = earlier_file(ReleaseKind.FHIR)
        holds = showing('"resourceType"')
        with Publication(*targets, replaceable=earlier, held=request.held, holds=holds, terms=request.terms) as files:
            yield _InFiles(request, files)
        return
    judge_folders(request)
    refuse_file_name_of_folder(request.output)

    folders = [target for target in (request.held, request.output) if target]
    earlier = earlier_folder(ReleaseKind.FHIR)
    with FolderPublication(
        *folders, replaceable=earlier, held=request.held, holds=export.files, terms=request.terms
    ) as publication:
        yield _InFolders(request, publication)


class _InFiles:
    def __init__(self, request: FileRequest, publication: Publication) -> None:
        self._request, self._publication = request, publication
        self._drafts = dict[bool, DraftFile]()

    @property
    def draft(self) -> Path:
        return self._drafts[False].path

    def file(self, path: str, *, held: bool) -> int:
        target = self._request.held if held and self._request.held else self._request.output
        self._drafts[held] = self._publication.draft(target, private=held)
        return self._drafts[held].handle

    def discard(self) -> None:
        self._publication.discard()

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        self._publication.draft_whole(manifest_path(self._request.output), manifest.written())

    def publish(self) -> None:
        self._publication.publish()


class _InFolders:
    def __init__(self, request: FileRequest, publication: FolderPublication) -> None:
        self._request, self._publication = request, publication
        self._drafts = self._begun()

    @property
    def draft(self) -> Path:
        return self._drafts[False].path

    def file(self, path: str, *, held: bool) -> int:
        return self._drafts[held].file(path)

    def discard(self) -> None:
        self._publication.discard()
        self._drafts = self._begun()

    def _begun(self) -> dict[bool, FolderDraft]:
        """Empty folders, in the order in which they are published."""
        request, drafts = self._request, dict[bool, FolderDraft]()
        if request.held:
            drafts[True] = self._publication.draft(request.held, private=True)
        drafts[False] = self._publication.draft(request.output)
        return drafts

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        self._drafts[False].put_manifest(OF_A_FOLDER, manifest)

    def publish(self) -> None:
        self._publication.publish()
