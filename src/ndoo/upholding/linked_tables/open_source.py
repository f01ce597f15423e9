"""A folder of linked tables that is open to be upheld: every table is walked, and all of them get their place by one rename."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import Undecided
from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.evidence.earlier_outputs import earlier_folder
from ndoo.evidence.manifest import OF_A_FOLDER, ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.release_record import Columns, Counts, FileRecord, MentionsRecord
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.engine import Draft
from ndoo.upholding.input_files.source import fingerprint
from ndoo.upholding.linked_tables.described_files import FILE
from ndoo.upholding.linked_tables.descriptor import Package, read_package
from ndoo.upholding.linked_tables.folder_manifest import described_anew, inputs_of, sections, whole
from ndoo.upholding.linked_tables.tables import (
    FolderChoice,
    Opened,
    TableFile,
    chosen,
    nobodys_named,
    opened,
    shape_of_tables,
)
from ndoo.upholding.linked_tables.verify import inspect_folder
from ndoo.upholding.linked_tables.walk import Passed, Walk, Walked, mentioned_in
from ndoo.upholding.publication.folder_publication import FolderDraft, FolderPublication
from ndoo.upholding.publication.output_names import refuse_file_name_of_folder
from ndoo.upholding.publication.output_paths import judge_folders
from ndoo.upholding.request import FileRequest
from ndoo.upholding.safeguards.feed_shape import FeedShape
from ndoo.upholding.table_links.people import People
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion


@contextmanager
def open_folder(request: FileRequest) -> Iterator[OpenFolder]:
    """See `engine.Engine.open`.

    Args:
        request: `input`, `output` and `held` are folders; columns are named TABLE.COLUMN.
    """
    judge_folders(request)
    refuse_file_name_of_folder(request.output)
    package = read_package(request.input)
    files = [request.input / path for path in package.paths]
    before = [fingerprint(path) for path in files]

    targets = [target for target in (request.held, request.output) if target]
    earlier = earlier_folder(ReleaseKind.LINKED_TABLES)
    with ThreadPoolExecutor(1) as worker:
        tables = opened(request.input, package, worker)
        with FolderPublication(
            *targets, replaceable=earlier, held=request.held, holds=package.paths, terms=request.terms
        ) as publication:
            yield OpenFolder(request, package, tables, publication, before)


class OpenFolder:
    """See `engine.OpenSource`."""

    _kept: FolderDraft
    """The draft of the release, once it is written."""

    def __init__(
        self,
        request: FileRequest,
        package: Package,
        tables: Sequence[Opened],
        publication: FolderPublication,
        before: object,
    ) -> None:
        self._request, self._package, self._tables = request, package, tables
        self._publication, self._before = publication, before
        self._choice = FolderChoice(None, "nobody was to be removed", {})

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        request = self._request
        if request.somebody_may_go:
            self._choice = chosen(self._tables, request.columns)
        return self._choice.as_columns()

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`."""
        return shape_of_tables(self._tables)

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`."""
        request, package = self._request, self._package
        held = self._publication.draft(request.held, private=True) if request.held else None
        kept = self._kept = self._publication.draft(request.output)
        keep_missing = request.undecided is Undecidable.KEEP_MISSING
        people = People(request.opt_outs, keep_missing=keep_missing, by_column=request.asset is not None)
        nobodys = nobodys_named(self._tables, request.leads_to_nobody) if request.somebody_may_go else None
        stored: dict[str, tuple[Any, Any]] = {}
        with ExitStack() as sinks:

            def room(piece: TableFile) -> tuple[Any, Any]:
                name, path = Path(PurePosixPath(piece.path).name), piece.path
                to_held = sinks.enter_context(piece.dataset.sink(held.file(path), name)) if held else None
                to_kept = sinks.enter_context(piece.dataset.sink(kept.file(path), name))
                stored[path] = (to_kept, to_held)
                return to_kept, to_held

            walk = Walk(
                self._tables,
                self._choice,
                people,
                progress,
                watching=request.somebody_may_go,
                holding=holding,
                nobodys=nobodys,
                claimed=bool(request.claims_without_numbers),
            )
            walked, undeclared = walk.through(room)
            undeclared.refuse("as a foreign key in datapackage.json")
            _judge_declared(package, walked, request.input)
            outputs = self._recorded(walked, stored)
        descriptor = described_anew(package, outputs)
        for draft in (kept, held):
            if draft is not None:
                for path, content in {**package.files, FILE: descriptor}.items():
                    draft.put(path, content)

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return inspect_folder(kept.path, manifest, question, told_to_nobody)

        warnings = tuple(warned for one in walked for warned in one.warned)
        by_chance = tuple(column for one in walked for column in one.by_chance)
        removed = {"removed_by_it_alone": sum(one.removed_by_type1_alone for one in walked)}
        return Draft(
            input=whole(request.input.name, inputs_of(walked), package, package.raw),
            output=whole(request.output.name, outputs, package, descriptor),
            rows=_summed(walked),
            people=people.counts(),
            type1={"rows": removed, "people": people.by_type1()},
            people_by_column=lambda: people.by_column,
            people_by_row=lambda: people.by_row,
            inspect=inspect,
            naming=[f"{one.name}.{column}" for one in walked for column in one.naming],
            rows_of_nobody=True,
            mentioned=mentioned_in(walked),
            mentions=MentionsRecord(str(request.mentions), holding, by_chance) if request.somebody_may_go else None,
            warnings=(*warnings, *undeclared.warnings()),
            sections=sections(package, walked, outputs, descriptor, request.leads_to_nobody),
        )

    def discard(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.discard()

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`."""
        self._kept.put_manifest(OF_A_FOLDER, manifest)

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`."""
        return [fingerprint(self._request.input / path) for path in self._package.paths] == self._before

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._publication.publish()

    def _recorded(self, walked: Sequence[Walked], stored: dict[str, tuple[Any, Any]]) -> dict[str, FileRecord]:
        """What was written, by its path in the folder; every file is whole from here on."""
        outputs = {}
        for one, came in zip(self._tables, walked, strict=True):
            for piece, passed in zip(one.pieces, came.files, strict=True):
                to_kept, to_held = stored[piece.path]
                outputs[piece.path] = piece.dataset.recording(piece.place, to_kept.finish(), passed.kept)
                if to_held is not None:
                    to_held.finish()
        return outputs


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
