"""Receives a large file, piece by piece onto the disk, and no further than the limit; never into memory."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from ndoo.service.uphold_jobs import places
from ndoo.service.uphold_jobs.limits import upload_limit

_BESIDE = 1 << 20
"""What a form may hold besides its files, in bytes."""


class Streamed(UploadedFile):  # type: ignore[type-arg]
    """A file that came in, under a name that says nothing, in the folder of those that are nobody's yet."""

    path: Path

    def become(self, target: Path) -> None:
        """Give it its place; the disk is the same, so nothing is copied."""
        self.path.rename(target)

    def gone(self) -> None:
        """Delete it, where nothing came of it."""
        self.path.unlink(missing_ok=True)


class ToDisk(FileUploadHandler):
    """Writes what arrives; stops at the limit, whatever length was announced."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.limit = upload_limit()
        self.taken = 0
        self.too_large = False
        self.made: list[Path] = []
        self._handle = -1

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A part of the form that is a file begins."""
        super().new_file(*args, **kwargs)
        self._handle, path = tempfile.mkstemp(dir=places.incoming(), prefix="upload-")
        self.made.append(Path(path))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """One piece of it."""
        self.taken += len(raw_data)
        if self.taken > self.limit:
            self.too_large = True
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        view = memoryview(raw_data)
        while view:
            view = view[os.write(self._handle, view) :]

    def file_complete(self, file_size: int) -> Streamed:
        """It is all there."""
        os.close(self._handle)
        self._handle = -1
        streamed = Streamed(None, self.file_name, self.content_type, file_size)
        streamed.path = self.made[-1]
        return streamed

    def upload_interrupted(self) -> None:
        """Nothing of it stays."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        for path in self.made:
            path.unlink(missing_ok=True)


def announced_too_large(request: HttpRequest) -> bool:
    """Says the request itself that it is larger than may be? Then nothing of it is read."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return not said.isdigit() or int(said) > upload_limit() + _BESIDE


def no_room(request: HttpRequest) -> bool:
    """Is the disk too full for it?"""
    return not places.room_for(int(request.META.get("CONTENT_LENGTH") or "0"))
