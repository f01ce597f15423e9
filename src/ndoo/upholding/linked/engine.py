"""The engine of folders of linked tables, described by a datapackage.json."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ndoo.evidence.release import Kind
from ndoo.upholding.engine import Engine, OpenSource
from ndoo.upholding.request import Request


class LinkedEngine:
    """See `engine.Engine`."""

    kind = Kind.LINKED_TABLES

    def recognises(self, location: Path) -> bool:
        """See `engine.Engine`."""
        return location.is_dir()

    def open(self, request: Request) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.linked.open_source import open_folder

        return open_folder(request)


LINKED: Engine = LinkedEngine()
