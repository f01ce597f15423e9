"""A folder of linked tables in, the same folder without the people who opted out, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import (
    OF_A_FOLDER,
    Columns,
    Counts,
    FileRecord,
    UndecidedPolicy,
    Warned,
    read_manifest,
    uphold_manifest,
    written,
)
from ndoo.evidence.seal import Sealer
from ndoo.upholding.columns import refuse_mentioned
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.job import Outcome, Request, judge_names, same
from ndoo.upholding.judging import judge_request, judge_share, judge_undecided
from ndoo.upholding.linked.descriptor import FILE, Package, read_package
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.publication import FolderDraft, FolderPublication
from ndoo.upholding.linked.tables import Choice, Opened, chosen, opened, shape_of_tables
from ndoo.upholding.linked.walk import Walk, Walked
from ndoo.upholding.records import Records
from ndoo.upholding.sink import Sink
from ndoo.upholding.source import changed, fingerprint

FORMAT = "linked tables"


def uphold_folder(request: Request, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write the folder without the people who opted out, with its sealed manifest in it; all of it, or nothing.

    Args:
        request: `input`, `output` and `held` are folders; columns are named TABLE.COLUMN.
        progress: called with the number of stored input bytes read so far.

    Raises:
        As `job.uphold`, and UnfitData or UsageFault where the descriptor does not fit the folder.
    """
    judge_request(request)
    judge_folders(request)
    package = read_package(request.input)
    files = [request.input / FILE, *(request.input / table.path for table in package.tables)]
    before = [fingerprint(path) for path in files]
    with ThreadPoolExecutor(1) as worker:
        tables = opened(request.input, package, worker)
        choice = Choice(None, "nobody was to be removed", {})
        if request.somebody_may_go:
            choice = chosen(tables, request.nhs_number, request.also, request.ignored)
        targets = [target for target in (request.held, request.output) if target]
        ours = {FILE, *(table.path for table in package.tables)}

        def replaceable(folder: Path) -> bool:
            return files_of(folder) == ours if folder == request.held else is_release(folder)

        records = Records(request, lambda: shape_of_tables(tables))
        with records.opened(), FolderPublication(*targets, replaceable=replaceable) as publication:
            held = publication.draft(request.held, private=True) if request.held else None
            kept = publication.draft(request.output)
            outcome = _drafted(request, package, tables, choice, kept, held, records, sealer, progress)
            if [fingerprint(path) for path in files] != before:
                raise changed()
            records.publish(outcome.manifest)
            publication.publish()
    return outcome


def _drafted(
    request: Request, package: Package, tables: Sequence[Opened], choice: Choice, kept: FolderDraft,
    held: FolderDraft | None, records: Records, sealer: Sealer, progress: Callable[[int], object],
) -> Outcome:  # fmt: skip
    """Both folders, whole and judged, but not yet published."""
    keep_missing = request.undecided is Undecidable.KEEP_MISSING
    people = People(request.cleaned, request.type1, keep_missing=keep_missing)
    past = _Passed(progress)
    stored: dict[str, Any] = {}
    with ExitStack() as sinks:

        def room(one: Opened) -> tuple[Any, Any]:
            past.next(one)
            name, path = Path(PurePosixPath(one.table.path).name), one.table.path
            to_held = sinks.enter_context(one.dataset.sink(held.file(path), name)) if held else None
            to_kept = sinks.enter_context(one.dataset.sink(kept.file(path), name))
            stored[one.name] = (to_kept, to_held)
            return to_kept, to_held

        walk = Walk(tables, choice, people, past, watching=request.somebody_may_go)
        walked = walk.through(room)
        refuse_mentioned(mentioned_in(walked))
        _judge_declared(package, walked, request.input)
        outputs = {}
        for one, came in zip(tables, walked, strict=True):
            to_kept, to_held = stored[one.name]
            outputs[one.name] = one.dataset.recording(one.path, to_kept.finish(), came.rows.kept)
            if to_held is not None:
                to_held.finish()
    rows, counted = _summed(walked), people.counts()
    warnings: tuple[Warned, ...] = ()
    if request.somebody_may_go:
        judge_undecided(request, rows)
        warnings = judge_share(request, counted, people.by_type1()["removed_by_it_alone"])
    asset = records.judged(lambda: (people.kept, people.removed, people.held), rows, counted, sealer)
    descriptor = described_anew(package, outputs)
    for draft in (kept, held):
        if draft is not None:
            _put(draft, FILE, descriptor)
    manifest = sealer.seal(
        _manifest(request, package, choice, walked, outputs, descriptor, people, rows, warnings, asset)
    )
    _put(kept, OF_A_FOLDER, written(manifest))
    return Outcome(manifest, rows, counted)


def _manifest(
    request: Request, package: Package, choice: Choice, walked: Sequence[Walked], outputs: dict[str, FileRecord],
    descriptor: bytes, people: People, rows: Counts, warnings: tuple[Warned, ...],
    asset: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """One manifest for all tables: that of a file, its counts over all of them, and each table's own beside them."""
    inputs = {one.name: one.input for one in walked}
    own = choice.named[choice.person_table].own if choice.person_table else None
    columns = Columns(
        f"{choice.person_table}.{own}" if own else None,
        choice.found,
        tuple(
            f"{one.name}.{column}"
            for one in walked
            for column in one.columns.columns
            if (one.name, column) != (choice.person_table, own)
        ),
        tuple(f"{one.name}.{column}" for one in walked for column in one.columns.ignored),
    )
    document = uphold_manifest(
        created=request.now,
        input=whole(request.input.name, inputs, package, package.raw),
        output=whole(request.output.name, outputs, package, descriptor),
        columns=columns,
        rows=rows,
        people=people.counts(),
        provenance=request.cleaned.provenance if request.cleaned else None,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
        type1=_type1(request, people, walked),
        asset=asset,
    )
    document["tables"] = {one.name: _of_table(one, outputs[one.name], package) for one in walked}
    document["descriptor"] = {"name": FILE, "sha256": hashlib.sha256(descriptor).hexdigest(), "bytes": len(descriptor)}
    return document


def _of_table(one: Walked, output: FileRecord, package: Package) -> dict[str, Any]:
    table = package[one.name]
    return {
        "path": table.path,
        "leads_to_person": one.leads_to_person,
        "columns": {"own": one.columns.own, "also": list(one.columns.also)},
        "links": [
            {"columns": list(link.columns), "to": link.target, "columns_there": list(link.target_columns)} for link in table.links
        ],
        "input": asdict(one.input),
        "output": asdict(output),
        "rows": asdict(one.rows),
        "orphans": one.orphans,
    }  # fmt: skip


def _type1(request: Request, people: People, walked: Sequence[Walked]) -> dict[str, Any] | None:
    if request.type1 is None:
        return request.type1_overridden
    alone = sum(one.removed_by_type1_alone for one in walked)
    rows = {"removed_by_it_alone": alone}
    return {"applied": True, "rows": rows, "people": people.by_type1(), "status": request.type1.record}


def whole(name: str, files: dict[str, FileRecord], package: Package, descriptor: bytes) -> FileRecord:
    """A folder as one record: the digest is of the lines `sha256  path`, the descriptor's first, then in its order."""
    digests = {FILE: hashlib.sha256(descriptor).hexdigest()} | {t.path: files[t.name].sha256 for t in package.tables}
    return FileRecord(
        name,
        digest_of(digests),
        sum(record.bytes for record in files.values()) + len(descriptor),
        FORMAT,
        sum(record.rows for record in files.values()),
    )


def digest_of(digests: dict[str, str]) -> str:
    """One digest over those of many files: of the lines `sha256  path`, in their order."""
    return hashlib.sha256("".join(f"{digest}  {path}\n" for path, digest in digests.items()).encode()).hexdigest()


def described_anew(package: Package, outputs: dict[str, FileRecord]) -> bytes:
    """The descriptor byte for byte; where it states sizes and digests of the files, with those of the output."""
    if not any({"bytes", "hash"} & set(resource) for resource in package.document["resources"]):
        return package.raw
    resources = []
    for resource in package.document["resources"]:
        record = outputs[resource["name"]]
        told = {"bytes": record.bytes, "hash": f"sha256:{record.sha256}"}
        resources.append({**resource, **{key: told[key] for key in told if key in resource}})
    return (json.dumps({**package.document, "resources": resources}, indent=2, ensure_ascii=False) + "\n").encode()


def mentioned_in(walked: Sequence[Walked]) -> list[str]:
    """See `Walked.mentioned`; over all tables, each column as TABLE.COLUMN."""
    return [f"{one.name}.{column}" for one in walked for column in one.mentioned]


def _judge_declared(package: Package, walked: Sequence[Walked], folder: Path) -> None:
    """Raises UnfitData where a table has not the size or the digest that the descriptor declares."""
    for came, resource in zip(walked, package.document["resources"], strict=True):
        declared = str(resource.get("hash", ""))
        right = not declared or declared == _digest(declared, came, folder / package[came.name].path)
        if not right or resource.get("bytes", came.input.bytes) != came.input.bytes:
            raise UnfitData(
                "table-not-as-declared",
                f"Table {came.name!r}: it has not the size or the digest that datapackage.json declares. It may be cut off, or "
                "another one.",
            )


def _digest(like: str, came: Walked, path: Path) -> str:
    """The digest of a table, spelt as the descriptor spells it: `sha256:` and so on in front, nothing for MD5."""
    kind, mark, _ = like.rpartition(":")
    if kind == "sha256":
        return f"sha256:{came.input.sha256}"
    if kind not in ("", "md5", "sha1", "sha512"):
        raise UnfitData(
            "descriptor-unfit", "The descriptor datapackage.json cannot be followed: a hash of an unknown kind."
        )
    found = hashlib.new(kind or "md5", usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            found.update(piece)
    return kind + mark + found.hexdigest()


def _summed(walked: Sequence[Walked]) -> Counts:
    held: Counter[str] = Counter()
    for one in walked:
        held.update(one.rows.held)
    every = [one.rows for one in walked]
    return Counts(
        sum(rows.read for rows in every),
        sum(rows.kept for rows in every),
        sum(rows.removed for rows in every),
        {str(reason): held[reason] for reason in Undecided if held[reason]},
        sum(rows.kept_without_number for rows in every),
    )


def judge_folders(request: Request) -> None:
    """Raises UsageFault where folders stand in each other, a list in an output, or a name names somebody."""
    judge_names(request.input, request.output, request.held)
    places = [request.input, request.output, *([request.held] if request.held else [])]
    for at, one in enumerate(places):
        for other in places[at + 1 :]:
            mine, theirs = one.resolve(), other.resolve()
            if mine == theirs or mine in theirs.parents or theirs in mine.parents:
                raise UsageFault(
                    "folders-within",
                    "Of two folders, one is the other or stands in it. Name folders beside each other.",
                )
    for path in request.other_inputs:
        if any(same(path, place) or place.resolve() in path.resolve().parents for place in places[1:]):
            raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
    if request.shape and any(place.resolve() in request.shape.resolve().parents for place in places):
        raise UsageFault("shape-within", "The pinned shape stands beside the folders, not in one of them.")


def is_release(folder: Path) -> bool:
    """Is this a folder that ndoo wrote, and nothing else in it, so that a new release may take its place?"""
    try:
        manifest = read_manifest(folder / OF_A_FOLDER)
        named = {FILE, OF_A_FOLDER, *(table["path"] for table in manifest["tables"].values())}
    except (UnfitData, TypeError, AttributeError, LookupError):
        return False
    return files_of(folder) == named


def files_of(folder: Path) -> set[str]:
    """The path of every file in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def _put(draft: FolderDraft, name: str, content: bytes) -> None:
    with Sink(draft.file(name), None) as sink:
        sink.write(content).result()


class _Passed:
    """How many bytes of all tables were read."""

    def __init__(self, progress: Callable[[int], object]) -> None:
        self._progress = progress
        self._before = self._now = 0

    def next(self, one: Opened) -> None:
        """A new table begins."""
        self._before += self._now
        self._now = 0

    def __call__(self, bytes_read: int) -> None:
        self._now = bytes_read
        self._progress(self._before + bytes_read)
