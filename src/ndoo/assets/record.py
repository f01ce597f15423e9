"""What was said of one asset, of one flow, or of the organisation: a value, read strictly and written back the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ndoo.assets.fields import ASSET, FACTS, FLOW, TABLES, AssetField, fields
from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.policy import Flow, read_flow
from ndoo.policy.flow import iso_day, nearest

LONGEST = 4_000
"""Characters of a text. A spreadsheet's cell takes 32,767."""
MOST = 5_000
"""Entries of a field that takes several, columns of a table, tables of an asset."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_SPREADSHEET_ESCAPE = re.compile(r"x[0-9A-Fa-f]{4}_")
_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_SAFE_NAME = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,39}")
_OF_THE_RECORD = ("id", "title", "as_of")
"""Fields of a flow document that the register says itself: a registered flow goes on, and is decided as on today."""


@dataclass(frozen=True, slots=True)
class AssetTable:
    """A table (or file) of an asset, by the name that a scan gives it, with the columns that it is known to have."""

    name: str
    columns: tuple[str, ...] = ()


Value = str | int | date | tuple[str, ...] | tuple[AssetTable, ...] | Flow


@dataclass(frozen=True, slots=True)
class Record:
    """`said` holds the filled-in fields, among them `tables` (of an asset) and `facts` (of a flow)."""

    kind: str
    said: Mapping[str, Value]

    @property
    def id(self) -> str:
        """The reference; an organisation has none."""
        return self.text("id")

    def text(self, field: str) -> str:
        """The text, choice or number in a field; empty where it is left out."""
        return str(self.said.get(field, ""))

    def day(self, field: str) -> date | None:
        """The date in a field; None where it is left out."""
        value = self.said.get(field)
        return value if isinstance(value, date) else None

    def texts(self, field: str) -> tuple[str, ...]:
        """The entries of a field that takes several."""
        value = self.said.get(field, ())
        return tuple(str(one) for one in value) if isinstance(value, tuple) else ()

    @property
    def tables(self) -> tuple[AssetTable, ...]:
        """The tables of an asset."""
        value = self.said.get(TABLES, ())
        return tuple(one for one in value if isinstance(one, AssetTable)) if isinstance(value, tuple) else ()

    @property
    def facts(self) -> Flow:
        """The facts of a flow as `ndoo applies` is asked about them, with its reference and name."""
        told = self.said.get(FACTS)
        said = dict(told.said) if isinstance(told, Flow) else {}
        named = (("id", self.id), ("title", self.text("name")))
        return Flow(said | {field: text for field, text in named if text})

    @property
    def is_live(self) -> bool:
        """Is this flow in use?"""
        return self.text("status") == "live"

    def document(self) -> dict[str, Any]:
        """The record as a document; dates stay dates."""
        told: dict[str, Any] = {}
        for name in (*fields(self.kind), TABLES, FACTS):
            value = self.said.get(name)
            if isinstance(value, Flow):
                told[name] = value.document()
            elif name == TABLES and self.tables:
                told[name] = [
                    {"name": table.name} | ({"columns": list(table.columns)} if table.columns else {})
                    for table in self.tables
                ]
            elif isinstance(value, tuple):
                told[name] = list(self.texts(name))
            elif value is not None:
                told[name] = value
        return told

    def plain(self) -> dict[str, Any]:
        """The document as JSON takes it: dates as text."""
        return {
            name: value.isoformat() if isinstance(value, date) else value for name, value in self.document().items()
        }


def changed(before: Record | None, after: Record | None) -> tuple[str, ...]:
    """The names of the fields that differ, the facts of a flow by their own names."""
    old, new = (_flat(record) if record else {} for record in (before, after))
    return tuple(name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name))


def material(kind: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those changed fields that make a new review due: what the data is, and every fact that is decided on."""
    known = fields(kind)
    return tuple(n for n in names if n == TABLES or n.startswith(f"{FACTS}.") or (n in known and known[n].material))


def _flat(record: Record) -> dict[str, Any]:
    told = {name: value for name, value in record.said.items() if name != FACTS}
    facts = record.said.get(FACTS)
    return told | ({f"{FACTS}.{name}": value for name, value in facts.said.items()} if isinstance(facts, Flow) else {})


def read_record(kind: str, document: Any, where: str) -> Record:
    """A record out of a document such as TOML, JSON or a row gives.

    Args:
        where: how a refusal names it, such as `Asset 3`; never a value.

    Raises:
        UnfitData: an unknown field, a value outside its list, a missing required field, or an NHS number anywhere.
    """
    if not isinstance(document, Mapping):
        raise UnfitData("register-shape", f"{where} is not a table of fields.")
    said: dict[str, Value] = {}
    for name, value in document.items():
        checked = _checked(kind, str(name), value, where)
        if checked is not None and checked != ():
            said[str(name)] = checked
    for field in fields(kind).values():
        if field.required and field.name not in said:
            raise UnfitData("register-missing", f"{where} lacks {field.name}.")
    if "id" in said and not _ID.fullmatch(str(said["id"])):
        raise UnfitData(
            "register-id",
            f"{where}: id must begin with a letter or digit and have letters, digits, . _ - only (60 at most).",
        )
    return Record(kind, said)


def _checked(kind: str, name: str, value: Any, where: str) -> Value | None:
    if kind == ASSET and name == TABLES:
        return _tables(value, where)
    if kind == FLOW and name == FACTS:
        return _facts(value, where)
    field = fields(kind).get(name)
    if field is None:
        names = (*fields(kind), *((TABLES,) if kind == ASSET else (FACTS,) if kind == FLOW else ()))
        shown = (
            f"{name} is not a field that a register has"
            if _SAFE_NAME.fullmatch(name)
            else "a field has a name that is not known"
        )
        raise UnfitData("register-field", f"{where}: {shown}.{nearest(name, names)}")
    return _value(field, value, f"{where}: {name}")


def _value(field: AssetField, value: Any, where: str) -> Value | None:
    if value is None or value == "":
        return None
    if field.kind == "texts":
        return tuple(_several(value, where))
    if field.kind == "date":
        day = value if isinstance(value, date) else iso_day(value) if isinstance(value, str) else None
        if day is None or type(day) is not date:
            raise UnfitData("register-date", f"{where} must be a day such as 2026-11-20.")
        return day
    if field.kind == "number":
        if type(value) is not int or not 0 <= value <= 10**9:
            raise UnfitData("register-number", f"{where} must be a whole number from 0 to 1,000,000,000.")
        return value
    if field.kind == "choice":
        if isinstance(value, str) and value in field.values:
            return value
        raise UnfitData(
            "register-value",
            f"{where} must be one of these: {', '.join(field.values)}.{nearest(str(value), field.values)}",
        )
    return clean(value, where) or None


def clean(value: Any, where: str) -> str:
    """A text as the register keeps it: no space around it, lines ended by a line feed.

    Raises:
        UnfitData: it is no text, too long, holds a control character, a spreadsheet's escape or an NHS number.
    """
    if not isinstance(value, str):
        raise UnfitData("register-text", f"{where} must be a text in quotes.")
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST:
        raise UnfitData("register-text", f"{where} is longer than {LONGEST:,} characters.")
    if names_somebody(text):
        raise UnfitData("register-identifier", f"{where} holds an NHS number. The register describes no person.")
    if not text.replace("\t", "").replace("\n", "").isprintable() or _SPREADSHEET_ESCAPE.search(text):
        raise UnfitData("register-text", f"{where} holds a control character, or what a spreadsheet writes for one.")
    if "://" in text and _PASSWORD.search(text):
        raise UnfitData(
            "register-password", f"{where} holds a password. Leave it out: it is given when the scan is run."
        )
    return text


def _several(value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list | tuple) or len(value) > MOST:
        raise UnfitData("register-list", f"{where} must be a list of at most {MOST:,} texts.")
    for one in value:
        text = clean(one, where)
        if not text or "\n" in text:
            raise UnfitData("register-list", f"{where} has an entry that is empty or has several lines.")
        yield text


def _tables(value: Any, where: str) -> tuple[AssetTable, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST or not all(isinstance(one, Mapping) for one in value):
        raise UnfitData("register-tables", f"{where}: tables must be a list of tables with name and columns.")
    found: dict[str, AssetTable] = {}
    for one in value:
        if not set(one) <= {"name", "columns"}:
            raise UnfitData("register-tables", f"{where}: a table of it says more than name and columns.")
        name = clean(one.get("name"), f"{where}: the name of a table")
        if not name or name in found or "\n" in name:
            raise UnfitData("register-tables", f"{where}: a table of it has no name, or one name stands twice.")
        found[name] = AssetTable(name, tuple(_several(one.get("columns", []), f"{where}: the columns of a table")))
    return tuple(found.values())


def _facts(value: Any, where: str) -> Flow | None:
    if not isinstance(value, Mapping):
        raise UnfitData("register-facts", f"{where}: facts must be a table of fields, as in a flow file.")
    if set(_OF_THE_RECORD) & set(value):
        raise UnfitData(
            "register-facts",
            f"{where}: {', '.join(_OF_THE_RECORD)} do not stand among the facts. The register says them itself.",
        )
    try:
        flow = read_flow(value)
    except UnfitData as error:
        raise UnfitData(
            "register-facts", f"{where}: its facts are not those of a flow ({masked(error.sentence.rstrip('.'))})."
        ) from None
    said = {
        name: clean(told, f"{where}: {name}") if isinstance(told, str) else told for name, told in flow.said.items()
    }
    return Flow(said) if said else None
