"""Upholds a folder of Parquet with Spark: partition by partition into a draft folder, which gets its name by one rename.

The kernel reads the columns of NHS numbers here and decides on each row (`parquet_folder.py`, `verdicts.py`); Spark's executors write
the files again without the rows that go (`rewrite.py`); what was written is then looked through for people whom its other columns name
(`others.py`). What these came to must agree, or nothing is published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from ndoo.upholding.partition_names import refuse_withheld_folders
from ndoo.upholding.records import Records
from ndoo.upholding.request import FileRequest
from ndoo.upholding.shape import typed
from ndoo.upholding.source import changed
from ndoo.upholding.spark.faults import guarded
from ndoo.upholding.spark.kept_types import refuse_unkept
from ndoo.upholding.spark.others import look_through
from ndoo.upholding.spark.rewrite import rewrite
from ndoo.upholding.spark.session import session
from ndoo.upholding.spark.verdicts import Verdicts
from ndoo.upholding.uphold import Outcome
from ndoo.upholding.verification import Question, judge_draft
from ndoo.upholding.verify import verify_file


def uphold_parquet(request: FileRequest, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write the folder without the people who opted out, in the input's partitions, with its sealed manifest in it.

    Raises:
        As `uphold.uphold`, and UnfitData where the folder holds anything but Parquet that can be read as it lies, or a column that
        cannot be written back just as it is.
    """
    judge_request(request)
    judge_folders(request)
    parts = parts_of(request.input)
    refuse_unkept(parts)
    refuse_withheld_folders(parts.folders, request.cleaned, request.type1)
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
        verdicts = Verdicts(deciding, [ParquetReader(path).rows for path in parts.files])
        source = dataset.stream(columns, verdicts, Watch(columns.keys), None, None, progress)
        warnings = _judged(request, deciding)
        held = publication.draft(request.held, private=True) if request.held else None
        draft = publication.draft(request.output)
        with guarded():
            written, parked = rewrite(session(), parts, verdicts, draft.path, held.path if held else None)
        draft.files.update(dict.fromkeys(written))
        if held:
            held.files.update(dict.fromkeys(parked))
        files = look_through(parts_of(draft.path, named=draft.files), columns, request)
        output = record_of(request.output.name, files)
        rows = deciding.rows()
        lost = rows.read != sum(file.rows for file in verdicts.files)
        if lost or output.rows != rows.kept or (held and _rows_in(held) != sum(rows.held.values())):
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


def _judged(request: FileRequest, deciding: Deciding) -> tuple[Warned, ...]:
    if not request.somebody_may_go:
        return ()
    return judge_table(
        request, deciding.rows(), deciding.people(), deciding.by_type1()["people"]["removed_by_it_alone"]
    )


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
