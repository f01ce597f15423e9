"""A folder of linked tables in, the same folder without the people who opted out, or nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import (
    OF_A_FOLDER,
    Counts,
    MentionsRecord,
)
from ndoo.evidence.release import Release, difference, is_release
from ndoo.evidence.seal import Sealer
from ndoo.upholding.columns import drafted_until_nobody_is_mentioned, refuse_mentioned
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.judging import judge_request, judge_share, judge_undecided
from ndoo.upholding.linked.described_files import FILE
from ndoo.upholding.linked.descriptor import Package, read_package
from ndoo.upholding.linked.folder_manifest import described_anew, folder_manifest
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.publication import FolderDraft, FolderPublication
from ndoo.upholding.linked.tables import Choice, Opened, Piece, chosen, nobodys_named, opened, shape_of_tables
from ndoo.upholding.linked.verify import verify_folder
from ndoo.upholding.linked.walk import Passed, Walk, Walked, mentioned_in
from ndoo.upholding.output_paths import judge_names, same
from ndoo.upholding.records import Records
from ndoo.upholding.request import Request
from ndoo.upholding.source import changed, fingerprint
from ndoo.upholding.uphold import Outcome
from ndoo.upholding.verification import Question, judge_draft


def uphold_folder(request: Request, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write the folder without the people who opted out, with its sealed manifest in it; all of it, or nothing.

    Args:
        request: `input`, `output` and `held` are folders; columns are named TABLE.COLUMN.
        progress: called with the number of stored input bytes read so far.

    Raises:
        As `uphold.uphold`, and UnfitData or UsageFault where the descriptor does not fit the folder.
    """
    judge_request(request)
    judge_folders(request)
    package = read_package(request.input)
    files = [request.input / path for path in package.paths]
    before = [fingerprint(path) for path in files]
    with ThreadPoolExecutor(1) as worker:
        tables = opened(request.input, package, worker)
        choice = Choice(None, "nobody was to be removed", {})
        if request.somebody_may_go:
            choice = chosen(tables, request.nhs_number, request.also, request.ignored)
        targets = [target for target in (request.held, request.output) if target]

        def replaceable(folder: Path) -> bool:
            return not difference(folder, package.paths) if folder == request.held else is_release(folder)

        records = Records(request, lambda: shape_of_tables(tables), names_people=request.somebody_may_go)
        with records.opened(), FolderPublication(*targets, replaceable=replaceable) as publication:

            def draft(holding: tuple[str, ...]) -> tuple[Outcome, FolderDraft]:
                held = publication.draft(request.held, private=True) if request.held else None
                kept = publication.draft(request.output)
                return _drafted(request, package, tables, choice, holding, kept, held, records, sealer, progress), kept

            outcome, kept = drafted_until_nobody_is_mentioned(request.mentions, draft, publication.discard)
            if [fingerprint(path) for path in files] != before:
                raise changed()
            question = Question(request.cleaned, request.type1, by_what_is_named=True)
            judge_draft(verify_folder(Release(kept.path, outcome.manifest, drafted=True), question, lambda _: None))
            kept.put_manifest(OF_A_FOLDER, outcome.manifest)
            records.publish(outcome.manifest)
            publication.publish()
    return outcome


def _drafted(
    request: Request, package: Package, tables: Sequence[Opened], choice: Choice, holding: tuple[str, ...], kept: FolderDraft,
    held: FolderDraft | None, records: Records, sealer: Sealer, progress: Callable[[int], object],
) -> Outcome:  # fmt: skip
    """Both folders, whole and judged, but not yet published; rows that mention somebody in a column of `holding` are held."""
    keep_missing = request.undecided is Undecidable.KEEP_MISSING
    people = People(request.cleaned, request.type1, keep_missing=keep_missing)
    past = _Progress(progress)
    nobodys = nobodys_named(tables, request.leads_to_nobody) if request.somebody_may_go else None
    stored: dict[str, tuple[Any, Any]] = {}
    with ExitStack() as sinks:

        def room(piece: Piece) -> tuple[Any, Any]:
            past.next()
            name, path = Path(PurePosixPath(piece.path).name), piece.path
            to_held = sinks.enter_context(piece.dataset.sink(held.file(path), name)) if held else None
            to_kept = sinks.enter_context(piece.dataset.sink(kept.file(path), name))
            stored[path] = (to_kept, to_held)
            return to_kept, to_held

        walk = Walk(tables, choice, people, past, watching=request.somebody_may_go, holding=holding, nobodys=nobodys)
        walked, undeclared = walk.through(room)
        undeclared.refuse("as a foreign key in datapackage.json")
        refuse_mentioned(mentioned_in(walked))
        _judge_declared(package, walked, request.input)
        outputs = {}
        for one, came in zip(tables, walked, strict=True):
            for piece, passed in zip(one.pieces, came.files, strict=True):
                to_kept, to_held = stored[piece.path]
                outputs[piece.path] = piece.dataset.recording(piece.place, to_kept.finish(), passed.kept)
                if to_held is not None:
                    to_held.finish()
    rows, counted = _summed(walked), people.counts()
    warnings = tuple(warned for one in walked for warned in one.warned)
    if request.somebody_may_go:
        judge_undecided(request, rows)
        warnings += judge_share(request, counted, people.by_type1()["removed_by_it_alone"])
        warnings += undeclared.warnings()
    asset = records.judged(lambda: (people.kept, people.removed, people.held), rows, counted, sealer)
    descriptor = described_anew(package, outputs)
    for draft in (kept, held):
        if draft is not None:
            for path, content in {**package.files, FILE: descriptor}.items():
                draft.put(path, content)
    manifest = sealer.seal(
        folder_manifest(
            request,
            package,
            choice,
            walked,
            outputs,
            descriptor,
            people,
            rows,
            warnings,
            asset,
            _mentions(request, walked, holding),
        )
    )
    return Outcome(manifest, rows, counted)


def _mentions(request: Request, walked: Sequence[Walked], holding: tuple[str, ...]) -> MentionsRecord | None:
    if not request.somebody_may_go:
        return None
    by_chance = tuple(column for one in walked for column in one.by_chance)
    return MentionsRecord(str(request.mentions), holding, by_chance)


def _judge_declared(package: Package, walked: Sequence[Walked], folder: Path) -> None:
    """Raises UnfitData where a table has not the size or the digest that the descriptor declares."""
    for came, resource in zip(walked, package.document["resources"], strict=True):
        declared, passed = str(resource.get("hash", "")), came.files[0]
        right = not declared or declared == _digest(declared, passed, folder / passed.path)
        if not right or resource.get("bytes", passed.input.bytes) != passed.input.bytes:
            raise UnfitData(
                "table-not-as-declared",
                f"Table {came.name!r}: it has not the size or the digest that datapackage.json declares. It may be cut off, or "
                "another one.",
            )


def _digest(like: str, came: Passed, path: Path) -> str:
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


class _Progress:
    """How many bytes of all files were read."""

    def __init__(self, progress: Callable[[int], object]) -> None:
        self._progress = progress
        self._before = self._now = 0

    def next(self) -> None:
        """A new file begins."""
        self._before += self._now
        self._now = 0

    def __call__(self, bytes_read: int) -> None:
        self._now = bytes_read
        self._progress(self._before + bytes_read)
