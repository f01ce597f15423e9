"""Which tables does a folder hold, and which leads to which? Reads its Data Package descriptor, `datapackage.json`.

Standard: <https://datapackage.org/standard/data-package/> (Data Package 2, Table Schema, Table Dialect; version 1's
spellings too). What it may say and ndoo does not follow is refused: a setting that is passed over could change which
rows a table has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.manifest import OF_A_FOLDER
from ndoo.upholding.dialect import Reading

FILE = "datapackage.json"
PROPOSED = "ndoo:proposed"
"""In a descriptor that `--describe` wrote: what the keys were found by, and who confirmed them."""
_LARGEST = 1 << 24
_LEFT_ASIDE = (".md", ".MD")
_ENCODINGS = {"utf-8": "utf-8", "utf8": "utf-8", "ascii": "utf-8", "us-ascii": "utf-8", "utf-8-sig": "utf-8",
              "windows-1252": "windows-1252", "cp1252": "windows-1252", "latin-1": "windows-1252", "latin1": "windows-1252",
              "iso-8859-1": "windows-1252"}  # fmt: skip
_AS_EXPECTED: dict[str, tuple[Any, ...]] = {
    "quoteChar": ('"', None), "doubleQuote": (True,), "escapeChar": (None,), "commentChar": (None,), "skipInitialSpace": (False,),
    "nullSequence": (None,), "headerRows": ([1],), "headerJoin": (" ",), "commentRows": ([],),
}  # fmt: skip
"""Settings of a dialect that ndoo follows with these values only."""


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: `columns` of one table hold what stands in `target_columns` of another, or of the same."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One resource: its file, how its text is written, its columns where they are said, and its keys."""

    name: str
    path: str
    """Relative to the folder, with forward slashes."""
    reading: Reading
    columns: tuple[str, ...] | None
    primary_key: tuple[str, ...]
    links: tuple[Link, ...]
    nulls: tuple[str, ...]
    """Texts that mean a blank, besides the blank itself."""


@dataclass(frozen=True, slots=True)
class Package:
    """What `datapackage.json` says."""

    tables: tuple[Table, ...]
    raw: bytes
    document: dict[str, Any]

    def __getitem__(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)


def read_package(folder: Path, *, manifest: bool = False) -> Package:
    """The descriptor of a folder.

    Args:
        manifest: the folder was released, so a manifest stands in it.

    Raises:
        UnfitData: there is none, or it cannot be read, contradicts itself, names somebody, or was proposed and not confirmed.
        UsageFault: the folder holds files that it does not name.
    """
    try:
        path = folder / FILE
        if path.stat().st_size > _LARGEST:
            raise _wrong("it is larger than any descriptor")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UnfitData(
            "descriptor-missing",
            "The folder has no datapackage.json, so nobody can say which table leads to which. "
            "`ndoo uphold FOLDER --describe` proposes one.",
        ) from None
    except OSError as error:
        raise explained(error, "the descriptor") from None
    try:
        document = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _wrong("it is no JSON, or a key stands in it twice") from None
    if names_somebody(raw.decode("utf-8-sig") + json.dumps(document, ensure_ascii=False)):
        raise UnfitData(
            "descriptor-identifies",
            "The descriptor datapackage.json holds what is a valid NHS number, and is published with the tables. Take it out.",
        )
    if not isinstance(document, dict) or not isinstance(document.get("resources"), list) or not document["resources"]:
        raise _wrong("it names no resources")
    proposed = document.get(PROPOSED)
    if proposed is not None and not (isinstance(proposed, dict) and str(proposed.get("confirmed_by") or "").strip()):
        raise UnfitData(
            "descriptor-unconfirmed",
            "The keys in datapackage.json were proposed and nobody has confirmed them. Read them, put right what is wrong, "
            "and write your name at confirmed_by.",
        )
    tables = tuple(_table(resource) for resource in document["resources"])
    package = Package(tables, raw, document)
    _judge_whole(package)
    _judge_files(folder, package, {FILE, OF_A_FOLDER} if manifest else {FILE})
    return package


def _table(resource: Any) -> Table:
    if not isinstance(resource, dict) or not isinstance(name := resource.get("name"), str) or not name:
        raise _wrong("a resource has no name")
    path = resource.get("path")
    if isinstance(path, list) and len(path) == 1:
        path = path[0]
    if not isinstance(path, str) or "data" in resource:
        raise _wrong("a resource is not one file: its path must be one text, and data must stand in the file")
    plain = PurePosixPath(path)
    if (
        plain.is_absolute()
        or ".." in plain.parts
        or "\\" in path
        or ":" in path
        or str(plain) in (".", FILE, OF_A_FOLDER)
    ):
        raise _wrong("a path leads out of the folder, to the web, or to a file that is ndoo's own")
    schema = resource.get("schema") or {}
    if not isinstance(schema, dict):
        raise _wrong("a schema stands in another file; put it into datapackage.json")
    fields = schema.get("fields")
    columns = None if fields is None else tuple(_texts([_of(field, "name") for field in _list(fields)]))
    return Table(
        name=name,
        path=str(plain),
        reading=_reading(resource.get("dialect") or {}, resource.get("encoding")),
        columns=columns,
        primary_key=_texts(schema.get("primaryKey") or []),
        links=tuple(_link(name, key) for key in _list(schema.get("foreignKeys") or [])),
        nulls=tuple(text for text in _missing(schema.get("missingValues", [""])) if text),
    )


def _reading(dialect: Any, encoding: Any) -> Reading:
    """The dialect of version 1 or 2, as ndoo reads text."""
    if not isinstance(dialect, dict):
        raise _wrong("a dialect stands in another file; put it into datapackage.json")
    for key, usual in _AS_EXPECTED.items():
        if key in dialect and dialect[key] not in usual:
            raise _wrong(f"the dialect's {key} is one that ndoo does not follow")
    if encoding is not None and str(encoding).lower() not in _ENCODINGS:
        raise _wrong("an encoding other than UTF-8 or Windows-1252")
    delimiter, header = dialect.get("delimiter"), dialect.get("header", True)
    if not isinstance(header, bool) or not isinstance(delimiter, str | None):
        raise _wrong("a dialect's delimiter or header is of the wrong kind")
    return Reading(
        delimiter=delimiter,
        encoding=None if encoding is None else _ENCODINGS[str(encoding).lower()],
        quotes="quoteChar" not in dialect or dialect["quoteChar"] is not None,
        header=header,
    )


def _link(table: str, key: Any) -> Link:
    reference = _of(key, "reference")
    if not isinstance(reference, dict):
        raise _wrong("a foreign key has no reference")
    columns, target_columns = _texts(_of(key, "fields")), _texts(_of(reference, "fields"))
    if not columns or len(columns) != len(target_columns):
        raise _wrong("a foreign key has not as many fields as what it refers to")
    return Link(columns, str(reference.get("resource") or table), target_columns)


def _missing(values: Any) -> Iterator[str]:
    for value in _list(values):
        yield str(value["value"]) if isinstance(value, dict) and "value" in value else str(value)


def _texts(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
        raise _wrong("a list of fields is something else")
    return tuple(found)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong("a list is something else")
    return value


def _of(value: Any, key: str) -> Any:
    if not isinstance(value, Mapping) or key not in value:
        raise _wrong(f"something has no {key}")
    return value[key]


def _judge_whole(package: Package) -> None:
    """Names and paths stand there once, and keys are of columns that there are."""
    for what in ("name", "path"):
        seen = [getattr(table, what) for table in package.tables]
        if len(set(seen)) != len(seen):
            raise _wrong(f"two resources have one {what}")
    names = {table.name: table for table in package.tables}
    for table in package.tables:
        for link in table.links:
            target = names.get(link.target)
            if target is None:
                raise _wrong("a foreign key refers to a resource that is not there")
            if _unknown(link.columns, table) or _unknown(link.target_columns, target):
                raise _wrong("a foreign key names a field that is not there")
        if _unknown(table.primary_key, table):
            raise _wrong("a primary key names a field that is not there")


def _unknown(columns: tuple[str, ...], table: Table) -> bool:
    return table.columns is not None and not set(columns) <= set(table.columns)


def _judge_files(folder: Path, package: Package, ours: set[str]) -> None:
    """Every table is there, as a plain file, and nothing else is there that could be one."""
    named = {table.path for table in package.tables}
    for table in package.tables:
        if any(part.is_symlink() for part in _way(folder, table.path)):
            raise _wrong("a path goes through a link to somewhere else")
        if not (folder / table.path).is_file():
            raise UnfitData("linked-table-missing", "A table that datapackage.json names is not in the folder.")
    others = [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or not path.is_dir()) and not path.name.startswith(".")
    ]
    if loose := [
        name for name in others if name not in {*named, *ours} and (OF_A_FOLDER in ours or not left_behind(name))
    ]:
        raise UsageFault(
            "table-undescribed",
            f"The folder holds {len(loose)} that datapackage.json does not name: {', '.join(map(repr, loose[:5]))}. Describe "
            "it, or take it away: what nobody described is not released.",
        )


def left_behind(name: str) -> bool:
    """A text for readers: no table, and not released."""
    return name.endswith(_LEFT_ASIDE) or PurePosixPath(name).name in ("LICENSE", "LICENCE", "CITATION.cff")


def _way(folder: Path, path: str) -> Iterator[Path]:
    here = folder
    for part in PurePosixPath(path).parts:
        here = here / part
        yield here


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("twice")
    return document


def _wrong(because: str) -> UnfitData:
    return UnfitData("descriptor-unfit", f"The descriptor datapackage.json cannot be followed: {because}.")
