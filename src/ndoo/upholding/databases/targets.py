"""Where a result may go: beside its source, never over it, in a place that stays, and over nothing but an older release of ndoo's own."""

from __future__ import annotations

from dataclasses import dataclass

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.evidence.release import file_beside
from ndoo.upholding.database_address import Address, TableName, table_named, taken_apart
from ndoo.upholding.databases.database import Database
from ndoo.upholding.databases.manifest_table import manifest_beside, released
from ndoo.upholding.publication.output_paths import refuse_overwriting
from ndoo.upholding.publication.table_sections import HELD_BESIDE
from ndoo.upholding.request import TableRequest

_BESIDE_A_DATABASE = (".wal", "-wal", "-shm", "-journal")
"""What DuckDB and SQLite keep beside a file of theirs."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one run, each with the place where it stands in full, so that no other of its name is meant."""

    source: TableName
    into: TableName
    held: TableName | None


def tables_of(database: Database, request: TableRequest) -> Tables:
    """The tables that a request names."""
    held = database.resolved(request.held.name) if request.held else None
    return Tables(database.resolved(request.input.name), database.resolved(request.output.name), held)


def judge_files(address: Address, request: TableRequest) -> None:
    """Raises UsageFault where a file that is written would take the place of the database, of a list, or of the other one; or where the
    manifest would be called as that of a file which lies beside it, so that this seemed to be what was released."""
    own = address.path
    inputs = [own, *(own.with_name(own.name + more) for more in _BESIDE_A_DATABASE)] if own else []
    outputs = [path for path in (request.manifest, request.shape) if path]
    refuse_overwriting(outputs, [*inputs, *request.other_inputs])
    if request.manifest and (file := file_beside(request.manifest)):
        raise UsageFault(
            "manifest-of-a-file",
            f"{masked(str(request.manifest))} is what the manifest of {masked(file.name)!r} is called, which lies beside it and is no part of "
            "this release. Give --manifest another name.",
        )


def judge_targets(database: Database, tables: Tables, *, replace: bool) -> None:
    """Raises UsageFault where a table that would be made is the source or another one, stands nowhere, or is there already and no older release."""
    beside = manifest_beside(tables.into)
    targets = [table for table in (tables.into, beside, tables.held) if table]
    identities = [database.identity(table) for table in targets]
    if database.identity(tables.source) in identities:
        raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
    if len(set(identities)) != len(targets):
        raise UsageFault("outputs-same", "Two outputs have the same name.")
    for table in targets:
        if not database.keeps_tables(table):
            option = "--held" if table is tables.held else "--into"
            raise UsageFault(
                "table-place",
                f"{option} names a table here, and there is no schema that would keep {str(table)!r}: it is not there, or is temporary, or the "
                "database's own. Name another one.",
            )
    there = [table for table in targets if database.columns(table)]
    if there and not (replace and _are_ours(database, tables.into, there)):
        raise UsageFault(
            "table-exists",
            "A table of the result's name is there already. Name another one, or use --replace if it is an older release of ndoo's, with its "
            "manifest beside it; nothing else is replaced.",
        )


def _are_ours(database: Database, into: TableName, there: list[TableName]) -> bool:
    """Is each of these tables part of one older release, by its manifest?"""
    try:
        older = released(database, into, whole_schema=False).manifest
        held = older.whole.part_if_any(HELD_BESIDE)
        named = [older.output.name, *([held.text("name")] if held else [])]
        ours = {database.identity(table_named(str(taken_apart(str(name))[1]))) for name in named}
    except (UnfitData, UsageFault, LookupError, TypeError):
        return False
    ours.add(database.identity(manifest_beside(into)))
    return all(database.is_plain(table) and database.identity(table) in ours for table in there)
