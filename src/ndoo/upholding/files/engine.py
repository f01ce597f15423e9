"""The engine of files: text, Parquet, Arrow and Excel workbooks, of which CSV comes out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ndoo.evidence.release import Kind
from ndoo.upholding.engine import Engine, OpenSource
from ndoo.upholding.request import Request


class FileEngine:
    """See `engine.Engine`."""

    kind = Kind.FILE

    def recognises(self, location: Path) -> bool:
        """See `engine.Engine`: every file is, once it is opened, of a format that is upheld or refused."""
        return not location.is_dir()

    def open(self, request: Request) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.files.open_source import open_file

        return open_file(request)


FILES: Engine = FileEngine()
