"""One file that is open to be upheld: it is read once, row by row, and what is written is verified on its way to the disk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from ndoo.domain.progress import Progress
from ndoo.evidence.earlier_outputs import earlier_file
from ndoo.evidence.manifest import ReleaseManifest, manifest_path
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.release_record import Columns
from ndoo.upholding.datasets.formats import Dataset, open_dataset
from ndoo.upholding.engine import Draft
from ndoo.upholding.files.verify import inspect_written
from ndoo.upholding.input_files.source import fingerprint
from ndoo.upholding.publication.held_file import showing
from ndoo.upholding.publication.output_names import FORMATS, refuse_other_format
from ndoo.upholding.publication.output_paths import judge_paths
from ndoo.upholding.publication.publish import Publication
from ndoo.upholding.request import FileRequest
from ndoo.upholding.row_pass import RowPass, columns_chosen
from ndoo.upholding.safeguards.feed_shape import FeedShape, shape_of
from ndoo.upholding.text.held_rows import HeldColumns
from ndoo.upholding.text.text_edges import refuse_lines_below
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion


@contextmanager
def open_file(request: FileRequest) -> Iterator[OpenFile]:
    """See `engine.Engine.open`."""
    judge_paths(request)
    before = fingerprint(request.input)
    with ThreadPoolExecutor(1) as worker:
        dataset = open_dataset(request.input, request.reading, worker)
        for output in filter(None, (request.output, request.held)):
            refuse_other_format(output, dataset.suffixes, FORMATS[dataset.format])
        targets = [target for target in (request.held, manifest_path(request.output), request.output) if target]
        earlier, held = earlier_file(ReleaseKind.FILE), request.held
        marks = HeldColumns.beside(()).names if request.reading.header else ()
        with Publication(
            *targets, replaceable=earlier, held=held, holds=showing(*marks), terms=request.terms
        ) as publication:
            yield OpenFile(request, dataset, publication, before)


class OpenFile:
    """See `engine.OpenSource`."""

    def __init__(self, request: FileRequest, dataset: Dataset, publication: Publication, before: object) -> None:
        self._request = request
        self._dataset = dataset
        self._publication = publication
        self._before = before

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        return columns_chosen(self._request, self._dataset)

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`."""
        return shape_of(self._dataset, self._request.input)

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`."""
        request, dataset = self._request, self._dataset
        rows = RowPass(request, dataset, columns, holding)
        with ExitStack() as sinks:
            held = None
            if request.held:
                handle = self._publication.draft(request.held, private=True).handle
                held = sinks.enter_context(dataset.held_sink(handle, request.held))
            draft = self._publication.draft(request.output)
            kept = sinks.enter_context(dataset.sink(draft.handle, request.output))
            source = dataset.stream(columns, rows.deciding, rows.watch, kept, held, progress)
            rows.judge()
            refuse_lines_below(rows.watch.lines_below)
            stored = kept.finish()
            if held is not None:
                held.finish()
        output = dataset.recording(request.output, stored, rows.deciding.rows().kept)
        contents = rows.contents(output)

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return inspect_written(draft.path, manifest, question, contents)

        made = rows.draft(source, output, inspect)
        names = tuple(held.columns.names) if held is not None else None
        return replace(made, sections=replace(rows.sections, held_columns=names))

    def discard(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.discard()

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`."""
        self._publication.draft_whole(manifest_path(self._request.output), manifest.written())

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`."""
        return fingerprint(self._request.input) == self._before

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.publish()
