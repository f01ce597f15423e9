"""How is a folder of Parquet upheld by Spark? Partition by partition into a draft folder, which gets its name by one rename.

Spark decides and writes, once through the rows; the kernel counts meanwhile (`parquet_folder.py`); what was written is then looked
through for people whom its other columns name (`others.py`). What they came to must agree, or nothing is published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.errors import Fault
from ndoo.evidence.manifest import (
    OF_A_PARQUET_FOLDER,
    Columns,
    FileRecord,
    UndecidedPolicy,
    Warned,
    uphold_manifest,
)
from ndoo.evidence.release import Release, is_release
from ndoo.evidence.seal import Sealer
from ndoo.upholding.columns import Watch, choose, choose_if_any, refuse_unclassified
from ndoo.upholding.deciding import Deciding, Undecidable
from ndoo.upholding.judging import judge_request, judge_table
from ndoo.upholding.linked.publication import FolderDraft, FolderPublication
from ndoo.upholding.output_paths import judge_folders
from ndoo.upholding.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_parts import FORMAT, Parts, parts_of, record_of, told_of
from ndoo.upholding.records import Records
from ndoo.upholding.request import FileRequest
from ndoo.upholding.shape import typed
from ndoo.upholding.source import changed
from ndoo.upholding.spark.frame import columns_of, decided, guarded
from ndoo.upholding.spark.others import look_through
from ndoo.upholding.spark.session import session
from ndoo.upholding.uphold import Outcome
from ndoo.upholding.verification import Question, judge_draft
from ndoo.upholding.verify import verify_file


def uphold_parquet(request: FileRequest, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write the folder without the people who opted out, in the input's partitions, with its sealed manifest in it.

    Raises:
        As `uphold.uphold`, and UnfitData where the folder holds anything but Parquet that can be read as it lies.
    """
    judge_request(request)
    judge_folders(request)
    parts = parts_of(request.input)
    dataset = ParquetFolder(parts)
    columns = _chosen(dataset, request)
    deciding = Deciding(request.cleaned, len(columns.keys), type1=request.type1, crowded=True,
                        keep_missing=request.undecided is Undecidable.KEEP_MISSING, apart=bool(request.asset))  # fmt: skip
    records = Records(request, lambda: _shape_of(parts), names_people=request.somebody_may_go)
    targets = [target for target in (request.held, request.output) if target]
    with (
        records.opened(),
        FolderPublication(*targets, replaceable=is_release, terms=request.terms) as publication,
    ):
        with _meanwhile(
            lambda told: dataset.stream(columns, deciding, Watch(columns.keys), None, None, told), progress
        ) as counting:
            with guarded():
                frame = session().read.parquet(str(request.input.absolute()))
            held = _written(frame, columns, request, publication, parts, request.held) if request.held else None
            draft = _written(frame, columns, request, publication, parts, request.output)
            source = counting.result()
        warnings = _judged(request, deciding)
        files = look_through(parts_of(draft.path, named=draft.files), columns, request)
        output = record_of(request.output.name, files)
        rows = deciding.rows()
        if output.rows != rows.kept or (held and _rows_in(held) != sum(rows.held.values())):
            raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")
        if not parts.unchanged():
            raise changed()
        asset = records.judged(deciding.sets, rows, deciding.people(), sealer)
        document = _manifest(request, columns, deciding, source, output, warnings, asset)
        manifest = sealer.seal({**document, "files": told_of(files)})
        question = Question(request.cleaned, request.type1, by_what_is_named=True)
        judge_draft(verify_file(Release(draft.path, manifest, drafted=True), question, lambda _: None))
        draft.put_manifest(OF_A_PARQUET_FOLDER, manifest)
        records.publish(manifest)
        publication.publish()
    return Outcome(manifest, deciding.rows(), deciding.people())


def _chosen(dataset: ParquetFolder, request: FileRequest) -> Columns:
    by = choose if request.somebody_may_go else choose_if_any
    watch = Watch(dataset.names)
    dataset.preview(watch)
    columns = by(watch, request.nhs_number, request.also, request.ignored)
    if request.somebody_may_go:
        refuse_unclassified(watch, columns)
    return columns


class _GivenUpError(Exception):
    """The run failed elsewhere; nobody waits for the counts."""


@contextmanager
def _meanwhile(
    count: Callable[[Callable[[int], object]], Any], progress: Callable[[int], object]
) -> Iterator[Future[Any]]:
    """Run `count` on a thread of its own, with a `progress` that ends it where the block fails."""
    failed = False

    def told(read: int) -> None:
        if failed:
            raise _GivenUpError
        progress(read)

    with ThreadPoolExecutor(1) as thread:
        try:
            yield thread.submit(count, told)
        except BaseException:
            failed = True
            raise


def _judged(request: FileRequest, deciding: Deciding) -> tuple[Warned, ...]:
    if not request.somebody_may_go:
        return ()
    return judge_table(
        request, deciding.rows(), deciding.people(), deciding.by_type1()["people"]["removed_by_it_alone"]
    )


def _written(
    frame: Any, columns: Columns, request: FileRequest, publication: FolderPublication, parts: Parts, target: Path
) -> FolderDraft:  # fmt: skip
    """The rows that stay, or those that are held, in a draft."""
    held = target == request.held
    rows = decided(frame, columns_of(frame), columns, request, held=held)
    draft = publication.draft(target, private=held)
    with guarded():
        rows.write.mode("append").partitionBy(*parts.partitions).parquet(str(draft.path.absolute()))
    for path in sorted(draft.path.rglob("*")):
        if path.suffix == ".crc" or path == draft.path / "_SUCCESS":  # what Hadoop keeps for itself, and no row is in
            path.unlink()
        elif path.suffix == ".parquet":  # anything else stops the publication
            draft.files[path.relative_to(draft.path).as_posix()] = None
    return draft


def _rows_in(draft: FolderDraft) -> int:
    """By the footers of its files."""
    return sum(ParquetReader(path).rows for path in draft.path.rglob("*.parquet"))


def _shape_of(parts: Parts) -> dict[str, Any]:
    columns = [(field.name, str(field.type)) for field in parts.schema]
    return typed(FORMAT, columns, partitions=list(parts.partitions))


def _manifest(
    request: FileRequest, columns: Columns, deciding: Deciding, source: FileRecord, output: FileRecord, warnings: Sequence[Warned],
    asset: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    told = request.type1_overridden
    if request.type1 is not None:
        told = {"applied": True, **deciding.by_type1(), "status": request.type1.record}
    return uphold_manifest(
        created=request.now,
        input=source,
        output=output,
        columns=columns,
        rows=deciding.rows(),
        people=deciding.people(),
        provenance=request.cleaned.provenance if request.cleaned else None,
        expected_removed=request.expected_share,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
        type1=told,
        asset=asset,
    )
