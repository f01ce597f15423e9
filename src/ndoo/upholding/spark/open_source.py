"""A folder of Parquet that is open to be upheld by Spark: partition by partition into a draft folder, which is renamed once.

The kernel reads the columns of NHS numbers here and decides on each row (`parquet_folder.py`, `verdicts.py`); Spark's executors write
the files again without the rows that go (`rewrite.py`); what was written is then looked through for people whom its other columns name
(`others.py`). What these came to must agree, or nothing is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.errors import Fault
from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.evidence.earlier_outputs import earlier_folder
from ndoo.evidence.manifest import OF_A_PARQUET_FOLDER, ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.release_record import Columns
from ndoo.upholding.columns import Watch
from ndoo.upholding.engine import Draft
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import FORMAT, ParquetParts, parts_of, record_of
from ndoo.upholding.parquet_and_arrow.partition_names import refuse_withheld_folders
from ndoo.upholding.parquet_findings import inspect_parquet_folder
from ndoo.upholding.publication.folder_publication import FolderDraft, FolderPublication
from ndoo.upholding.publication.output_paths import judge_folders
from ndoo.upholding.publication.table_sections import TableSections
from ndoo.upholding.request import FileRequest
from ndoo.upholding.row_pass import columns_chosen, deciding_of
from ndoo.upholding.safeguards.feed_shape import FeedShape, typed
from ndoo.upholding.spark.faults import guarded
from ndoo.upholding.spark.kept_types import refuse_unkept
from ndoo.upholding.spark.others import look_through
from ndoo.upholding.spark.rewrite import rewrite
from ndoo.upholding.spark.session import session
from ndoo.upholding.spark.verdicts import SparkVerdicts
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion


@contextmanager
def open_parquet_folder(request: FileRequest) -> Iterator[OpenParquetFolder]:
    """See `engine.Engine.open`.

    Raises:
        UnfitData: the folder holds anything but Parquet that can be read as it lies, or a column that cannot be written back just as
            it is.
    """
    judge_folders(request)
    parts = parts_of(request.input)
    refuse_unkept(parts)
    refuse_withheld_folders(parts.folders, request.opt_outs)
    targets = [target for target in (request.held, request.output) if target]
    earlier = earlier_folder(ReleaseKind.PARQUET_FOLDER)
    with FolderPublication(*targets, replaceable=earlier, held=request.held, terms=request.terms) as publication:
        yield OpenParquetFolder(request, parts, publication)


class OpenParquetFolder:
    """See `engine.OpenSource`."""

    _draft: FolderDraft
    """The draft of the release, once it is written."""

    def __init__(self, request: FileRequest, parts: ParquetParts, publication: FolderPublication) -> None:
        self._request, self._parts, self._publication = request, parts, publication
        self._dataset = ParquetFolder(parts)

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        return columns_chosen(self._request, self._dataset)

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`."""
        columns = [(field.name, str(field.type)) for field in self._parts.schema]
        return typed(FORMAT, columns, partitions=list(self._parts.partitions))

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`."""
        request, parts, publication = self._request, self._parts, self._publication
        deciding = deciding_of(request, columns, crowded=True)
        verdicts = SparkVerdicts(deciding, [ParquetReader(path).rows for path in parts.files])
        source = self._dataset.stream(columns, verdicts, Watch(columns.keys), None, None, progress)
        held = publication.draft(request.held, private=True) if request.held else None
        draft = self._draft = publication.draft(request.output)
        with guarded():
            written, parked = rewrite(session(), parts, verdicts, draft.path, held.path if held else None)
        draft.files.update(dict.fromkeys(written))
        if held:
            held.files.update(dict.fromkeys(parked))
        files, mentioned, naming = look_through(parts_of(draft.path, named=draft.files), columns, request)
        output = record_of(request.output.name, files)
        rows = deciding.rows()
        lost = rows.read != sum(file.rows for file in verdicts.files)
        if lost or output.rows != rows.kept or (held and _rows_in(held) != sum(rows.held.values())):
            raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return inspect_parquet_folder(draft.path, manifest, question, told_to_nobody)

        return Draft(
            input=source,
            output=output,
            rows=rows,
            people=deciding.people(),
            type1=deciding.by_type1(),
            people_by_column=deciding.people_by_column,
            people_by_row=deciding.people_by_row,
            inspect=inspect,
            naming=naming,
            rows_of_nobody=False,
            mentioned=mentioned,
            rows_are_grouped=deciding.rows_are_grouped,
            sections=TableSections(files=files),
        )

    def discard(self) -> None:
        """See `engine.OpenSource`: no row is held for what it mentions, so there is no second draft."""

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`."""
        self._draft.put_manifest(OF_A_PARQUET_FOLDER, manifest)

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`."""
        return self._parts.unchanged()

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.publish()


def _rows_in(draft: FolderDraft) -> int:
    """By the footers of its files."""
    return sum(ParquetReader(path).rows for path in draft.path.rglob("*.parquet"))
