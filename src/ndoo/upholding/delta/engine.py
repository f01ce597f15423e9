"""The engine of Delta tables: folders with a log, `_delta_log`, that says which of their files count."""

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


class DeltaEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.DELTA
    source = SourceKind.DELTA

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`."""
        return isinstance(location, Path) and (location / "_delta_log").is_dir()

    def people(self, source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.delta.people import people_in_delta

        return people_in_delta(source, choice, reading, progress)

    def inspect(
        self, place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.delta.verify import inspect_delta

        return inspect_delta(place, manifest, question, progress)

    def open(self, request: FileRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.delta.open_source import open_delta

        return open_delta(request)


DELTA: Engine[Path] = DeltaEngine()
