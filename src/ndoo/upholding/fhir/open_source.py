"""A FHIR export that is open to be upheld: it is read once to decide, and once more to write what stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ndoo.domain.errors import NdooError, UsageFault
from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Columns, FileRecord, MentionsRecord
from ndoo.upholding.columns import refuse_mentioned_in_resources
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.engine import Draft
from ndoo.upholding.fhir.folder import ENDINGS, FhirExport, export_at
from ndoo.upholding.fhir.inspection import ExportSections, Inspection, file_record, folder_record, inspected
from ndoo.upholding.fhir.places import ReleasePlaces, places_of
from ndoo.upholding.fhir.resources import FhirFile, Stored
from ndoo.upholding.fhir.search import Marks
from ndoo.upholding.fhir.verdicts import DOCUMENTS, ResourceVerdicts, everybody_stays, types_in, verdicts_on
from ndoo.upholding.fhir.verify import inspect_export
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.publication.output_names import PACKED, refuse_other_format
from ndoo.upholding.publication.sink import Sink, packing
from ndoo.upholding.request import FileRequest
from ndoo.upholding.safeguards.feed_shape import FeedShape
from ndoo.upholding.table_links.people import People
from ndoo.upholding.verify.verification import FORGED, Findings, ReleaseQuestion

COLUMN = "Patient.identifier"
_AT_ONCE = 1 << 20


@contextmanager
def open_export(request: FileRequest) -> Iterator[OpenExport]:
    """See `engine.Engine.open`."""
    export = export_at(request.input)
    if request.columns.nhs_number not in (None, COLUMN):
        raise UsageFault("fhir-columns", f"FHIR has no columns: whose a resource is, {COLUMN} says, by its system.")
    with places_of(request, export) as places:
        yield OpenExport(request, export, places)


class OpenExport:
    """See `engine.OpenSource`."""

    def __init__(self, request: FileRequest, export: FhirExport, places: ReleasePlaces) -> None:
        self._request, self._export, self._places = request, export, places

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        return Columns(COLUMN, "the system of the identifier", ignored=self._request.columns.ignored)

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`: its standard gives it, and nobody may ask for it."""
        return FeedShape("fhir", ())

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`."""
        request, export = self._request, self._export
        people = People(
            request.opt_outs,
            keep_missing=request.undecided is Undecidable.KEEP_MISSING,
            by_column=request.asset is not None,
        )
        folder = request.input.is_dir()
        marks = Marks(people.mentions(holding, ()), holding) if holding else None
        verdicts = verdicts_on(export.files, people, progress, alone=not folder, ignored=columns.ignored, marks=marks)
        types = types_in(verdicts.kinds)
        if unknown := sorted({name.removesuffix(DOCUMENTS) for name in columns.ignored} - set(types)):
            raise UsageFault("column-missing", f"There is no resource of the type {unknown[0]!r} to ignore.")
        if not request.somebody_may_go:
            verdicts = everybody_stays(verdicts)
        for output in (request.output, request.held) if not folder else ():
            if output:
                refuse_other_format(output, (*ENDINGS, *PACKED), "FHIR in JSON")
        names = verdicts.released_as()
        outputs = self._written(verdicts, names)
        inputs = {file.name: file_record(file.name, file.stored, file.rows) for file in verdicts.files}
        looking = request.somebody_may_go or request.claims_without_numbers
        looked = self._seen(verdicts, names, columns) if looking else None
        seen = looked if request.somebody_may_go else None

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return inspect_export(self._places.draft, manifest, question, told_to_nobody, seen=seen)

        return Draft(
            input=folder_record(request.input.name, inputs) if folder else inputs[request.input.name],
            output=folder_record(request.output.name, outputs) if folder else outputs[request.input.name],
            rows=verdicts.counts(),
            people=people.counts(),
            type1={"rows": {"removed_by_it_alone": verdicts.by_type1_alone}, "people": people.by_type1()},
            people_by_column=lambda: {
                kind: named if request.somebody_may_go else ColumnPeople(named.everybody())
                for kind, named in people.by_column.items()
            },
            people_by_row=lambda: {
                kind: rows if request.somebody_may_go else PeopleByRow(rows.columns, [*rows.kept, *rows.others])
                for kind, rows in people.by_row.items()
            },
            inspect=inspect,
            naming=looked.naming if looked else (),
            rows_of_nobody=True,
            mentioned=seen.mentioned if seen else (),
            refuse_mentioned=refuse_mentioned_in_resources,
            mentions=MentionsRecord(str(request.mentions), holding, tuple(seen.by_chance)) if seen else None,
            sections=ExportSections(
                verdicts.by_kind(),
                {
                    name: (inputs[path] if name == path else replace(inputs[path], name=""), outputs[name])
                    for path, name in names.items()
                },
                export.left_out,
            ),
        )

    def discard(self) -> None:
        """See `engine.OpenSource`."""
        self._places.discard()

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`."""
        self._places.take_manifest(manifest)

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`: what was read to be written was compared with what was read before."""
        return True

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._places.publish()

    def _seen(self, verdicts: ResourceVerdicts, names: Mapping[str, str], columns: Columns) -> Inspection | None:
        """What stands in the draft, as it is read again; None where it cannot be, which its verification says."""
        request, place = self._request, self._places.draft
        keep_missing = request.undecided is Undecidable.KEEP_MISSING
        people = People(request.opt_outs, keep_missing=keep_missing)
        folder = place.is_dir()
        paths = {name: place / name for name in sorted(names.values())} if folder else {place.name: place}
        try:
            files = {name: FhirFile(path, name) for name, path in paths.items()}
            kinds = verdicts.by_kind()
            return inspected(files, people, kinds, columns.ignored, told_to_nobody, alone=not folder)
        except (NdooError, *FORGED):
            return None

    def _written(self, verdicts: ResourceVerdicts, names: Mapping[str, str]) -> dict[str, FileRecord]:
        """Write what stays and, where they are wanted, what is held; the records of what is released by their paths in it."""
        request = self._request
        folder = request.input.is_dir()
        outputs = dict[str, FileRecord]()
        for file in verdicts.files:
            source, name = self._export.files[file.name], names.get(file.name)
            if name is not None:
                path = Path(name) if folder else request.output
                handle = self._places.file(name, held=False)
                stored = _write(source, file.stored, handle, path, verdicts.stays(file))
                outputs[name] = file_record(name if folder else path.name, stored, verdicts.counts(file).kept)
            if request.held:
                path = Path(file.name) if folder else request.held
                _write(source, file.stored, self._places.file(file.name, held=True), path, verdicts.held(file))
        return outputs


def _write(source: FhirFile, read: Stored, handle: int, name: Path, stays: Iterator[bool]) -> Stored:
    """Write the pieces of which `stays` says so, packed as the name says; the digest and the size of what is stored.

    Raises:
        UnfitData: the file is no longer what was read.
    """
    with Sink(handle, packing(name)) as sink:
        waiting = bytearray()

        def into(raw: bytes) -> None:
            nonlocal waiting
            waiting += raw
            if len(waiting) > _AT_ONCE:
                sink.write(bytes(waiting)).result()
                waiting = bytearray()

        if source.write(into, stays) != read or next(stays, None) is not None:
            raise changed()
        sink.write(bytes(waiting)).result()
        return Stored(*sink.finish())
