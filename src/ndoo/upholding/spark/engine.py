"""The engine of folders of Parquet, by Spark; it is asked for by name."""

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


class SparkEngine:
    """See `engine.Engine`."""

    kind = ReleaseKind.PARQUET_FOLDER
    source = SourceKind.SPARK

    def recognises(self, location: Location) -> bool:
        """See `engine.Engine`: one file of Parquet needs no Spark, so whoever wants it says so."""
        return False

    def people(self, source: Path, choice: ColumnChoice, reading: Reading, progress: Progress) -> tuple[NumberSet, int]:
        """See `engine.Engine`."""
        from ndoo.upholding.spark.people import people_in_parquet

        return people_in_parquet(source, choice, progress)

    def inspect(
        self, place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
    ) -> Findings:
        """See `engine.Engine`."""
        from ndoo.upholding.parquet_findings import inspect_parquet_folder

        return inspect_parquet_folder(place, manifest, question, progress)

    def open(self, request: FileRequest) -> AbstractContextManager[OpenSource]:
        """See `engine.Engine`."""
        from ndoo.upholding.spark.open_source import open_parquet_folder

        return open_parquet_folder(request)


SPARK: Engine[Path] = SparkEngine()
