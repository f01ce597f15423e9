"""One version of a Delta table that is open to be upheld: its rows go past the kernel into the files of a new table, which has no history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.evidence.earlier_outputs import earlier_folder
from ndoo.evidence.manifest import OF_A_PARQUET_FOLDER, ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.release_record import Columns
from ndoo.upholding.delta.log import TableIdentity
from ndoo.upholding.delta.table import FORMAT, DeltaTable, TableDraft
from ndoo.upholding.delta.verify import inspect_delta
from ndoo.upholding.engine import Draft
from ndoo.upholding.parquet_and_arrow.parquet_parts import record_of
from ndoo.upholding.publication.folder_publication import FolderDraft, FolderPublication
from ndoo.upholding.publication.output_names import refuse_other_format
from ndoo.upholding.publication.output_paths import judge_folders
from ndoo.upholding.request import FileRequest
from ndoo.upholding.row_pass import RowPass, columns_chosen
from ndoo.upholding.safeguards.feed_shape import FeedShape, typed
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion


@contextmanager
def open_delta(request: FileRequest) -> Iterator[OpenDelta]:
    """See `engine.Engine.open`."""
    judge_folders(request)
    dataset = DeltaTable(request.input, request.reading.version)
    targets = [target for target in (request.held, request.output) if target]
    for target in targets:
        refuse_other_format(target, dataset.suffixes, "a folder, a Delta table")
    earlier = earlier_folder(ReleaseKind.DELTA)
    with FolderPublication(*targets, replaceable=earlier, held=request.held, terms=request.terms) as publication:
        yield OpenDelta(request, dataset, publication)


class OpenDelta:
    """See `engine.OpenSource`."""

    _draft: FolderDraft
    """The draft of the release, once it is written."""

    def __init__(self, request: FileRequest, dataset: DeltaTable, publication: FolderPublication) -> None:
        self._request, self._dataset, self._publication = request, dataset, publication

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        return columns_chosen(self._request, self._dataset)

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`."""
        return typed(FORMAT, [(field.name, str(field.type)) for field in self._dataset.schema])

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`."""
        request, dataset = self._request, self._dataset
        rows = RowPass(request, dataset, columns, holding)
        with ExitStack() as tables:
            held = tables.enter_context(self._table(private=True)) if request.held else None
            kept = tables.enter_context(self._table(private=False))
            source = dataset.stream(columns, rows.deciding, rows.watch, kept, held, progress)
            rows.judge()
            files = kept.finish()
            if held is not None:
                held.finish()
        place = self._draft.path

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return inspect_delta(place, manifest, question, told_to_nobody)

        made = rows.draft(source, record_of(request.output.name, files, FORMAT), inspect)
        return replace(made, sections=replace(rows.sections, files=files, table_version=dataset.reader.version))

    def _table(self, *, private: bool) -> TableDraft:
        request = self._request
        target = request.held if private and request.held else request.output
        draft = self._publication.draft(target, private=private)
        if not private:
            self._draft = draft
        return TableDraft(draft, self._dataset.schema, TableIdentity.new(request.now))

    def discard(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.discard()

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`."""
        self._draft.put_manifest(OF_A_PARQUET_FOLDER, manifest)

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`."""
        return self._dataset.reader.is_unchanged()

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.publish()
