"""A FHIR export in, the same without the people who opted out, or nothing: one file, or a folder of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import UnfitData, UsageFault
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
from ndoo.evidence.release import difference, is_release
from ndoo.evidence.seal import Sealer
from ndoo.upholding import source as stored
from ndoo.upholding.columns import listed
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.fhir.pieces import Source, is_fhir, source_of
from ndoo.upholding.fhir.walk import Settled, settled
from ndoo.upholding.job import Outcome, Request, judge_names, judge_paths
from ndoo.upholding.judging import judge_request, judge_share, judge_undecided
from ndoo.upholding.linked.folder_manifest import digest_of
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.job import judge_folders
from ndoo.upholding.linked.publication import FolderPublication
from ndoo.upholding.mentions import Mentions
from ndoo.upholding.publish import Publication
from ndoo.upholding.records import Records
from ndoo.upholding.sink import Sink
from ndoo.upholding.support import Source as Place
from ndoo.upholding.support import Wish, refuse

FORMAT = "fhir"
COLUMN = "Patient.identifier"

BUNDLE = "Bundle"

Put = Callable[[str, bool], int]
"""An open draft for a file: its path, and whether it is of the held ones."""


def holds_fhir(path: Path) -> bool:
    """Is this a file that begins as JSON, or a folder of `.ndjson` files?"""
    if path.is_dir():
        return not (path / "datapackage.json").exists() and any(path.glob("*.ndjson"))
    return path.is_file() and is_fhir(path)


def uphold_fhir(request: Request, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write every resource that leads to nobody who must go; see `job.uphold`, and `linked.job.uphold_folder` of a folder.

    Raises:
        As these; UnfitData where it is no FHIR.
    """
    judge_request(request)
    if request.nhs_number not in (None, COLUMN) or request.also:
        raise UsageFault("fhir-columns", f"FHIR has no columns: whose a resource is, {COLUMN} says, by its system.")
    if request.shape:
        refuse(Place.FHIR, Wish.SHAPE)
    records = Records(request, dict)
    if not request.input.is_dir():
        judge_paths(request)
        targets = [target for target in (request.held, manifest_path(request.output), request.output) if target]
        with records.opened(), Publication(*targets) as publication:

            def put(_: str, held: bool) -> int:
                target = request.held if held and request.held else request.output
                return publication.draft(target, private=held).handle

            sources = {request.input.name: source_of(request.input)}
            outcome, manifest = _drafted(request, sources, put, records, sealer, progress)
            publication.draft_whole(manifest_path(request.output), manifest)
            records.publish(outcome.manifest)
            publication.publish()
        return outcome
    judge_folders(request)
    folders = [target for target in (request.held, request.output) if target]
    sources = sources_in(request.input)

    def replaceable(place: Path) -> bool:
        return not difference(place, sources) if place == request.held else is_release(place)

    with records.opened(), FolderPublication(*folders, replaceable=replaceable) as folder:
        aside = folder.draft(request.held, private=True) if request.held else None
        kept = folder.draft(request.output)

        def put_in(path: str, held: bool) -> int:
            return (aside if held and aside else kept).file(path)

        outcome, _ = _drafted(request, sources, put_in, records, sealer, progress)
        kept.put_manifest(OF_A_FOLDER, outcome.manifest)
        records.publish(outcome.manifest)
        folder.publish()
    return outcome


def sources_in(folder: Path) -> dict[str, Source]:
    """Every file of a folder; each must be FHIR.

    Raises:
        UnfitData: one of them is something else, or stands deeper. UsageFault: a name holds an NHS number.
    """
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    judge_names(*paths)
    if not paths or not all(path.is_file() and not path.is_symlink() and is_fhir(path) for path in paths):
        raise UnfitData(
            "fhir-and-others",
            "The folder holds something else than FHIR files. Take it away: what is not FHIR is not released.",
        )
    return {path.name: source_of(path) for path in paths}


def _drafted(
    request: Request, sources: dict[str, Source], put: Put, records: Records, sealer: Sealer, progress: Callable[[int], object]
) -> tuple[Outcome, bytes]:  # fmt: skip
    """Every draft but the manifest's, whole and judged; and the manifest."""
    before = {path: stored.fingerprint(source.path) for path, source in sources.items()}
    people = People(request.cleaned, request.type1, keep_missing=request.undecided is Undecidable.KEEP_MISSING)
    whole = settled(list(sources.values()), people, progress)
    if not request.somebody_may_go:
        whole = Settled(whole.kinds, bytes(len(whole.kinds)), bytes([1]) * len(whole.kinds), whole.files)
    rows, counted = whole.counts(), people.counts()
    warnings: tuple[Warned, ...] = ()
    if request.somebody_may_go:
        judge_undecided(request, rows)
        warnings = judge_share(request, counted, people.by_type1()["removed_by_it_alone"])
    folder = request.input.is_dir()
    inputs, outputs = dict[str, FileRecord](), dict[str, FileRecord]()
    stay, hold, first = whole.each(), whole.held(), 0
    kinds, types = iter(whole.kinds), types_in(whole.kinds)
    if unknown := sorted(set(request.ignored) - set(types)):
        raise UsageFault("column-missing", f"There is no resource of the type {unknown[0]!r} to ignore.")
    mentions = people.mentions(types, request.ignored)
    for (path, source), count in zip(sources.items(), whole.files, strict=True):
        of_file = whole.counts(first, count)
        inputs[path] = FileRecord(path, *_digested(source.path), FORMAT, of_file.read)
        name = path if folder else request.output.name
        outputs[path] = FileRecord(
            name, *_written(source, put(path, False), stay, kinds, mentions), FORMAT, of_file.kept
        )
        if request.held:
            _written(source, put(path, True), hold, iter(()), None)
        first += count
        if stored.fingerprint(source.path) != before[path]:
            raise stored.changed()
    if mentions.found:
        raise UsageFault(
            "fhir-mentions",
            "Resources that would stay hold, in a text or as another's identifier, the numbers of people who may not be "
            f"released: {listed(mentions.found)}. Leave these types out of the export, or let them stay with "
            "--ignore-column TYPE (the manifest will say so).",
        )
    asset = records.judged(lambda: (people.kept, people.removed, people.held), rows, counted, sealer)
    document = uphold_manifest(
        created=request.now,
        input=whole_folder(request.input.name, inputs) if folder else inputs[request.input.name],
        output=whole_folder(request.output.name, outputs) if folder else outputs[request.input.name],
        columns=Columns(COLUMN, "the system of the identifier", ignored=request.ignored),
        rows=rows,
        people=counted,
        provenance=request.cleaned.provenance if request.cleaned else None,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
        type1=_type1(request, people, whole),
        asset=asset,
    )
    document["resources"] = {kind: {"rows": asdict(whole.counts(kind=kind))} for kind in sorted(set(whole.kinds))}
    document["files"] = {path: {"input": asdict(inputs[path]), "output": asdict(outputs[path])} for path in sources}
    manifest = sealer.seal(document)
    return Outcome(manifest, rows, counted), written(manifest)


def _type1(request: Request, people: People, whole: Settled) -> dict[str, Any] | None:
    if request.type1 is None:
        return request.type1_overridden
    rows = {"removed_by_it_alone": whole.by_type1_alone}
    return {"applied": True, "rows": rows, "people": people.by_type1(), "status": request.type1.record}


def types_in(kinds: Iterable[str]) -> list[str]:
    """The types of resources, and that of what is around them."""
    return sorted({*kinds, BUNDLE})


def whole_folder(name: str, files: dict[str, FileRecord]) -> FileRecord:
    """A folder as one record."""
    return FileRecord(
        name,
        digest_of({path: record.sha256 for path, record in files.items()}),
        sum(record.bytes for record in files.values()),
        FORMAT,
        sum(record.rows for record in files.values()),
    )


def _digested(path: Path) -> tuple[str, int]:
    """The digest and the size of a file as stored."""
    with ThreadPoolExecutor(1) as worker, stored.Source(path, worker) as file:
        file.hashed_whole()
        return file.finish()


def _written(
    source: Source, handle: int, keep: Iterator[bool], kinds: Iterator[str], mentions: Mentions | None
) -> tuple[str, int]:
    """Write the resources for which `keep` says so; `kinds` are the types of all of them, for what looks at these."""
    kind = BUNDLE
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(handle, None))

        def stays() -> bool:
            nonlocal kind
            kind = next(kinds, kind)
            return next(keep)

        def into(raw: bytes) -> None:
            if mentions:
                mentions.look(kind, pa.array([raw], pa.large_binary()))
            sink.write(raw).result()

        source.write(into, stays, lambda _: None)
        return sink.finish()
