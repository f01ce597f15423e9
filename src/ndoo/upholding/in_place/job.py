"""How is one table upheld where it lies? The filter goes to the data, counts and a digest come back; the result is a table.

It appears with its manifest beside it, in one transaction; both, or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault
from ndoo.evidence.manifest import (
    Columns,
    TableRecord,
    UndecidedPolicy,
    Warned,
    uphold_manifest,
)
from ndoo.evidence.seal import Sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.columns import refuse_identifying_names, refuse_mentioned
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.differencing import Asset
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.beside import Released, manifest_beside, put
from ndoo.upholding.in_place.database import Database, form_of, working_name
from ndoo.upholding.in_place.elsewhere import mentioned_in
from ndoo.upholding.in_place.fates import Deciding, Tally
from ndoo.upholding.in_place.listing import rule_of, take_lists
from ndoo.upholding.in_place.people import people_named
from ndoo.upholding.in_place.reading import TableColumn, quoted, script
from ndoo.upholding.in_place.table_choice import chosen_in, keys_of
from ndoo.upholding.in_place.targets import HELD_BESIDE, judge_targets
from ndoo.upholding.in_place.verify import verify_table
from ndoo.upholding.judging import judge_request, judge_table
from ndoo.upholding.output_paths import refuse_overwriting
from ndoo.upholding.records import Records
from ndoo.upholding.shape import typed
from ndoo.upholding.uphold import Outcome
from ndoo.upholding.verification import Question, judge_draft

_BESIDE_A_DATABASE = (".wal", "-wal", "-shm", "-journal")
"""What DuckDB and SQLite keep beside a file of theirs."""


@dataclass(frozen=True, slots=True)
class TableRequest:
    """What to uphold in a database, on what, and how to judge the outcome. As `request.Request`, for a table."""

    table: TableName
    into: TableName
    cleaned: CleanedList | None
    now: datetime
    replace: bool = False
    """May an older result of that name be dropped?"""
    held: TableName | None = None
    manifest: Path | None = None
    """Where the manifest is written as a file too."""
    decision: dict[str, Any] | None = None
    type1: Objections | None = None
    type1_overridden: dict[str, Any] | None = None
    nhs_number: str | None = None
    also: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    leads_to_nobody: tuple[str, ...] = ()
    """As `request.Request` has it, of a schema."""
    undecided: Undecidable = Undecidable.HOLD
    justification: str | None = None
    expected_share: tuple[float, float] | None = None
    shape: Path | None = None
    """Where the shape of the table, or of the schema, is pinned, or is to be."""
    asset: Asset | None = None
    """With whose earlier releases this one is compared; None: with none."""
    other_inputs: tuple[Path, ...] = ()
    """Files that must not be written over, such as the list."""

    @property
    def somebody_may_go(self) -> bool:
        """Is anything upheld at all?"""
        return self.cleaned is not None or self.type1 is not None


def uphold_table(database: Database, request: TableRequest, sealer: Sealer) -> Outcome:
    """Make the result and its manifest in the database, in one transaction that sees one state of the table.

    Raises:
        UsageFault: the tables or columns cannot be meant.
        UnfitData: the table is ambiguous, or has undecidable rows and these must stop the run.
        NoUsableList: the share removed says that this is the wrong list.
        NotPermitted, Fault: the database refused.
    """
    judge_request(request)
    judge_files(database, request)
    with database, database.guarded():
        request = _in_full(database, request)
        columns = database.needed(request.table)
        refuse_identifying_names([column.name for column in columns])
        judge_targets(database, request)
        form = typed(f"{database.address.kind} table", [(column.name, column.type) for column in columns])
        records = Records(request, lambda: form, names_people=request.somebody_may_go, manifest=request.manifest)
        with records.opened():
            outcome = _made(database, request, columns, records, sealer)
            question = Question(request.cleaned, request.type1, by_what_is_named=True)
            judge_draft(verify_table(database, Released(request.into, False, outcome.manifest), question))
            committed(database, records, outcome)
    return outcome


def judge_files(database: Database, request: TableRequest) -> None:
    """Raises UsageFault where a file that is written would take the place of the database, of a list, or of the other one."""
    own = database.address.path
    inputs = [own, *(own.with_name(own.name + more) for more in _BESIDE_A_DATABASE)] if own else []
    outputs = [path for path in (request.manifest, request.shape) if path]
    refuse_overwriting(outputs, [*inputs, *request.other_inputs])


def committed(database: Database, records: Records, outcome: Outcome) -> None:
    """Let the files and the result appear: all of them, or none."""
    database.forget_lists()
    records.publish(outcome.manifest)
    try:
        database.commit()
    except BaseException:
        records.withdraw()
        raise


def _made(
    database: Database, request: TableRequest, columns: Sequence[TableColumn], records: Records, sealer: Sealer
) -> Outcome:
    """The result, under its final name but not yet committed."""
    named = (request.nhs_number, request.also, request.ignored)
    chosen = chosen_in(database, request.table, columns, *named, asked=request.somebody_may_go)
    keys = keys_of(columns, chosen)
    rule = rule_of(request.cleaned, request.type1, keep_missing=request.undecided is Undecidable.KEEP_MISSING)
    if rule.sets:
        take_lists(database, request.cleaned, request.type1)
    deciding = Deciding(request.table.quoted, columns, keys, rule, database.listed)
    tally = deciding.counted(database.run(_sql(database, deciding, deciding.tally()))[0])
    warnings: tuple[Warned, ...] = ()
    if request.somebody_may_go:
        warnings = judge_table(request, tally.rows, tally.people, tally.type1["people"]["removed_by_it_alone"])
    kept = _published(database, request, columns, deciding, request.into, tally.rows.kept, held=False)
    if request.somebody_may_go:
        refuse_mentioned(
            mentioned_in(database, request.into, columns, chosen.classified, request.cleaned, request.type1).found
        )
    if request.held:
        _published(database, request, columns, deciding, request.held, sum(tally.rows.held.values()), held=True)
    own = keys[:1]
    asset = records.judged(
        lambda: [people_named(database, [(table, columns, own)])[0] for table in (request.into, request.table)],
        tally.rows, tally.people, sealer,
    )  # fmt: skip
    document = _manifest(database, request, chosen, tally, warnings, kept, asset)
    if request.held:
        document[HELD_BESIDE] = {"name": f"{database.address.shown}#{request.held}"}
    manifest = sealer.seal(document)
    _with_manifest(database, request, manifest)
    return Outcome(manifest, tally.rows, tally.people)


def _in_full(database: Database, request: TableRequest) -> TableRequest:
    """Every table with the place where it stands, so that no other of its name is meant."""
    held = database.resolved(request.held) if request.held else None
    return replace(request, table=database.resolved(request.table), into=database.resolved(request.into), held=held)


def _published(
    database: Database, request: TableRequest, columns: Sequence[TableColumn], deciding: Deciding, into: TableName,
    rows: int, *, held: bool,
) -> TableRecord:  # fmt: skip
    """One result: made under a working name, counted against what was decided, and renamed."""
    work = into.beside(working_name())
    database.create_like(request.table, columns, work)
    names = [quoted(column.name) for column in columns]
    select = _sql(database, deciding, deciding.rows(names, held=held))
    database.run(f"INSERT INTO {work.quoted} ({', '.join(names)}) {select}")
    if database.count(work) != rows:
        raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")
    digest = database.digest(work)
    if request.replace:
        database.drop(into)
    database.rename(work, into.name)
    return TableRecord(f"{database.address.shown}#{into}", form_of(database), rows, digest)


def _with_manifest(database: Database, request: TableRequest, manifest: dict[str, Any]) -> None:
    beside = manifest_beside(request.into)
    if request.replace:
        database.drop(beside)
    put(database, beside, manifest)


def _manifest(
    database: Database, request: TableRequest, chosen: Columns, tally: Tally, warnings: tuple[Warned, ...], kept: TableRecord,
    asset: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    source = TableRecord(f"{database.address.shown}#{request.table}", f"{database.address.kind} table", tally.rows.read)
    told: dict[str, Any] | None = request.type1_overridden
    if request.type1 is not None:
        told = {"applied": True, **tally.type1, "status": request.type1.record}
    return uphold_manifest(
        created=request.now,
        input=source,
        output=kept,
        columns=chosen,
        rows=tally.rows,
        people=tally.people,
        provenance=request.cleaned.provenance if request.cleaned else None,
        expected_removed=request.expected_share,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
        type1=told,
        asset=asset,
    )


def _sql(database: Database, deciding: Deciding, final: str) -> str:
    return script(deciding.steps, final, database.dialect, width=database.width)
