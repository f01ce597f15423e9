"""Verifies that a table is what its manifest says, and that nobody in it is withheld by the list.
The promises of a file, asked where it lies.

Nothing is changed: the connection may only read, but for the temporary table of the list, and nothing is ever committed.
"""

from __future__ import annotations

from dataclasses import replace

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.database_address import InDatabase, TableName
from ndoo.upholding.databases.database import Database, form_of, open_database
from ndoo.upholding.databases.passes import Passes
from ndoo.upholding.databases.stray_numbers import mentioned_in
from ndoo.upholding.databases.sums import keeps_promise
from ndoo.upholding.databases.table_choice import chosen_in, keys_of
from ndoo.upholding.databases.type_texts import listing_withheld
from ndoo.upholding.sql.decide_rows import SqlDecision
from ndoo.upholding.sql.list_table import rule_of
from ndoo.upholding.sql.read_cells import script
from ndoo.upholding.verify.promises import ListFindings, counted, on_people, unread
from ndoo.upholding.verify.verification import FORGED, Findings, MetPeople, Promise, ReleaseQuestion

PASSES = 3
"""Over the rows of a table, where it is looked into."""


def refuse_other_kinds(database: Database, table: TableName) -> None:
    """Raises UnfitData where this is no table with rows of its own, so that somebody else may be shown other rows."""
    if database.columns(table) and not database.is_plain(table):
        raise UnfitData(
            "table-kind",
            f"{str(table)!r} is not a plain table with rows of its own: a view, a part or a parent of another table, or one that lies elsewhere.",
        )


def inspect_table(
    place: InDatabase, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
) -> Findings:
    """See `engine.Engine.inspect`."""
    with open_database(place.address, read_only=True) as database, database.guarded():
        return findings_in(database, place.name, manifest, question, Passes(progress))


def findings_in(
    database: Database, table: TableName, manifest: ReleaseManifest, question: ReleaseQuestion, passes: Passes
) -> Findings:
    """As `inspect_table`, in an open database."""
    opt_outs = question.opt_outs
    try:
        said, without = manifest.output, manifest.rows.kept_without_number
        passes.plan(PASSES * said.rows)
        listed = manifest.columns
        named = ColumnChoice(listed.nhs_number, listed.also, listed.ignored)
        refuse_other_kinds(database, table)
        columns = database.needed(table)
        database.refuse_damage(table)
        asked = question.asks_about_people
        chosen = chosen_in(database, table, columns, named, asked=asked and named.nhs_number is not None)
        rule = rule_of(opt_outs, keep_missing=bool(without))
        if rule.sets:
            database.take_lists(opt_outs)
        if database.read_only:
            database.settle()
        deciding = SqlDecision(table.quoted, columns, keys_of(columns, chosen), rule, database.listed)
        sql = script(deciding.steps, deciding.tally(), database.dialect, width=database.width)
        tally = deciding.counted(database.run(sql)[0])
        passes.went_through(said.rows)
        same = (
            said.format == form_of(database)
            and said.sha256 == database.digest(table)
            and keeps_promise(manifest.whole.texts_if_any("required"), columns)
        )
        passes.went_through(said.rows)
        left = chosen.keys if asked else [column.name for column in columns if column.name not in chosen.ignored]
        mentions = mentioned_in(database, table, columns, left, opt_outs, ignored=chosen.ignored)
        passes.went_through(said.rows)
        found_in = dict.fromkeys((*mentions.found, *listing_withheld(columns, opt_outs)))
        mentioned = [name for name in found_in if name not in chosen.ignored]
        whole = tally.rows.read == said.rows and (not asked or tally.people.read == manifest.people.kept)
    except (UnfitData, UsageFault, *FORGED) as error:
        return Findings((counted(manifest), unread("table", error)))
    found = ListFindings(tally.rows, tally.people, tally.type1, mentioned)
    promises = (
        counted(manifest),
        Promise(
            "digest",
            same,
            "The table's rows are those that were published."
            if same
            else "The table was changed after it was published.",
        ),
        Promise(
            "rows",
            whole,
            "It holds the rows and people that were kept."
            if whole
            else "It does not hold the rows and people that the manifest says were kept.",
        ),
        *on_people(found, manifest, question, of="table"),
    )
    return Findings(promises, replace(found.met if asked else MetPeople(), ignored=mentions.seen_in(chosen.ignored)))
