"""Verifies that a schema is what its manifest says, and that nothing in it leads to somebody whom the list withholds.

A result has no keys of its own; the manifest says along which ones it was upheld, and each is walked anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from psycopg.errors import UndefinedFunction

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Counts
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.database_address import InDatabase
from ndoo.upholding.databases.database import form_of, open_database
from ndoo.upholding.databases.follow_keys import Follower
from ndoo.upholding.databases.key_evidence import SchemaEvidence
from ndoo.upholding.databases.manifest_table import OF_A_SCHEMA
from ndoo.upholding.databases.passes import Passes
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import SchemaTable, others_in, tables_of
from ndoo.upholding.databases.schema_choice import SchemaChoice, mentioned_in_tables, nobodys_named, refuse_loose
from ndoo.upholding.databases.schema_counts import by_type1_alone, counted
from ndoo.upholding.databases.sums import keeps_promise
from ndoo.upholding.publication.digest_of_many import digest_of
from ndoo.upholding.table_links.promises import counts, nothing_leads_to_the_withheld
from ndoo.upholding.table_links.table_entry import TableEntry, tables_in
from ndoo.upholding.verify.promises import asking_nobody, unread
from ndoo.upholding.verify.verification import FORGED, Findings, MetPeople, Promise, ReleaseQuestion

PASSES = 3
"""Over the rows of a schema, where it is looked into."""


@dataclass(frozen=True, slots=True)
class _Walked:
    """What one table came to, as `table_links.promises` judges it."""

    name: str
    leads_to_person: bool
    rows: Counts
    removed_by_type1_alone: int
    unreached: int | None
    """As `databases.nobodys_rows.Unled.unreached`."""


def inspect_schema(
    place: InDatabase, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress
) -> Findings:
    """See `engine.Engine.inspect`."""
    with open_database(place.address, read_only=True) as database, database.guarded():
        return findings_in(cast("PostgreSQL", database), place.name.name, manifest, question, Passes(progress))


def findings_in(
    database: PostgreSQL, schema: str, manifest: ReleaseManifest, question: ReleaseQuestion, passes: Passes
) -> Findings:
    """As `inspect_schema`, in an open database."""
    adding_up = counts(manifest)
    paths, there = _paths(database, schema, manifest)
    nobody_goes = manifest.nobody_had_to_go and not manifest.type1_applied
    if not there or nobody_goes:  # no schema is released where nobody has to go
        return Findings((adding_up, paths, unread("schema", None)))
    try:
        tables = tables_in(manifest)
        sheets = _sheets(database, schema, tables)
        choice = _choice(manifest, sheets)
        if database.read_only and not question.asks_about_people:
            database.settle()
        known = {*manifest.columns.ignored, choice.person, *choice.others}
        refuse_loose(database, sheets, known)
        rows = manifest.output.rows
        passes.plan(PASSES * rows)
        same = _same(database, sheets, manifest)
        passes.went_through(rows)
        whole = all(database.count(one.table) == tables[one.name].output.rows for one in sheets)
        people, met = asking_nobody(manifest, question), MetPeople()
        if question.asks_about_people:
            people, met, read = _people(database, sheets, choice, manifest, question)
            passes.went_through((PASSES - 1) * rows)
            whole = whole and read == manifest.people.kept
        elif ignored := manifest.columns.ignored:
            others = {f"{one.name}.{column.name}" for one in sheets for column in one.columns} - {*ignored}
            met = MetPeople(ignored=mentioned_in_tables(database, sheets, others, OptOuts(), ignored=ignored).ignored)
    except (UnfitData, UsageFault, *FORGED) as error:
        return Findings((adding_up, paths, unread("schema", error)))
    promises = (
        adding_up,
        paths,
        Promise(
            "digest",
            same,
            "Every table's rows are those that were published."
            if same
            else "A table was changed after it was published, or is another one.",
        ),
        Promise(
            "rows",
            whole,
            "Every table holds the rows that were kept, and all the people."
            if whole
            else "The tables do not hold the rows and people that the manifest says were kept.",
        ),
        *people,
    )
    return Findings(promises, met)


def _paths(database: PostgreSQL, schema: str, manifest: ReleaseManifest) -> tuple[Promise, bool]:
    """As `verification.judge_paths`, of a schema."""
    try:
        found = others_in(database, schema, {*manifest.whole.part("tables").members, OF_A_SCHEMA})
    except FORGED:
        return Promise("paths", False, "What the manifest says of the schema's tables cannot be read."), False
    kept = "The schema holds the tables that its manifest names, and nothing else."
    return Promise("paths", not found, found.because or kept), not found.missing


def _people(
    database: PostgreSQL,
    sheets: list[SchemaTable],
    choice: SchemaChoice,
    manifest: ReleaseManifest,
    question: ReleaseQuestion,
) -> tuple[tuple[Promise, ...], MetPeople, int]:
    """The promises on keys and people, who was met, and how many people there are."""
    opt_outs = question.opt_outs
    database.take_lists(opt_outs)
    without = bool(manifest.rows.kept_without_number)
    follower = Follower(database, sheets, choice, opt_outs, database.listed, keep_missing=without)
    nobodys = nobodys_named(sheets, manifest.whole.texts_if_any("leads_to_nobody"))
    follower.follow({}, nobodys.tables)
    undeclared = SchemaEvidence(database, sheets, choice, follower, nobodys).judged()
    if database.read_only:
        database.settle()
    walked = []
    for one in sheets:
        levels = follower.levels(one)
        unled = follower.unled(one)
        unreached = unled.unreached if unled else None
        walked.append(_Walked(one.name, follower.leads(one), counted(levels), by_type1_alone(levels), unreached))
    keys, ignored = (choice.person, *choice.others), manifest.columns.ignored
    mentioned = mentioned_in_tables(database, sheets, keys, opt_outs, ignored=ignored)
    objecting = follower.by_type1()["removed"] if opt_outs.type1 else None
    promises = nothing_leads_to_the_withheld(
        walked, objecting, manifest, question, undeclared=undeclared, of="schema", mentioned=mentioned.found
    )
    read, _, removed, _ = follower.people()
    held = sum(sum(one.rows.held.values()) for one in walked)
    return (
        promises,
        MetPeople(removed, sum(one.rows.removed for one in walked), held, mentioned.found, mentioned.ignored),
        read,
    )


def _sheets(database: PostgreSQL, schema: str, tables: Mapping[str, TableEntry]) -> list[SchemaTable]:
    """The tables that the manifest names, with the keys along which they were upheld.

    Raises:
        LookupError: a column of a key is not there.
    """
    there = {sheet.name: sheet for sheet in tables_of(database, schema) if sheet.name in tables}
    columns = {name: {column.name for column in sheet.columns} for name, sheet in there.items()}
    sheets = []
    for name, sheet in there.items():
        links, keys = tables[name].links, tables[name].keys or ()
        mine = {column for names in (*keys, *(link.columns for link in links)) for column in names}
        if mine - columns[name] or any(set(link.target_columns) - columns[link.target] for link in links):
            raise LookupError
        sheets.append(replace(sheet, links=links, keys=keys))
    _refuse_changed_keys(database, sheets)
    return sheets


def _refuse_changed_keys(database: PostgreSQL, sheets: Sequence[SchemaTable]) -> None:
    """Raises UnfitData where a key can no longer be compared with what it leads to."""
    tables = {sheet.name: sheet for sheet in sheets}
    for sheet, link in ((one, link) for one in sheets for link in one.links):
        there = tables[link.target]
        same = there.meets(link, "p", "d")
        try:
            database.run(f"SELECT 1 FROM {sheet.table.quoted} AS d, {there.table.quoted} AS p WHERE {same} LIMIT 0")
        except UndefinedFunction:
            raise UnfitData(
                "key-type-changed",
                f"A key of table {masked(sheet.name)!r} can no longer be compared with what it leads to in {masked(link.target)!r}: a type was changed.",
            ) from None


def _choice(manifest: ReleaseManifest, sheets: Sequence[SchemaTable]) -> SchemaChoice:
    """Which columns said who somebody is, as it was settled then.

    Raises:
        LookupError: one of them is not there.
    """
    person, tables = str(manifest.columns.nhs_number), tables_in(manifest)
    (home,) = [sheet.name for sheet in sheets for column in sheet.columns if f"{sheet.name}.{column.name}" == person]
    own, keys = {}, {}
    for sheet in sheets:
        by_name = {column.name: column for column in sheet.columns}
        said = tables[sheet.name]
        if said.own is not None:
            own[sheet.name] = said.own
        mine = [said.own] if said.own is not None else []
        keys[sheet.name] = tuple(by_name[name] for name in (*mine, *said.also))
        if not all(column.kind.can_hold_numbers for column in keys[sheet.name]):
            raise LookupError
    if f"{home}.{own[home]}" != person:
        raise LookupError
    return SchemaChoice(person, "manifest", home, own, keys)


def _same(database: PostgreSQL, sheets: Sequence[SchemaTable], manifest: ReleaseManifest) -> bool:
    """Each table's digest, and the one over all of them."""
    digests, tables = {sheet.name: database.digest(sheet.table) for sheet in sheets}, tables_in(manifest)
    return bool(
        digest_of(digests) == manifest.output.sha256
        and all(
            (tables[name].output.format, tables[name].output.sha256) == (form_of(database), digest)
            for name, digest in digests.items()
        )
        and all(keeps_promise(tables[sheet.name].required, sheet.columns) for sheet in sheets)
    )
