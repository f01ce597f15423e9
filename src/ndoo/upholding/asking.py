"""Whom is a dataset about, wherever it lies? So that all of them can be asked about before any row is decided on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.database_address import Address, TableName
from ndoo.upholding.dialect import Reading
from ndoo.upholding.support import Source


@dataclass(frozen=True, slots=True)
class About:
    """A dataset, and which of its columns name people: the person's own, the others, and those that stay as they are."""

    kind: Source
    place: Path | Address
    table: TableName | None
    """In a database; of a whole schema, `table.name` is its name."""
    nhs_number: str | None
    also: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)


def people_about(about: About, progress: Callable[[int], object]) -> tuple[NumberSet, int]:
    """Everybody whom it names, and how many they are.

    Raises:
        UsageFault, UnfitData, NotPermitted, Fault: as upholding it would.
    """
    named = (about.nhs_number, about.also, about.ignored)
    if about.table and isinstance(about.place, Address):
        return _in_database(about.place, about.table, about.kind, *named)
    path = cast("Path", about.place)
    if about.kind is Source.FOLDER:
        from ndoo.upholding.linked.gathering import people_in_folder

        return people_in_folder(path, *named, progress)
    if about.kind is Source.FHIR:
        from ndoo.upholding.fhir.people import people_in_export

        return people_in_export(path, progress)
    from ndoo.upholding.gathering import people_in, people_of

    if about.kind is Source.SPARK:
        from ndoo.upholding.parquet_folder import ParquetFolder
        from ndoo.upholding.parquet_parts import parts_of

        return people_of(ParquetFolder(parts_of(path)), *named, progress)
    return people_in(path, about.reading, *named, progress)


def _in_database(
    address: Address, table: TableName, kind: Source, nhs_number: str | None, also: tuple[str, ...], ignored: tuple[str, ...]
) -> tuple[NumberSet, int]:  # fmt: skip
    from ndoo.upholding.in_place.database import open_database
    from ndoo.upholding.in_place.gathering import people_in_schema, people_in_table

    database = open_database(address, read_only=True)
    if kind is Source.SCHEMA:
        from ndoo.upholding.in_place.postgresql import PostgreSQL

        return people_in_schema(cast("PostgreSQL", database), table.name, nhs_number, also, ignored)
    return people_in_table(database, table, nhs_number, also, ignored)
