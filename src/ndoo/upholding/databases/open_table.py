"""One table of a database that is open to be upheld where it lies: the filter goes to the data, counts and a digest come back.

The result is a table, which appears with its manifest beside it, in one transaction that sees one state of the source; both, or neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from ndoo.domain.errors import Fault, UnfitData
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Columns, MentionsRecord, TableRecord
from ndoo.upholding.column_names import refuse_identifying_names
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.database import Database, form_of, open_database, working_name
from ndoo.upholding.databases.manifest_table import manifest_beside, put
from ndoo.upholding.databases.marked_rows import mark_rows
from ndoo.upholding.databases.passes import Passes
from ndoo.upholding.databases.people import people_named, rows_named
from ndoo.upholding.databases.stray_numbers import mentioned_in
from ndoo.upholding.databases.sums import required_of
from ndoo.upholding.databases.table_choice import chosen_in, keys_of
from ndoo.upholding.databases.targets import Tables, judge_files, judge_targets, tables_of
from ndoo.upholding.databases.type_texts import lists_withheld, warned_of_types
from ndoo.upholding.databases.verify import PASSES, findings_in
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.engine import Draft
from ndoo.upholding.publication.table_sections import TableSections
from ndoo.upholding.request import TableRequest
from ndoo.upholding.safeguards.feed_shape import FeedShape, typed
from ndoo.upholding.sql.decide_rows import SqlDecision
from ndoo.upholding.sql.list_table import rule_of
from ndoo.upholding.sql.read_cells import TableColumn, quoted, script
from ndoo.upholding.verify.verification import Findings, ReleaseQuestion

_MAKING = 2
"""Passes over the rows of a source, and of what is made of it, until it is made and looked through."""


@contextmanager
def open_table(request: TableRequest) -> Iterator[OpenTable]:
    """See `engine.Engine.open`."""
    judge_files(request.input.address, request)
    database = open_database(request.input.address)
    with database, database.guarded():
        tables = tables_of(database, request)
        columns = database.needed(tables.source)
        refuse_identifying_names([column.name for column in columns])
        judge_targets(database, tables, replace=request.replace)
        yield OpenTable(database, request, tables, columns)


class OpenTable:
    """See `engine.OpenSource`."""

    def __init__(
        self, database: Database, request: TableRequest, tables: Tables, columns: Sequence[TableColumn]
    ) -> None:
        self._database, self._request, self._tables, self._columns = database, request, tables, columns
        self._written: dict[TableName, str] = {}
        """The digest of each table that was made."""

    def choose_columns(self) -> Columns:
        """See `engine.OpenSource`."""
        request = self._request
        asked = request.somebody_may_go
        return chosen_in(self._database, self._tables.source, self._columns, request.columns, asked=asked)

    def shape(self) -> FeedShape:
        """See `engine.OpenSource`."""
        columns = [(column.name, column.type) for column in self._columns]
        return typed(f"{self._database.address.kind} table", columns)

    def write(self, columns: Columns, holding: tuple[str, ...], progress: Progress) -> Draft:
        """See `engine.OpenSource`: the result is under its final name, but not yet committed."""
        database, request, tables = self._database, self._request, self._tables
        keys = keys_of(self._columns, columns)
        keep_missing = request.undecided is Undecidable.KEEP_MISSING
        rule = rule_of(request.opt_outs, keep_missing=keep_missing)
        if rule.sets:
            database.take_lists(request.opt_outs)
        source, mark = tables.source.quoted, None
        if holding:
            marked = mark_rows(database, tables.source, self._columns, holding, request.opt_outs)
            source, mark = marked.source, marked.mark
        deciding = SqlDecision(source, self._columns, keys, rule, database.listed, mark)
        tally = deciding.counted(database.run(_sql(database, deciding, deciding.tally()))[0])
        read, stay, doubt = tally.rows.read, tally.rows.kept, sum(tally.rows.held.values())
        passes = Passes(progress)
        passes.plan(read + _MAKING * (read + stay) + (_MAKING * (read + doubt) if tables.held else 0) + PASSES * stay)
        passes.went_through(read)
        kept = self._published(deciding, tables.into, stay, held=False)
        passes.went_through(_MAKING * read + stay)
        mentions = None
        if request.somebody_may_go:
            known = columns.classified
            mentions = mentioned_in(database, tables.into, self._columns, known, request.opt_outs)
        passes.went_through(stay)
        naming: Sequence[str] = ()
        if request.claims_without_numbers:
            naming = mentioned_in(database, tables.into, self._columns, (), request.opt_outs).columns_naming()
        held = f"{database.address.shown}#{tables.held}" if tables.held else None
        if tables.held:
            self._published(deciding, tables.held, doubt, held=True)
            passes.went_through(_MAKING * (read + doubt))

        def inspect(manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
            return findings_in(database, tables.into, manifest, question, passes)

        def by_column() -> dict[str, ColumnPeople]:
            return {
                key.name: ColumnPeople(
                    *(
                        people_named(database, [(table, self._columns, [key])])[0]
                        for table in (tables.into, tables.source)
                    )
                )
                for key in keys
            }

        def by_row() -> dict[str, PeopleByRow]:
            several = len(keys) > 1
            return {"": rows_named(database, tables.into, tables.source, self._columns, keys)} if several else {}

        return Draft(
            input=TableRecord(f"{database.address.shown}#{tables.source}", f"{database.address.kind} table", read),
            output=kept,
            rows=tally.rows,
            people=tally.people,
            type1=tally.type1,
            people_by_column=by_column,
            people_by_row=by_row,
            inspect=inspect,
            naming=naming,
            rows_of_nobody=False,
            mentioned=mentions.found if mentions else (),
            mentions=MentionsRecord(str(request.mentions), holding, mentions.by_chance) if mentions else None,
            warnings=warned_of_types(database, [(tables.source, tables.into)], request.opt_outs),
            sections=TableSections(required=required_of(self._columns), held_table=held),
        )

    def discard(self) -> None:
        """See `engine.OpenSource`."""
        for table in filter(None, (self._tables.into, self._tables.held)):
            self._database.drop(table)

    def take_manifest(self, manifest: ReleaseManifest) -> None:
        """See `engine.OpenSource`."""
        beside = manifest_beside(self._tables.into)
        if self._request.replace:
            self._database.drop_older(beside, self._tables.source)
        self._written[beside] = put(self._database, beside, manifest)

    def is_unchanged(self) -> bool:
        """See `engine.OpenSource`: the transaction sees one state of it."""
        return True

    def publish(self) -> None:
        """See `engine.OpenSource`."""
        self._database.publish(self._written)

    def _published(self, deciding: SqlDecision, into: TableName, rows: int, *, held: bool) -> TableRecord:
        """One result: made under a working name, counted against what was decided, and renamed."""
        database, columns = self._database, self._columns
        work = into.beside(working_name())
        names = [quoted(column.name) for column in columns]
        select = _sql(database, deciding, deciding.rows(names, held=held))
        names_withheld = partial(lists_withheld, opt_outs=self._request.opt_outs)
        own = database.narrowed(self._tables.source, columns, f"({select})", names_withheld)
        database.create_like(self._tables.source, own, work)
        database.run(f"INSERT INTO {work.quoted} ({', '.join(names)}) {select}")
        if database.count(work) != rows:
            raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")
        if changed := database.changed(self._tables.source, columns, f"({select})", work):
            raise UnfitData(
                "values-change",
                f"Values of {', '.join(map(repr, changed))} are of other types than the column, and would be changed by it: nothing was "
                "published. Make a table of this view, or say in it which type they are.",
            )
        digest = database.digest(work)
        if self._request.replace:
            database.drop_older(into, self._tables.source)
        database.rename(work, into.name)
        self._written[into] = digest
        return TableRecord(f"{database.address.shown}#{into}", form_of(database), rows, digest)


def _sql(database: Database, deciding: SqlDecision, final: str) -> str:
    return script(deciding.steps, final, database.dialect, width=database.width)
