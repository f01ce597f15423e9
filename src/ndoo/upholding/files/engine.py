"""The engine of files: text, Parquet, Arrow and Excel workbooks, of which CSV comes out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.engine import Engine, OpenSource
from ndoo.upholding.request import FileRequest, Location
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion
from ndoo.upholding.what_works_where import SourceKind


class FileEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.FILE
    source = SourceKind.TEXT

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`: every file is, once it is opened, of a format that is upheld or refused."""
        return isinstance(location, Path) and not location.is_dir()

    def people(self, source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.files.people import people_in_file

        return people_in_file(source, choice, reading, progress)

    def inspect(
        self, place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.files.verify import inspect_file

        return inspect_file(place, manifest, question, progress)

    def open(self, request: FileRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.files.open_source import open_file

        return open_file(request)


FILES: Engine[Path] = FileEngine()
