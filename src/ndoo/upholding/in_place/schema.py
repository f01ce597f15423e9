"""How are the tables of a PostgreSQL schema upheld together? Along its foreign keys, in one transaction, all or none.

A row comes to the worst of what it says itself and of what it leads to; `linked.reference` says what is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.evidence.manifest import (
    Columns,
    Counts,
    PeopleCounts,
    TableRecord,
    UndecidedPolicy,
    Warned,
    uphold_manifest,
)
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.columns import refuse_mentioned
from ndoo.upholding.deciding import Undecidable
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.beside import OF_A_SCHEMA, Released, put, released
from ndoo.upholding.in_place.database import form_of, working_name
from ndoo.upholding.in_place.following import Follower
from ndoo.upholding.in_place.job import TableRequest, committed, judge_files
from ndoo.upholding.in_place.key_evidence import SchemaEvidence
from ndoo.upholding.in_place.listing import take_lists
from ndoo.upholding.in_place.people import people_named
from ndoo.upholding.in_place.postgresql import PostgreSQL
from ndoo.upholding.in_place.schema_choice import Choice, chosen, mentioned_in_tables, nobodys_named
from ndoo.upholding.in_place.schema_counts import by_type1_alone, counted, summed
from ndoo.upholding.in_place.schema_reading import Sheet, others_in, sheets_of
from ndoo.upholding.in_place.schema_verify import verify_schema
from ndoo.upholding.in_place.targets import HELD_BESIDE
from ndoo.upholding.judging import judge_request, judge_share, judge_undecided
from ndoo.upholding.linked.folder_manifest import digest_of
from ndoo.upholding.records import Records
from ndoo.upholding.shape import typed
from ndoo.upholding.uphold import Outcome
from ndoo.upholding.verification import FORGED, Question, judge_draft


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
    if not request.somebody_may_go:
        raise UsageFault(
            "schema-list",
            "Nobody would have to go from this schema: hand it on as it is, or uphold its tables one by one for their manifests.",
        )
    judge_files(database, request)
    with database, database.guarded():
        held = request.held.name if request.held else None
        names = [name for name in (schema, into, held) if name]
        if len(set(names)) != len(names):
            raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
        sheets = sheets_of(database, schema)
        older = _older(database, request, names[1:])
        for name in names[1:]:
            _judge_target(database, name, older)
        columns = [(f"{sheet.name}.{column.name}", column.type) for sheet in sheets for column in sheet.columns]
        records = Records(
            request, lambda: typed("postgresql schema", columns), names_people=True, manifest=request.manifest
        )
        with records.opened():
            outcome = _made(database, schema, into, request, sheets, records, sealer, older)
            question = Question(request.cleaned, request.type1, by_what_is_named=True)
            judge_draft(verify_schema(database, Released(TableName(None, into), True, outcome.manifest), question))
            committed(database, records, outcome)
    return outcome


def _older(database: PostgreSQL, request: TableRequest, names: Sequence[str]) -> dict[str, Sequence[str]]:
    """Of the schemas that would be made, those that are an older release or its held rows, whole and with nothing else in them; and their tables.

    Args:
        names: of the result, and of the held rows where they are asked for.
    """
    if not request.replace:
        return {}
    try:
        document = released(database, TableName(None, names[0]), whole_schema=True).manifest
        tables = [*map(str, document["tables"])]
        aside = str(document.get(HELD_BESIDE, {}).get("name", "")).rpartition("#")[2]
    except (UnfitData, *FORGED):
        return {}
    ours = {names[0]: [*tables, OF_A_SCHEMA], **({aside: tables} if aside else {})}
    return {name: tables for name, tables in ours.items() if name in names and not others_in(database, name, tables)}


def _made(
    database: PostgreSQL, schema: str, into: str, request: TableRequest, sheets: Sequence[Sheet], records: Records,
    sealer: Sealer, older: Mapping[str, Sequence[str]],
) -> Outcome:  # fmt: skip
    """The result, under its final name but not yet committed."""
    choice = chosen(database, sheets, request.nhs_number, request.also, request.ignored)
    take_lists(database, request.cleaned, request.type1)
    keep_missing = request.undecided is Undecidable.KEEP_MISSING
    follower = Follower(
        database, sheets, choice, request.cleaned, request.type1, database.listed, keep_missing=keep_missing
    )
    follower.follow()
    nobodys = nobodys_named(sheets, request.leads_to_nobody)
    undeclared = SchemaEvidence(database, sheets, choice, follower, nobodys).judged()
    undeclared.refuse("as a foreign key (ALTER TABLE … ADD FOREIGN KEY … NOT VALID will do)")
    levels = {sheet.name: follower.levels(sheet) for sheet in sheets}
    counts = {name: counted(found) for name, found in levels.items()}
    people, type1 = PeopleCounts(*follower.people()), follower.by_type1()
    whole = summed(list(counts.values()))
    judge_undecided(request, whole)
    warnings = judge_share(request, people, type1["removed_by_it_alone"]) + undeclared.warnings()
    work = _filled(database, sheets, follower, {name: rows.kept for name, rows in counts.items()})
    there = [replace(sheet, table=TableName(work, sheet.name)) for sheet in sheets]
    known = {choice.person, *choice.others, *request.ignored}
    mentioned, _ = mentioned_in_tables(database, there, known, request.cleaned, request.type1)
    refuse_mentioned(mentioned)
    made = {
        sheet.name: _Made(
            counts[sheet.name],
            TableRecord(f"{database.address.shown}#{into}.{sheet.name}", form_of(database), counts[sheet.name].kept,
                        database.digest(sheet.table)),
        )
        for sheet in there
    }  # fmt: skip
    told: dict[str, Any] | None = request.type1_overridden
    if request.type1 is not None:
        alone = {"removed_by_it_alone": sum(map(by_type1_alone, levels.values()))}
        told = {"applied": True, "rows": alone, "people": type1, "status": request.type1.record}
    asset = records.judged(lambda: [_people(database, choice, some) for some in (there, sheets)], whole, people, sealer)
    document = _manifest(
        database, schema, into, request, sheets, choice, follower, made, whole, people, warnings, told, asset
    )
    if request.held:
        document[HELD_BESIDE] = {"name": f"{database.address.shown}#{request.held.name}"}
    manifest = sealer.seal(document)
    put(database, TableName(work, OF_A_SCHEMA), manifest)
    _named(database, work, into, older)
    if request.held:
        doubts = {name: sum(rows.held.values()) for name, rows in counts.items()}
        aside = _filled(database, sheets, follower, doubts, held=True)
        _named(database, aside, request.held.name, older)
    return Outcome(manifest, whole, people)


def _people(database: PostgreSQL, choice: Choice, sheets: Sequence[Sheet]) -> NumberSet:
    """Everybody whose row there is in these tables."""
    own = [(sheet.table, sheet.columns, choice.keys[sheet.name][:1]) for sheet in sheets if sheet.name in choice.own]
    return people_named(database, own)[0]


def _judge_target(database: PostgreSQL, name: str, older: Mapping[str, Sequence[str]]) -> None:
    """Raises UsageFault where a schema of this name is there that may not be dropped, or none may be made."""
    if name.startswith("pg_") or name == "information_schema":
        raise UsageFault("table-place", f"{name!r} is the database's own schema, or a temporary one. Name another one.")
    if name not in older and database.run("SELECT 1 FROM pg_namespace WHERE nspname = %s", (name,)):
        raise UsageFault(
            "schema-exists",
            "A schema of the result's name is there already. Name another one, or say --replace if it is an older result.",
        )


def _filled(
    database: PostgreSQL, sheets: Sequence[Sheet], follower: Follower, expected: Mapping[str, int], *, held: bool = False
) -> str:  # fmt: skip
    """The working name of a new schema with the rows that stay, or that are held."""
    work = working_name()
    database.create_schema(work)
    for sheet in sheets:
        place = TableName(work, sheet.name)
        database.create_like(sheet.table, sheet.columns, place)
        names = ", ".join(_quoted(column.name) for column in sheet.columns)
        database.run(f"INSERT INTO {place.quoted} ({names}) {follower.rows(sheet, names, held=held)}")
        if database.count(place) != expected[sheet.name]:
            raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")
    return work


def _named(database: PostgreSQL, work: str, name: str, older: Mapping[str, Sequence[str]]) -> None:
    """The schema under its name; an older one, which was judged, is dropped, and nothing that depends on it."""
    if name in older:
        tables = ", ".join(TableName(name, table).quoted for table in older[name])
        database.run(f"DROP TABLE {tables}")
        database.run(f"DROP SCHEMA {_quoted(name)}")
    database.run(f'ALTER SCHEMA "{work}" RENAME TO {_quoted(name)}')


def _manifest(
    database: PostgreSQL, schema: str, into: str, request: TableRequest, sheets: Sequence[Sheet], choice: Choice,
    follower: Follower, made: Mapping[str, _Made], rows: Counts, people: PeopleCounts, warnings: tuple[Warned, ...],
    type1: dict[str, Any] | None, asset: dict[str, Any] | None,
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
        expected_removed=request.expected_share,
        decision=request.decision,
        undecided=UndecidedPolicy(str(request.undecided), request.justification),
        warnings=warnings,
        type1=type1,
        asset=asset,
    )
    document["leads_to_nobody"] = sorted(set(request.leads_to_nobody))
    document["tables"] = {
        sheet.name: {
            "leads_to_person": follower.leads(sheet),
            "columns": {"own": choice.own.get(sheet.name),
                        "also": [c.name for c in choice.keys[sheet.name] if c.name != choice.own.get(sheet.name)]},
            "links": [{"columns": list(link.columns), "to": link.target, "columns_there": list(link.target_columns)}
                      for link in sheet.links],
            "keys": [list(key) for key in sheet.keys],
            "input": asdict(TableRecord(f"{database.address.shown}#{schema}.{sheet.name}", "postgresql table", made[sheet.name].rows.read)),
            "output": asdict(made[sheet.name].output),
            "rows": asdict(made[sheet.name].rows),
        }
        for sheet in sheets
    }  # fmt: skip
    return document


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
