"""A FHIR export in, the same without the people who opted out, or nothing: one file, or a folder of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.evidence.manifest import (
    OF_A_FOLDER,
    Columns,
    FileRecord,
    UndecidedPolicy,
    Warned,
    manifest_path,
    uphold_manifest,
    written,
)
from ndoo.evidence.release import Release, difference, is_release
from ndoo.evidence.seal import Sealer
from ndoo.upholding.columns import listed
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.fhir.folder import Export, export_at
from ndoo.upholding.fhir.inspection import file_record, folder_record
from ndoo.upholding.fhir.resources import FhirFile, Stored
from ndoo.upholding.fhir.verdicts import DOCUMENTS, Verdicts, everybody_stays, types_in, verdicts_on
from ndoo.upholding.fhir.verify import verify_fhir
from ndoo.upholding.judging import judge_request, judge_share, judge_undecided
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.publication import FolderPublication
from ndoo.upholding.output_paths import judge_folders, judge_paths
from ndoo.upholding.publish import Publication
from ndoo.upholding.records import Records
from ndoo.upholding.request import Request
from ndoo.upholding.sink import Sink, packing, refuse_other_format
from ndoo.upholding.source import changed
from ndoo.upholding.support import Source as Place
from ndoo.upholding.support import Wish, refuse
from ndoo.upholding.uphold import Outcome
from ndoo.upholding.verification import Question, judge_draft

COLUMN = "Patient.identifier"
_AT_ONCE = 1 << 20

Put = Callable[[str, bool], int]
"""An open draft for a file: of its path in the export, and whether it is of the held ones."""


def uphold_fhir(request: Request, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write every resource that leads to nobody who must go; see `uphold.uphold`.

    Raises:
        As these; UnfitData where it is no FHIR.
    """
    judge_request(request)
    if request.nhs_number not in (None, COLUMN) or request.also:
        raise UsageFault("fhir-columns", f"FHIR has no columns: whose a resource is, {COLUMN} says, by its system.")
    if request.shape:
        refuse(Place.FHIR, Wish.SHAPE)
    records = Records(request, dict, names_people=request.somebody_may_go)
    if not request.input.is_dir():
        return _uphold_file(request, records, sealer, progress)
    judge_folders(request)
    folders = [target for target in (request.held, request.output) if target]
    export = export_at(request.input)

    def replaceable(place: Path) -> bool:
        return not difference(place, export.files) if place == request.held else is_release(place)

    with records.opened(), FolderPublication(*folders, replaceable=replaceable) as folder:
        aside = folder.draft(request.held, private=True) if request.held else None
        kept = folder.draft(request.output)

        def put(path: str, held: bool) -> int:
            return (aside if held and aside else kept).file(path)

        outcome = _drafted(request, export, put, records, sealer, progress)
        _judge_draft(request, Release(kept.path, outcome.manifest, drafted=True))
        kept.put_manifest(OF_A_FOLDER, outcome.manifest)
        records.publish(outcome.manifest)
        folder.publish()
    return outcome


def _uphold_file(request: Request, records: Records, sealer: Sealer, progress: Callable[[int], object]) -> Outcome:
    judge_paths(request)
    refuse_other_format(request.output, (), "JSON")
    targets = [target for target in (request.held, manifest_path(request.output), request.output) if target]
    with records.opened(), Publication(*targets) as publication:
        drafts = dict[bool, Path]()

        def put(_: str, held: bool) -> int:
            draft = publication.draft(request.held if held and request.held else request.output, private=held)
            drafts[held] = draft.path
            return draft.handle

        outcome = _drafted(request, export_at(request.input), put, records, sealer, progress)
        _judge_draft(request, Release(drafts[False], outcome.manifest, drafted=True))
        publication.draft_whole(manifest_path(request.output), written(outcome.manifest))
        records.publish(outcome.manifest)
        publication.publish()
    return outcome


def _drafted(
    request: Request, export: Export, put: Put, records: Records, sealer: Sealer, progress: Callable[[int], object]
) -> Outcome:  # fmt: skip
    """Every draft but the manifest's, whole and judged."""
    people = People(request.cleaned, request.type1, keep_missing=request.undecided is Undecidable.KEEP_MISSING)
    folder = request.input.is_dir()
    verdicts = verdicts_on(export.files, people, progress, alone=not folder, ignored=request.ignored)
    if unknown := sorted({name.removesuffix(DOCUMENTS) for name in request.ignored} - set(types_in(verdicts.kinds))):
        raise UsageFault("column-missing", f"There is no resource of the type {unknown[0]!r} to ignore.")
    if not request.somebody_may_go:
        verdicts = everybody_stays(verdicts)
    rows, counted = verdicts.counts(), people.counts()
    warnings: tuple[Warned, ...] = ()
    if request.somebody_may_go:
        judge_undecided(request, rows)
        warnings = judge_share(request, counted, people.by_type1()["removed_by_it_alone"])
    names = verdicts.released_as()
    outputs = _outputs(request, export, verdicts, names, put)
    asset = records.judged(lambda: (people.kept, people.removed, people.held), rows, counted, sealer)
    inputs = {file.name: file_record(file.name, file.stored, file.rows) for file in verdicts.files}
    document = uphold_manifest(
        created=request.now,
        input=folder_record(request.input.name, inputs) if folder else inputs[request.input.name],
        output=folder_record(request.output.name, outputs) if folder else outputs[request.input.name],
        columns=Columns(COLUMN, "the system of the identifier", ignored=request.ignored),
        rows=rows,
        people=counted,
        provenance=request.cleaned.provenance if request.cleaned else None,
        expected_removed=request.expected_share,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
        type1=_type1(request, people, verdicts),
        asset=asset,
    )
    document["resources"] = {kind: {"rows": asdict(counts)} for kind, counts in verdicts.by_kind().items()}
    document["files"] = {
        name: {
            "input": asdict(inputs[path] if name == path else replace(inputs[path], name="")),
            "output": asdict(outputs[name]),
        }
        for path, name in names.items()
    }
    document["left_out"] = export.left_out
    return Outcome(sealer.seal(document), rows, counted)


def _outputs(
    request: Request, export: Export, verdicts: Verdicts, names: Mapping[str, str], put: Put
) -> dict[str, FileRecord]:
    """Write what stays and, where they are wanted, what is held; the records of what is released by their paths in the release."""
    folder = request.input.is_dir()
    outputs = dict[str, FileRecord]()
    for file in verdicts.files:
        source, name = export.files[file.name], names.get(file.name)
        if name is not None:
            path = Path(name) if folder else request.output
            stored = _write(source, file.stored, put(name, False), path, verdicts.stays(file))
            outputs[name] = file_record(name if folder else path.name, stored, verdicts.counts(file).kept)
        if request.held:
            path = Path(file.name) if folder else request.held
            _write(source, file.stored, put(file.name, True), path, verdicts.held(file))
    return outputs


def _judge_draft(request: Request, draft: Release) -> None:
    """What is about to be released passes its own verification.

    Raises:
        UsageFault: somebody who may not be released is spoken of in it. Fault: it does not.
    """
    question = Question(request.cleaned, request.type1, by_what_is_named=True)
    found = verify_fhir(draft, question, lambda _: None)
    if found.met.mentioned:
        raise UsageFault(
            "fhir-mentions",
            "Resources that would stay hold, in a text, in a document or as another's identifier, the numbers of people who "
            f"may not be released: {listed(found.met.mentioned)}. Leave these types out of the export, or let them stay with "
            "--ignore-column TYPE (the manifest will say so).",
        )
    judge_draft(found)


def _type1(request: Request, people: People, verdicts: Verdicts) -> dict[str, Any] | None:
    if request.type1 is None:
        return request.type1_overridden
    rows = {"removed_by_it_alone": verdicts.by_type1_alone}
    return {"applied": True, "rows": rows, "people": people.by_type1(), "status": request.type1.record}


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
