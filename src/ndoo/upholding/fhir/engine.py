"""The engine of FHIR exports: a file, or a folder of them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.engine import Engine, OpenSource
from ndoo.upholding.fhir.folder import holds_fhir
from ndoo.upholding.request import FileRequest, Location
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion
from ndoo.upholding.what_works_where import SourceKind


class FhirEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.FHIR
    source = SourceKind.FHIR

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`."""
        return isinstance(location, Path) and holds_fhir(location)

    def people(self, source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.fhir.people import people_in_export

        return people_in_export(source, progress)

    def inspect(
        self, place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.fhir.verify import inspect_export

        return inspect_export(place, manifest, question, progress)

    def open(self, request: FileRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.fhir.open_source import open_export

        return open_export(request)


FHIR: Engine[Path] = FhirEngine()
