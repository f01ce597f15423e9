"""Looks into a released Delta table: its files of Parquet, and that its log names these and says nothing more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import OF_DELTA
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.delta.log import judge_log
from ndoo.upholding.delta.table import FORMAT
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import record_of
from ndoo.upholding.parquet_findings import inspect_parquet_folder
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion


def inspect_delta(place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress) -> Findings:
    """See `engine.Engine.inspect`; the library that reads Delta tables is not needed for it."""
    return inspect_parquet_folder(place, manifest, question, progress, ReleasedTable)


class ReleasedTable(ParquetFolder):
    """See `ParquetFolder`; of a table that was released, with its log."""

    format = FORMAT

    def stream(
        self,
        columns: Columns,
        deciding: Decides,
        watch: Watch,
        kept: None,
        held: None,
        progress: Callable[[int], object],
    ) -> FileRecord:
        """See `ParquetFolder`.

        Raises:
            UnfitData: the log is not the one that is written for these files.
        """
        whole = super().stream(columns, deciding, watch, kept, held, progress)
        self.files = {OF_DELTA: judge_log(self._parts.place, self._parts.schema, self.files), **self.files}
        return record_of(whole.name, self.files, FORMAT)
