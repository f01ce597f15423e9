"""A record in words: each field with its question's short name and the words of its value."""

from __future__ import annotations

from datetime import date
from typing import Any

from ndoo.assets.fields import FACTS, TABLES, fact_headings, fields
from ndoo.assets.record import Record
from ndoo.policy import Flow
from ndoo.policy.fields import fields as policy_fields
from ndoo.policy.pack import APPLIES, DOES_NOT_APPLY, REVIEW

COLOURS = {APPLIES: "blue", DOES_NOT_APPLY: "grey", REVIEW: "red"}


def rows(record: Record) -> list[tuple[str, str]]:
    """The filled-in fields, in order, with their headings."""
    told = [
        (field.heading, _words(field.values, record, name))
        for name, field in fields(record.kind).items()
        if name in record.said
    ]
    for table in record.tables:
        told.append((f"Table {table.name}", ", ".join(table.columns) or "columns not declared"))
    facts = record.said.get(FACTS)
    if isinstance(facts, Flow):
        for name, field in policy_fields().items():
            if name in facts.said:
                value = facts.said[name]
                words = field.values.get(str(value), _plain(value))
                told.append((fact_headings().get(name, name), words))
    return told


def _words(values: Any, record: Record, name: str) -> str:
    value = record.said[name]
    if isinstance(value, tuple):
        return "\n".join(record.texts(name))
    said = _plain(value)
    words = values.get(said)
    return said if words is None or words == said else f"{said}: {words}"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def heading(kind: str, name: str) -> str:
    """How a field is called for people; facts by their columns' names."""
    if name.startswith(f"{FACTS}."):
        fact = name.removeprefix(f"{FACTS}.")
        return fact_headings().get(fact, fact)
    return "Tables" if name == TABLES else fields(kind)[name].heading if name in fields(kind) else name
