"""The engine of folders of linked tables, described by a datapackage.json."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ndoo.evidence.release import Kind
from ndoo.upholding.engine import Engine, OpenSource
from ndoo.upholding.request import FileRequest, Location
from ndoo.upholding.support import Source


class LinkedEngine:
    """See `engine.Engine`."""

    kind = Kind.LINKED_TABLES
    source = Source.FOLDER

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`."""
        return isinstance(location, Path) and location.is_dir()

    def open(self, request: FileRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.linked.open_source import open_folder

        return open_folder(request)


LINKED: Engine[Path] = LinkedEngine()
