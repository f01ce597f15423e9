"""What has been said of a flow: one value for each field that was filled in, read from a document and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.policy.fields import FlowField, fields
from ndoo.policy.no_evidence import NOTHING

Value = str | bool | date

_BREAKS = dict.fromkeys(map(ord, "\t\r\n"))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SAFE_NAME = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class Flow:
    """One controller, recipient, purpose, dataset and gateway. `said` holds the filled-in fields by dotted name."""

    said: Mapping[str, Value]

    def day(self, field: str) -> date | None:
        """The date in a field of dates; None where it is left out."""
        value = self.said.get(field)
        return value if isinstance(value, date) else None

    def text(self, field: str) -> str:
        """The text in a field; empty where it is left out."""
        return str(self.said.get(field, ""))

    def saying(self, field: str, value: Value | None) -> Flow:
        """The same flow with one field changed; None leaves it out."""
        rest = {name: told for name, told in self.said.items() if name != field}
        return Flow(rest if value is None else {**rest, field: value})

    def document_flat(self) -> dict[str, Any]:
        """The fields by dotted name, as `read_flow` takes them."""
        return dict(self.said)

    def document(self) -> dict[str, Any]:
        """The flow as a nested document, dates as ISO text, fields in the order of the table."""
        nested: dict[str, Any] = {}
        for name in fields():
            if name in self.said:
                *table, key = name.split(".")
                value = self.said[name]
                target = nested.setdefault(table[0], {}) if table else nested
                target[key] = value.isoformat() if isinstance(value, date) else value
        return nested


def read_flow(document: Mapping[str, Any]) -> Flow:
    """A document such as TOML or JSON gives, checked field by field.

    Raises:
        UnfitData: for an unknown field, a value outside its list, a date in the wrong form, dates in the wrong order,
            or an NHS number in a text. The sentence names the field, never the value.
    """
    said: dict[str, Value] = {}
    for name, value in _flat(document):
        field = fields().get(name)
        if field is None:
            shown = (
                f"'{name}' is not a recognised field"
                if _SAFE_NAME.fullmatch(name)
                else "A field has a name that no flow has"
            )
            raise UnfitData("flow-field", f"{shown}.{_hint(name)} The fields are {', '.join(fields())}.")
        if name in said:
            raise UnfitData("flow-field", f"{name} is said twice.")
        checked = _value(field, value)
        if checked is not None:
            said[name] = checked
    flow = Flow(said)
    first, last = flow.day("gateway.valid_from"), flow.day("gateway.valid_to")
    if first and last and last < first:
        raise UnfitData(
            "flow-dates", "The dates are in the wrong order: gateway.valid_to is before gateway.valid_from."
        )
    return flow


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    tables = _tables()
    for key, value in document.items():
        if isinstance(value, Mapping) and key in tables:
            yield from ((f"{key}.{inner}", told) for inner, told in value.items())
        elif key in tables:
            raise UnfitData("flow-field", f"{key} is a table of fields: write [{key}] and its fields below it.")
        else:
            yield key, value


def _value(field: FlowField, value: Any) -> Value | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if field.kind == "date":
        return _date(field, value)
    if field.kind == "yes_no":
        if isinstance(value, bool):
            return value
        raise UnfitData("flow-value", f"{field.name} must be true or false, without quotes.")
    if field.kind == "choice":
        if isinstance(value, str) and value in field.values:
            return value
        said = "yes" if value is True else "no" if value is False else str(value)
        raise UnfitData(
            "flow-value",
            f"{field.name} must be one of {', '.join(field.values)}.{nearest(said, field.values)}",
        )
    if not isinstance(value, str):
        raise UnfitData("flow-value", f"{field.name} must be text in quotes.")
    if names_somebody(value):
        raise UnfitData(
            "flow-identifier", f"{field.name} holds an NHS number. A flow describes no person: take it out."
        )
    if not value.translate(_BREAKS).isprintable():
        raise UnfitData("flow-value", f"{field.name} holds a control character.")
    return None if field.left_out == "absent" and value.strip().lower() in NOTHING else value


def _date(field: FlowField, value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    day = iso_day(value) if isinstance(value, str) else None
    if day is None:
        raise UnfitData("flow-date", f"{field.name} must be a date such as 2026-11-20.")
    return day


def iso_day(text: str) -> date | None:
    """The day that `2026-11-20` names; None for any other form, of which ISO 8601 has many."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def nearest(said: str, allowed: Iterable[str]) -> str:
    """A question that offers the nearest spelling; empty where none is near. It never repeats what was said."""
    by_lower = {name.lower(): name for name in allowed}
    close = get_close_matches(said.strip().lower().replace(" ", "_"), by_lower, 1, 0.6)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""


def _hint(name: str) -> str:
    short = {known.rpartition(".")[2]: known for known in fields()}
    last = name.rpartition(".")[2]
    return f" Did you mean {short[last]}?" if last in short else nearest(name, (*fields(), *_tables()))


def _tables() -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in fields() if "." in name)
