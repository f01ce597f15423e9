"""The engine of folders of linked tables, described by a datapackage.json."""

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


class LinkedEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.LINKED_TABLES
    source = SourceKind.FOLDER

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`."""
        return isinstance(location, Path) and location.is_dir()

    def people(self, source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.linked_tables.people import people_in_folder

        return people_in_folder(source, choice, progress)

    def inspect(
        self, place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.linked_tables.verify import inspect_folder

        return inspect_folder(place, manifest, question, progress)

    def open(self, request: FileRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.linked_tables.open_source import open_folder

        return open_folder(request)


LINKED: Engine[Path] = LinkedEngine()
