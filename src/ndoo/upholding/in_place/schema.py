"""How are the tables of a PostgreSQL schema upheld together? Along its foreign keys, in one transaction, all or none.

A row comes to the worst of what it says itself and of what it leads to; `linked.reference` says what is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any

from ndoo.domain.errors import Fault, UsageFault
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import (
    Columns,
    Counts,
    PeopleCounts,
    TableRecord,
    UndecidedPolicy,
    Warned,
    uphold_manifest,
    written,
)
from ndoo.evidence.seal import Sealer
from ndoo.upholding.columns import refuse_mentioned
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.beside import OF_A_SCHEMA, put
from ndoo.upholding.in_place.database import LIST, working_name
from ndoo.upholding.in_place.following import Follower
from ndoo.upholding.in_place.job import TableRequest, form_of
from ndoo.upholding.in_place.listing import list_table
from ndoo.upholding.in_place.postgresql import PostgreSQL
from ndoo.upholding.in_place.schema_choice import Choice, chosen, mentioned_in_tables
from ndoo.upholding.in_place.schema_reading import Sheet, sheets_of
from ndoo.upholding.job import Outcome
from ndoo.upholding.judging import judge_request, judge_share, judge_undecided
from ndoo.upholding.linked.job import digest_of
from ndoo.upholding.linked.levels import REASONS, Level
from ndoo.upholding.publish import Publication
from ndoo.upholding.support import Source, Wish, refuse


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of one table."""

    rows: Counts
    output: TableRecord


def uphold_schema(database: PostgreSQL, schema: str, into: str, request: TableRequest, sealer: Sealer) -> Outcome:
    """Make the schema of the result, with every table and the manifest.

    Args:
        request: `table` and `into` are left aside; columns are named TABLE.COLUMN.

    Raises:
        As `job.uphold_table`, and UnfitData where the keys cannot be followed.
    """
    judge_request(request)
    if request.type1 is not None or not request.somebody_may_go:
        refuse(Source.SCHEMA, Wish.TYPE1)
    if request.held:
        refuse(Source.SCHEMA, Wish.HELD)
    with ExitStack() as stack:
        publication = stack.enter_context(Publication(request.manifest)) if request.manifest else None
        stack.enter_context(database)
        with database.guarded():
            outcome = _made(database, schema, into, request, sealer)
            if publication and request.manifest:
                publication.draft_whole(request.manifest, written(outcome.manifest))
                publication.publish()
            database.commit()
    return outcome


def _made(database: PostgreSQL, schema: str, into: str, request: TableRequest, sealer: Sealer) -> Outcome:
    _judge_target(database, schema, into, replace=request.replace)
    sheets = sheets_of(database, schema)
    choice = chosen(database, sheets, request)
    database.take_list(list_table(request.cleaned, None))
    keep_missing = request.undecided is Undecidable.KEEP_MISSING
    follower = Follower(database, sheets, choice, request.cleaned, LIST, keep_missing=keep_missing)
    follower.follow()
    counts = {sheet.name: counted(follower.levels(sheet)) for sheet in sheets}
    people = PeopleCounts(*follower.people())
    whole = _summed(list(counts.values()))
    judge_undecided(request, whole)
    warnings = judge_share(request, people, 0)
    work = working_name()
    database.run(f'CREATE SCHEMA "{work}"')
    made = {sheet.name: _written(database, sheet, follower, work, into, counts[sheet.name]) for sheet in sheets}
    made_there = [replace(sheet, table=TableName(work, sheet.name)) for sheet in sheets]
    refuse_mentioned(mentioned_in_tables(database, made_there, choice, request.ignored, request.cleaned))
    manifest = sealer.seal(
        _manifest(database, schema, into, request, sheets, choice, follower, made, whole, people, warnings)
    )
    put(database, TableName(work, OF_A_SCHEMA), manifest)
    if request.replace:
        database.run(f"DROP SCHEMA IF EXISTS {_quoted(into)} CASCADE")
    database.run(f'ALTER SCHEMA "{work}" RENAME TO {_quoted(into)}')
    return Outcome(manifest, whole, people)


def _judge_target(database: PostgreSQL, schema: str, into: str, *, replace: bool) -> None:
    if schema == into:
        raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
    if not database.run("SELECT 1 FROM pg_namespace WHERE nspname = %s", (into,)):
        return
    if not replace or not database.columns(TableName(into, OF_A_SCHEMA)):
        raise UsageFault(
            "schema-exists",
            "A schema of the result's name is there already. Name another one, or say --replace if it is an older result.",
        )


def _written(
    database: PostgreSQL, sheet: Sheet, follower: Follower, work: str, into: str, counts: Counts
) -> _Made:  # fmt: skip
    place = TableName(work, sheet.name)
    database.create_like(sheet.table, sheet.columns, place)
    names = ", ".join(_quoted(column.name) for column in sheet.columns)
    database.run(f"INSERT INTO {place.quoted} ({names}) {follower.kept(sheet, names)}")
    if database.count(place) != counts.kept:
        raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")
    record = TableRecord(
        f"{database.address.shown}#{into}.{sheet.name}", form_of(database), counts.kept, database.digest(place)
    )
    return _Made(counts, record)


def _manifest(
    database: PostgreSQL, schema: str, into: str, request: TableRequest, sheets: Sequence[Sheet], choice: Choice,
    follower: Follower, made: Mapping[str, _Made], rows: Counts, people: PeopleCounts, warnings: tuple[Warned, ...],
) -> dict[str, Any]:  # fmt: skip
    output = TableRecord(f"{database.address.shown}#{into}", "postgresql schema; SHA-256 of `digest  table` lines", rows.kept,
                         digest_of({sheet.name: str(made[sheet.name].output.sha256) for sheet in sheets}))  # fmt: skip
    document = uphold_manifest(
        created=request.now,
        input=TableRecord(f"{database.address.shown}#{schema}", "postgresql schema", rows.read),
        output=output,
        columns=Columns(choice.person, choice.found, choice.others, tuple(request.ignored)),
        rows=rows,
        people=people,
        provenance=request.cleaned.provenance if request.cleaned else None,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
    )
    document["tables"] = {
        sheet.name: {
            "leads_to_person": follower.leads(sheet),
            "columns": {"own": choice.own.get(sheet.name),
                        "also": [c.name for c in choice.keys[sheet.name] if c.name != choice.own.get(sheet.name)]},
            "links": [{"columns": list(link.columns), "to": link.target, "columns_there": list(link.target_columns)}
                      for link in sheet.links],
            "input": asdict(TableRecord(f"{database.address.shown}#{schema}.{sheet.name}", "postgresql table", made[sheet.name].rows.read)),
            "output": asdict(made[sheet.name].output),
            "rows": asdict(made[sheet.name].rows),
        }
        for sheet in sheets
    }  # fmt: skip
    return document


def counted(levels: Mapping[tuple[int, bool], int]) -> Counts:
    """From the number of rows of each level, with and without a person."""
    counts = Counts(0, 0, 0)
    for (level, anchored), number in levels.items():
        if level == Level.STAYS:
            counts = replace(counts, kept=counts.kept + number,
                             kept_without_number=counts.kept_without_number + (0 if anchored else number))  # fmt: skip
        elif level >= Level.REMOVED_BY_TYPE1:
            counts = replace(counts, removed=counts.removed + number)
        else:
            reason = str(REASONS[Level(level)])
            counts = replace(counts, held={**counts.held, reason: counts.held.get(reason, 0) + number})
    return replace(counts, read=counts.kept + counts.removed + sum(counts.held.values()))


def _summed(every: Sequence[Counts]) -> Counts:
    held = {str(reason): sum(rows.held.get(str(reason), 0) for rows in every) for reason in Undecided}
    return Counts(
        sum(rows.read for rows in every), sum(rows.kept for rows in every), sum(rows.removed for rows in every),
        {reason: count for reason, count in held.items() if count}, sum(rows.kept_without_number for rows in every),
    )  # fmt: skip


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
