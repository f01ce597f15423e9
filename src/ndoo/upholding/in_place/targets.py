"""Where may a result go? Beside its source, never over it, in a place that stays, and over nothing but an older release of ndoo's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.upholding.in_place.address import TableName, table_named, taken_apart
from ndoo.upholding.in_place.beside import manifest_beside, released
from ndoo.upholding.in_place.database import Database

if TYPE_CHECKING:
    from ndoo.upholding.in_place.job import TableRequest

HELD_BESIDE = "held_table"
"""In a manifest, what the table of the held rows is called."""


def judge_targets(database: Database, request: TableRequest) -> None:
    """Raises UsageFault where a table that would be made is the source or another one, stands nowhere, or is there already and no older release."""
    beside = manifest_beside(request.into)
    targets = [table for table in (request.into, beside, request.held) if table]
    identities = [database.identity(table) for table in targets]
    if database.identity(request.table) in identities:
        raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
    if len(set(identities)) != len(targets):
        raise UsageFault("outputs-same", "Two outputs have the same name.")
    for table in targets:
        if not database.keeps_tables(table):
            raise UsageFault(
                "table-place",
                f"There is no schema here that would keep {str(table)!r}: it is not there, or is temporary, or the database's own. Name another one.",
            )
    there = [table for table in targets if database.columns(table)]
    if there and not (request.replace and _are_ours(database, request, there)):
        raise UsageFault(
            "table-exists",
            "A table of the result's name is there already. Name another one, or say --replace if it is an older release of ndoo's, with its "
            "manifest beside it; nothing else is replaced.",
        )


def _are_ours(database: Database, request: TableRequest, there: list[TableName]) -> bool:
    """Is each of these tables part of one older release, by its manifest?"""
    try:
        older = released(database, request.into, whole_schema=False).manifest
        named = [older["output"]["name"], *([older[HELD_BESIDE]["name"]] if HELD_BESIDE in older else [])]
        ours = {database.identity(table_named(str(taken_apart(str(name))[1]))) for name in named}
    except (UnfitData, UsageFault, LookupError, TypeError):
        return False
    ours.add(database.identity(manifest_beside(request.into)))
    return all(database.is_plain(table) and database.identity(table) in ours for table in there)
