"""All tables of a PostgreSQL schema that are open to be upheld together: along its foreign keys, in one transaction, all or none.

A row comes to the worst of what it says itself and of what it leads to; `linked.reference` says what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.domain.progress import Progress
from ndoo.evidence.document import JsonObject
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Columns, Counts, MentionsRecord, PeopleCounts, TableRecord
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.database import form_of, open_database, working_name
from ndoo.upholding.databases.follow_keys import Follower
from ndoo.upholding.databases.key_evidence import SchemaEvidence
from ndoo.upholding.databases.manifest_table import OF_A_SCHEMA, put, released
from ndoo.upholding.databases.nobodys_rows import Unled
from ndoo.upholding.databases.passes import Passes
from ndoo.upholding.databases.people import people_named, rows_named
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import SchemaTable, others_in, sheets_of
from ndoo.upholding.databases.schema_choice import SchemaChoice, chosen, mark_tables, mentioned_in_tables, nobodys_named
from ndoo.upholding.databases.schema_counts import by_type1_alone, counted, summed
from ndoo.upholding.databases.schema_verify import PASSES, findings_in
from ndoo.upholding.databases.sums import required_of
from ndoo.upholding.databases.targets import judge_files
from ndoo.upholding.databases.type_texts import warned_of_types
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.engine import Draft
from ndoo.upholding.publication.digest_of_many import digest_of
from ndoo.upholding.publication.table_sections import HELD_BESIDE
from ndoo.upholding.request import TableRequest
from ndoo.upholding.safeguards.feed_shape import FeedShape, typed
from ndoo.upholding.table_links.hold_rows import refuse_holding
from ndoo.upholding.table_links.table_entry import TableEntry
from ndoo.upholding.verify.verification import FORGED, Findings, ReleaseQuestion

_BEFORE = "ndoo_before_the_draft"
_DECIDING, _MADE = 3, 2
"""Passes over the rows of the source until all are decided on, and over those of the result until they are looked through."""
Older = Mapping[str, Sequence[str]]
"""Schemas of an older release that may be dropped, and their tables."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of one table."""

    rows: Counts
    output: TableRecord
    unled: Unled | None


@contextmanager
def open_schema(request: TableRequest) -> Iterator[OpenSchema]:
    """See `engine.Engine.open`. Columns are named TABLE.COLUMN."""
    if not request.somebody_may_go:
        raise UsageFault(
            "schema-list",
            "Nobody would have to go from this schema: hand it on as it is, or uphold its tables one by one for their manifests.",
        )
    judge_files(request.input.address, request)
    database = cast("PostgreSQL", open_database(request.input.address))
    with database, database.guarded():
        schema, into = request.input.name.name, request.output.name.name
        made = [into, *([request.held.name.name] if request.held else [])]
        if len({schema, *made}) != len(made) + 1:
            raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
        sheets = sheets_of(database, schema)
        older = _older(database, made) if request.replace else {}
        for name in made:
            _judge_target(database, name, older)
        choice = chosen(database, sheets, request.columns)
        yield OpenSchema(database, request, sheets, choice, older)


class OpenSchema:
    """See `engine.OpenSource`."""

    def __init__(
        self,
        database: PostgreSQL,
        request: TableRequest,
        sheets: Sequence[SchemaTable],
        choice: SchemaChoice,
        older: Older,
    ) -> None:
        self._database, self._request, self._older = database, request, older
        self._sheets, self._choice = sheets, choice
        self._made_in = ""
        """The schema of the result, as it is called until it is whole."""
        self._written: dict[TableName, str] = {}
        """The digest of each table that was made, under the name of its schema in the end."""

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        choice = self._choice
        return Columns(choice.person, choice.found, choice.others, self._request.columns.ignored)

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`."""
        columns = [(f"{sheet.name}.{column.name}", column.type) for sheet in self._sheets for column in sheet.columns]
        return typed("postgresql schema", columns)

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`: the result is under a working name, and not committed."""
        database, request, sheets, choice = self._database, self._request, self._sheets, self._choice
        database.take_lists(request.opt_outs)
        database.run(f"SAVEPOINT {_BEFORE}")
        keep_missing = request.undecided is Undecidable.KEEP_MISSING
        follower = Follower(database, sheets, choice, request.opt_outs, database.listed, keep_missing=keep_missing)
        lead = [sheet.name for sheet in sheets if follower.leads(sheet)]
        refuse_holding(holding, sheets, lead, {sheet.name: [one.name for one in sheet.columns] for sheet in sheets})
        nobodys = nobodys_named(sheets, request.leads_to_nobody)
        follower.follow(mark_tables(database, sheets, holding, request.opt_outs), nobodys.tables)
        undeclared = SchemaEvidence(database, sheets, choice, follower, nobodys).judged()
        undeclared.refuse("as a foreign key (ALTER TABLE … ADD FOREIGN KEY … NOT VALID will do)")
        levels = {sheet.name: follower.levels(sheet) for sheet in sheets}
        counts = {name: counted(found) for name, found in levels.items()}
        whole, passes = summed(list(counts.values())), Passes(progress)
        passes.plan(_DECIDING * whole.read + (2 if request.held else 1) * whole.read + (_MADE + PASSES) * whole.kept)
        passes.went_through(_DECIDING * whole.read)
        self._made_in = _filled(database, sheets, follower, {name: rows.kept for name, rows in counts.items()})
        passes.went_through(whole.read)
        there = [replace(sheet, table=TableName(self._made_in, sheet.name)) for sheet in sheets]
        known = {choice.person, *choice.others, *request.columns.ignored}
        mentions = mentioned_in_tables(database, there, known, request.opt_outs)
        made = {
            sheet.name: _Made(counts[sheet.name], self._record(sheet, counts[sheet.name].kept), follower.unled(sheet))
            for sheet in there
        }
        passes.went_through(_MADE * whole.kept)
        if request.held:
            doubts = {name: sum(rows.held.values()) for name, rows in counts.items()}
            aside = _filled(database, sheets, follower, doubts, held=True)
            for sheet in sheets:
                held = database.digest(TableName(aside, sheet.name))
                self._written[TableName(request.held.name.name, sheet.name)] = held
            _named(database, aside, request.held.name.name, self._older)
            passes.went_through(whole.read)

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return findings_in(database, request.output.name.name, manifest, question, passes)

        return Draft(
            input=TableRecord(str(request.input), "postgresql schema", whole.read),
            output=TableRecord(
                str(request.output),
                "postgresql schema; SHA-256 of `digest  table` lines",
                whole.kept,
                digest_of({sheet.name: str(made[sheet.name].output.sha256) for sheet in sheets}),
            ),
            rows=whole,
            people=PeopleCounts(*follower.people()),
            type1={
                "rows": {"removed_by_it_alone": sum(map(by_type1_alone, levels.values()))},
                "people": follower.by_type1(),
            },
            people_by_column=lambda: _people(database, choice, sheets, there),
            people_by_row=lambda: _rows(database, choice, sheets, there),
            inspect=inspect,
            naming=(),  # people lead to its rows, and are counted
            rows_of_nobody=True,
            mentioned=mentions.found,
            mentions=MentionsRecord(str(request.mentions), holding, mentions.by_chance),
            warnings=(
                *undeclared.warnings(),
                *warned_of_types(
                    database,
                    [(sheet.table, one.table) for sheet, one in zip(sheets, there, strict=True)],
                    request.opt_outs,
                ),
            ),
            sections=self._sections(follower, made),
        )

    def discard(self) -> None:
        """See `engine.OpenSource`."""
        self._database.run(f"ROLLBACK TO SAVEPOINT {_BEFORE}")

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`: it stands in the schema, which gets its name, in a transaction that is not committed."""
        into = self._request.output.name.name
        self._written[TableName(into, OF_A_SCHEMA)] = put(
            self._database, TableName(self._made_in, OF_A_SCHEMA), manifest
        )
        _named(self._database, self._made_in, into, self._older)

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`: the transaction sees one state of it."""
        return True

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._database.publish(self._written)

    def _record(self, sheet: SchemaTable, rows: int) -> TableRecord:
        """A table of the result."""
        digest = self._database.digest(sheet.table)
        self._written[TableName(self._request.output.name.name, sheet.name)] = digest
        return TableRecord(f"{self._request.output}.{sheet.name}", form_of(self._database), rows, digest)

    def _sections(self, follower: Follower, made: Mapping[str, _Made]) -> SchemaSections:
        return SchemaSections(
            tuple(sorted(set(self._request.leads_to_nobody))),
            {sheet.name: self._section(sheet, made[sheet.name], leads=follower.leads(sheet)) for sheet in self._sheets},
            str(self._request.held) if self._request.held else None,
        )

    def _section(self, sheet: SchemaTable, made: _Made, *, leads: bool) -> TableEntry:
        own = self._choice.own.get(sheet.name)
        source = TableRecord(f"{self._request.input}.{sheet.name}", "postgresql table", made.rows.read)
        return TableEntry(
            leads,
            own,
            tuple(c.name for c in self._choice.keys[sheet.name] if c.name != own),
            tuple(sheet.links),
            source,
            made.output,
            made.rows,
            keys=tuple(map(tuple, sheet.keys)),
            unused=made.unled.unused if made.unled else None,
            required=required_of(sheet.columns),
        )


@dataclass(frozen=True, slots=True)
class SchemaSections:
    """What the manifest of a schema says beside what every manifest says: each table's own counts, and its keys."""

    leads_to_nobody: tuple[str, ...]
    tables: Mapping[str, TableEntry]
    held_table: str | None

    def document(self) -> JsonObject:
        """See `release_record.Sections`."""
        return {
            "leads_to_nobody": list(self.leads_to_nobody),
            "tables": {name: entry.document() for name, entry in self.tables.items()},
            **({HELD_BESIDE: {"name": self.held_table}} if self.held_table is not None else {}),
        }


def _people(
    database: PostgreSQL, choice: SchemaChoice, sheets: Sequence[SchemaTable], there: Sequence[SchemaTable]
) -> dict[str, ColumnPeople]:
    """Whom each column of each table names: `there`, in the result, and in the source."""
    return {
        f"{sheet.name}.{key.name}": ColumnPeople(
            *(people_named(database, [(one.table, one.columns, [key])])[0] for one in (kept, sheet))
        )
        for sheet, kept in zip(sheets, there, strict=True)
        for key in choice.keys[sheet.name]
    }


def _rows(
    database: PostgreSQL, choice: SchemaChoice, sheets: Sequence[SchemaTable], there: Sequence[SchemaTable]
) -> dict[str, PeopleByRow]:
    """Who stands together in the rows of each table that has several columns of numbers."""
    return {
        sheet.name: rows_named(database, kept.table, sheet.table, sheet.columns, keys)
        for sheet, kept in zip(sheets, there, strict=True)
        if len(keys := choice.keys[sheet.name]) > 1
    }


def _older(database: PostgreSQL, names: Sequence[str]) -> dict[str, Sequence[str]]:
    """Of the schemas that would be made, those that are an older release or its held rows, whole and with nothing else in them; and their tables.

    Args:
        names: of the result, and of the held rows where they are asked for.
    """
    try:
        said = released(database, TableName(None, names[0]), whole_schema=True).manifest.whole
        tables = [*said.part("tables").members]
        held = said.part(HELD_BESIDE).text("name") if HELD_BESIDE in said else ""
        aside = held.rpartition("#")[2]
    except (UnfitData, *FORGED):
        return {}
    ours = {names[0]: [*tables, OF_A_SCHEMA], **({aside: tables} if aside else {})}
    return {name: tables for name, tables in ours.items() if name in names and not others_in(database, name, tables)}


def _judge_target(database: PostgreSQL, name: str, older: Older) -> None:
    """Raises UsageFault where a schema of this name is there that may not be dropped, or none may be made."""
    if name.startswith("pg_") or name == "information_schema":
        raise UsageFault("table-place", f"{name!r} is the database's own schema, or a temporary one. Name another one.")
    if name not in older and database.run("SELECT 1 FROM pg_namespace WHERE nspname = %s", (name,)):
        raise UsageFault(
            "schema-exists",
            "A schema of the result's name is there already. Name another one, or use --replace if it is an older result.",
        )


def _filled(
    database: PostgreSQL,
    sheets: Sequence[SchemaTable],
    follower: Follower,
    expected: Mapping[str, int],
    *,
    held: bool = False,
) -> str:
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


def _named(database: PostgreSQL, work: str, name: str, older: Older) -> None:
    """The schema under its name; an older one, which was judged, is dropped, and nothing that depends on it."""
    if name in older:
        database.drop_schema(name, older[name])
    database.run(f'ALTER SCHEMA "{work}" RENAME TO {_quoted(name)}')


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
