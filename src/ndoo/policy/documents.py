"""Reads flows. TOML and JSON files, folders of them, and tables with one flow a row."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import near
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted
from ndoo.policy.fields import fields

SUFFIXES = (".toml", ".json", ".csv")
WORDS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Document:
    """One flow as it was written, and where: the file's name, with the row where a file holds many."""

    name: str
    content: Mapping[str, Any]


def files_of(path: Path) -> list[Path]:
    """The file itself, or the flow files in a folder in the order of their names.

    Raises:
        UsageFault: the folder holds none, or there is no such file.
    """
    if not path.exists():
        raise _no_such_flow(path)
    if not path.is_dir():
        return [path]
    inside = sorted(child for child in path.iterdir() if child.suffix.lower() in SUFFIXES and child.is_file())
    if not inside:
        raise UsageFault(
            "flow-missing", f"The folder {masked(str(path))} holds no flow: no file that ends in .toml, .json or .csv."
        )
    return inside


def documents(path: Path) -> Iterator[Document]:
    """The flows in a file.

    Raises:
        UsageFault: there is no such file.
        UnfitData: it is not valid TOML, JSON or CSV, or not UTF-8; or a table or list has no flow in it.
    """
    content = text_of(path)
    named = masked(path.name)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        found = False
        for row in _rows(named, content):
            found = True
            yield row
        if not found:
            raise _no_flow_in(named)
    elif suffix == ".json":
        told = parsed_json(named, content)
        many = told if isinstance(told, list) else [told]
        if not many:
            raise _no_flow_in(named)
        for at, one in enumerate(many, 1):
            name = f"{named}, flow {at}" if isinstance(told, list) else named
            if not isinstance(one, dict):
                raise UnfitData("flow-json", f"{name} is not a JSON object.")
            yield Document(name, one)
    else:
        try:
            yield Document(named, tomllib.loads(content))
        except tomllib.TOMLDecodeError as error:
            raise UnfitData("flow-toml", f"{named} is not valid TOML{_where(str(error))}.") from None


def _no_flow_in(named: str) -> UnfitData:
    return UnfitData("flow-none", f"There is no flow in {named}, so nothing was decided.")


def _no_such_flow(path: Path) -> UsageFault:
    return UsageFault("flow-missing", f"{masked(str(path))} does not exist.{near(path)} Check the path.")


def text_of(path: Path) -> str:
    """The file's text.

    Raises:
        UsageFault: there is no such file. NotPermitted: it may not be read. UnfitData: it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _no_such_flow(path) from None
    except UnicodeDecodeError:
        raise UnfitData("flow-text", f"{masked(path.name)} is not UTF-8 text.") from None
    except IsADirectoryError:
        raise UsageFault("is-a-folder", f"{masked(str(path))} is a folder, and a file is needed.") from None
    except OSError:
        raise NotPermitted("flow-unreadable", f"{masked(path.name)} cannot be read.") from None


def parsed_json(name: str, content: str) -> Any:
    """The JSON document.

    Raises:
        UnfitData: it is none, or says the same field twice.
    """
    try:
        return json.loads(content, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise UnfitData("flow-json", f"{name} is not valid JSON (line {error.lineno}, column {error.colno}).") from None
    except (ValueError, RecursionError):
        raise UnfitData("flow-json", f"{name} is not valid JSON: a field stands twice, or it is too deep.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise ValueError
    return told


def _rows(name: str, content: str) -> Iterator[Document]:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        heading = [column.strip() for column in next(reader, [])]
        if len(set(heading)) != len(heading) or "" in heading:
            raise UnfitData("flow-csv", f"The heading of {name} has a column without a name, or one name twice.")
        if heading and not set(heading).intersection(fields()):
            raise UnfitData(
                "flow-csv",
                f"{name} is not a table of flows: no column is a field of a flow, such as purpose. For data, use `ndoo uphold`.",
            )
        for at, row in enumerate(reader, 1):
            if len(row) not in (0, len(heading)):
                raise UnfitData(
                    "flow-csv", f"Row {at} of {name} has {counted(len(row), 'cell')} and the heading {len(heading)}."
                )
            if row:
                yield Document(f"{name}, row {at}", dict(zip(heading, map(_cell, heading, row), strict=True)))
    except csv.Error:
        raise UnfitData("flow-csv", f"{name} is not valid CSV.") from None


def _cell(column: str, cell: str) -> str | bool:
    field = fields().get(column)
    if field is not None and field.kind == "yes_no":
        return WORDS.get(cell.strip().lower(), cell)
    return cell.strip()


def _where(message: str) -> str:
    """The line and column out of the parser's message; never its words, which may hold a value."""
    _, found, place = message.rpartition("(at ")
    return f" ({place.rstrip(')')})" if found else ""
