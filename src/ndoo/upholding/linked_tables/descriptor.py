"""The tables that a folder holds, and which leads to which. Reads its Data Package descriptor, `datapackage.json`.

Standard: <https://datapackage.org/standard/data-package/> (Data Package 2, Table Schema, Table Dialect; version 1's
spellings too). What it may say and ndoo does not follow is refused: a setting that is passed over could change which
rows a table has, or hide to whom it leads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.near_names import did_you_mean
from ndoo.upholding.column_names import listed
from ndoo.upholding.input_files.source import first_bytes
from ndoo.upholding.linked_tables import properties
from ndoo.upholding.linked_tables.described_files import (
    FILE,
    DescriptorFiles,
    path_in_folder,
    refuse_links,
    refuse_undescribed,
)
from ndoo.upholding.linked_tables.properties import PROPOSED, known, unfit
from ndoo.upholding.table_links.link import Link
from ndoo.upholding.text.dialect import Reading, without_numbers

_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "utf-8-sig": "utf-8",
    "windows-1252": "windows-1252",
    "cp1252": "windows-1252",
    "latin-1": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-1": "windows-1252",
}
_AS_EXPECTED: dict[str, tuple[Any, ...]] = {
    "quoteChar": ('"', None),
    "doubleQuote": (True,),
    "escapeChar": (None,),
    "commentChar": (None,),
    "skipInitialSpace": (False,),
    "nullSequence": (None,),
    "headerRows": ([1],),
    "headerJoin": (" ",),
    "commentRows": ([],),
    "lineTerminator": ("\r\n", "\n"),
    "property": (None,),
    "itemType": (None,),
    "itemKeys": (None,),
    "table": (None,),
    "sheetNumber": (1,),
}
"""Settings of a dialect that ndoo follows with these values only."""
_PACKED = {
    "": b"",
    "no": b"",
    "gz": b"\x1f\x8b",
    "gzip": b"\x1f\x8b",
    "zst": b"\x28\xb5\x2f\xfd",
    "zstd": b"\x28\xb5\x2f\xfd",
}
"""How a file begins that was packed so."""
_OF_ONE_FILE = ("bytes", "hash")
EXACT = "exact"
_MATCHES = (EXACT, "equal", "subset", "superset", "partial")
"""How the columns of a file are those that the descriptor names: its `fieldsMatch`."""


@dataclass(frozen=True, slots=True)
class DescribedTable:
    """One resource: its files, how their text is written, its columns where they are said, and its keys."""

    name: str
    paths: tuple[str, ...]
    """Relative to the folder, with forward slashes; several where the table lies in pieces, each with its heading."""
    reading: Reading
    columns: tuple[str, ...] | None
    primary_key: tuple[str, ...]
    links: tuple[Link, ...]
    nulls: tuple[str, ...]
    """Texts that mean a blank, besides the blank itself."""
    unique_keys: tuple[tuple[str, ...], ...] = ()
    """Besides the primary key."""
    match: str = EXACT
    other_nulls: frozenset[str] = frozenset()
    """Columns with a list of such texts of their own, which is another one."""

    def fits(self, names: tuple[str, ...]) -> bool:
        """Are these columns of a file those that the descriptor names?"""
        if self.columns is None:
            return True
        if not self.reading.header:
            return len(names) == len(self.columns)
        said, there = set(self.columns), set(names)
        return {
            "exact": names == self.columns,
            "equal": said == there,
            "subset": said <= there,
            "superset": there <= said,
            "partial": bool(said & there),
        }[self.match]


@dataclass(frozen=True, slots=True)
class Package:
    """What `datapackage.json` says."""

    tables: tuple[DescribedTable, ...]
    document: dict[str, Any]
    files: dict[str, bytes]
    """The descriptor, and the schemas and dialects that stand in files of their own, byte for byte, by path."""

    def __getitem__(self, name: str) -> DescribedTable:
        return next(table for table in self.tables if table.name == name)

    @property
    def raw(self) -> bytes:
        """The descriptor itself."""
        return self.files[FILE]

    @property
    def paths(self) -> tuple[str, ...]:
        """Of every file that belongs to the folder."""
        return (*self.files, *(path for table in self.tables for path in table.paths))


def read_package(folder: Path, *, released: bool = False) -> Package:
    """The descriptor of a folder.

    Args:
        released: the manifest says which files stand in the folder.

    Raises:
        UnfitData: there is none, or it cannot be read, contradicts itself, has a property that ndoo does not know, names
            somebody, or was proposed and not confirmed.
        UsageFault: the folder holds files that it does not name.
    """
    files = DescriptorFiles(folder)
    document = files.document(FILE)
    if not isinstance(document, dict) or not isinstance(document.get("resources"), list) or not document["resources"]:
        raise unfit("it names no resources")
    known(document, properties.PACKAGE, "the package")
    proposed = document.get(PROPOSED)
    if proposed is not None and not (isinstance(proposed, dict) and str(proposed.get("confirmed_by") or "").strip()):
        raise UnfitData(
            "descriptor-unconfirmed",
            "The keys in datapackage.json were proposed by ndoo and have not been confirmed. Read them, put right what is wrong, "
            "and write your name at confirmed_by.",
        )
    tables = tuple(_table(resource, files) for resource in document["resources"])
    package = Package(tables, document, files.read)
    _judge_whole(package)
    _judge_files(folder, package)
    if not released:
        refuse_undescribed(folder, package.paths)
    return package


def _table(resource: Any, files: DescriptorFiles) -> DescribedTable:
    if not isinstance(resource, dict) or not isinstance(name := resource.get("name"), str) or not name:
        raise unfit("a resource has no name")
    if "data" in resource:
        raise unfit("the rows of a resource stand in it; put them into a file of their own")
    known(resource, properties.RESOURCE, f"resource {name!r}")
    if resource.get("type", "table") != "table":
        raise unfit(f"resource {name!r} is no table")
    path = resource.get("path")
    paths = tuple(path_in_folder(one) for one in (path if isinstance(path, list) and path else [path]))
    if len(paths) > 1 and (said := [key for key in _OF_ONE_FILE if key in resource]):
        raise unfit(f"resource {name!r} has several files and one {said[0]}")
    of = f"resource {name!r}"
    schema = known(_in_its_place(_given(resource, "schema", {}), files), properties.SCHEMA, f"the schema of {of}")
    dialect = known(_in_its_place(_given(resource, "dialect", {}), files), properties.DIALECT, f"the dialect of {of}")
    fields = None if schema.get("fields") is None else _list(schema["fields"])
    for field in fields or ():
        known(field, properties.FIELD, f"a field of {of}")
        known(_given(field, "constraints", {}), properties.CONSTRAINTS, f"the constraints of a field of {of}")
    columns = None if fields is None else _texts([_of(field, "name") for field in fields])
    if columns and len(set(columns)) != len(columns):
        raise unfit(f"two fields of resource {name!r} have one name")
    reading = _reading(dialect, resource.get("encoding"))
    nulls = _missing(_given(schema, "missingValues", []))
    other_nulls = frozenset(
        field["name"]
        for field in fields or ()
        if (own := field.get("missingValues")) is not None and _missing(own) != nulls
    )
    alone = [field["name"] for field in fields or () if _given(field, "constraints", {}).get("unique") is True]
    return DescribedTable(
        name=name,
        paths=paths,
        reading=reading if other_nulls else replace(reading, nulls=without_numbers(nulls)),
        columns=columns,
        primary_key=_texts(_given(schema, "primaryKey", [])),
        links=tuple(_link(name, key) for key in _list(_given(schema, "foreignKeys", []))),
        nulls=nulls,
        unique_keys=(*map(_texts, _list(_given(schema, "uniqueKeys", []))), *((name,) for name in alone)),
        match=_match(_given(schema, "fieldsMatch", EXACT), header=reading.header),
        other_nulls=other_nulls,
    )


def _in_its_place(said: Any, files: DescriptorFiles) -> Any:
    """A schema or a dialect, wherever it stands: in the descriptor, or in a file that it names."""
    return files.document(path_in_folder(said)) if isinstance(said, str) else said


def _match(said: Any, *, header: bool) -> str:
    """The first edition of version 2 had it as a list of one."""
    match = said[0] if isinstance(said, list) and len(said) == 1 else said
    if match not in _MATCHES:
        raise unfit("a fieldsMatch is none that the standard has")
    if match != EXACT and not header:
        raise unfit("a text without a heading has a fieldsMatch other than exact")
    return str(match)


def _reading(dialect: Mapping[str, Any], encoding: Any) -> Reading:
    """The dialect of version 1 or 2, as ndoo reads text."""
    for key, usual in _AS_EXPECTED.items():
        if key in dialect and dialect[key] not in usual:
            raise unfit(f"the dialect's {key} is one that ndoo does not follow")
    if encoding is not None and str(encoding).lower() not in _ENCODINGS:
        raise unfit("an encoding other than UTF-8 or Windows-1252")
    delimiter, header, sheet = dialect.get("delimiter"), dialect.get("header", True), dialect.get("sheetName")
    if not isinstance(header, bool) or not isinstance(delimiter, str | None) or not isinstance(sheet, str | None):
        raise unfit("a dialect's delimiter, header or sheetName is of the wrong kind")
    return Reading(
        delimiter=delimiter,
        encoding=None if encoding is None else _ENCODINGS[str(encoding).lower()],
        quotes="quoteChar" not in dialect or dialect["quoteChar"] is not None,
        header=header,
        sheet=sheet,
        described=True,
    )


def _link(table: str, key: Any) -> Link:
    known(key, properties.FOREIGN_KEY, f"a foreign key of resource {table!r}")
    reference = known(
        _of(key, "reference"), properties.REFERENCE, f"the reference of a foreign key of resource {table!r}"
    )
    columns, target_columns = _texts(_of(key, "fields")), _texts(_of(reference, "fields"))
    if not columns or len(columns) != len(target_columns):
        raise unfit("a foreign key has not as many fields as what it refers to")
    target = reference.get("resource", "")
    if not isinstance(target, str):
        raise unfit("a foreign key refers to what is no name of a resource")
    return Link(columns, target or table, target_columns)


def _missing(values: Any) -> tuple[str, ...]:
    return tuple(text for text in _texts_missing(values) if text)


def _texts_missing(values: Any) -> Iterator[str]:
    for value in _list(values):
        yield str(value["value"]) if isinstance(value, dict) and "value" in value else str(value)


def _texts(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
        raise unfit("a list of fields is something else")
    return tuple(found)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise unfit("a list is something else")
    return value


def _given(value: Mapping[str, Any], key: str, default: Any) -> Any:
    """What is said; a null says nothing, and anything else is for its reader to judge."""
    said = value.get(key)
    return default if said is None else said


def _of(value: Any, key: str) -> Any:
    if not isinstance(value, Mapping) or key not in value:
        raise unfit(f"something has no {key}")
    return value[key]


def _judge_whole(package: Package) -> None:
    """Names and paths stand there once, and keys are of columns that there are."""
    for what, seen in (("name", [table.name for table in package.tables]), ("path", list(package.paths))):
        if len(set(seen)) != len(seen):
            raise unfit(f"two resources have one {what}")
    names = {table.name: table for table in package.tables}
    for table in package.tables:
        for link in table.links:
            target = names.get(link.target)
            if target is None:
                raise unfit(
                    f"a foreign key of resource {table.name!r} refers to the resource {link.target!r}, which is not among "
                    f"{listed([*names])}"
                )
            for columns, of in ((link.columns, table), (link.target_columns, target)):
                _judge_fields(f"a foreign key of resource {table.name!r}", columns, of)
                if own := [column for column in columns if column in of.other_nulls]:
                    raise unfit(
                        f"the field {own[0]!r} of resource {of.name!r} is part of a key and has missingValues of its own, other than those "
                        "of its schema"
                    )
        _judge_fields(f"the primary key of resource {table.name!r}", table.primary_key, table)


def _judge_fields(key: str, columns: Sequence[str], table: DescribedTable) -> None:
    """Raises UnfitData where a key names a field that its table does not declare."""
    for column in columns:
        if table.columns is not None and column not in table.columns:
            raise unfit(f"{key} names the field {column!r}, which resource {table.name!r} does not declare")


def _judge_files(folder: Path, package: Package) -> None:
    """Every table is there, as plain files, packed as it is said."""
    for table, resource in zip(package.tables, package.document["resources"], strict=True):
        for path in table.paths:
            refuse_links(folder, path)
            if not (folder / path).is_file():
                there = [one.relative_to(folder).as_posix() for one in sorted(folder.rglob("*.*"))]
                raise UnfitData(
                    "linked-table-missing",
                    f"Table {table.name!r}: the file {path!r}, which datapackage.json names, is not in the folder.{did_you_mean(path, there)}",
                )
            packed = _PACKED.get(str(resource.get("compression", "")))
            if packed is None or not first_bytes(folder / path, 4).startswith(packed):
                raise unfit(f"resource {table.name!r} is not packed as its compression says, or as ndoo can read")
