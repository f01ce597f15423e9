"""The forms on which an asset or a flow is written down. Made from the tables of fields, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.forms import Field as DjangoField
from django.utils.translation import gettext_lazy as _

from ndoo.assets.fields import ASSET, FACTS, FLOW, TABLES, AssetField, fields
from ndoo.assets.record import Record, read_record
from ndoo.assets.sheets import OF_THE_RECORD
from ndoo.domain.errors import UnfitData
from ndoo.policy import Flow
from ndoo.policy.fields import fields as policy_fields
from ndoo.service.nhs_forms.fields import Select, Text, Textarea
from ndoo.service.nhs_forms.question import QuestionForm

_FACT = f"{FACTS}__"
_LONG = ("contents", "notes", "security", "how_applied", "type_1")
_YES_NO = (("", _("Not known")), ("yes", _("Yes")), ("no", _("No")))


class RecordForm(QuestionForm):
    """One record; what the register refuses is told at the top, in the register's words."""

    kind: str

    def record(self) -> Record | None:
        """The record as it was written down; None where the register refuses it."""
        try:
            return read_record(self.kind, document_of(self.kind, self.cleaned_data), "It")
        except UnfitData as refusal:
            self.add_error(None, refusal.sentence)
            return None


def form_for(kind: str) -> type[RecordForm]:
    """The form for the organisation, an asset or a flow."""
    made: dict[str, Any] = {name: _field(field) for name, field in fields(kind).items()}
    if kind == ASSET:
        made[TABLES] = Textarea(
            label=_("Tables in it"),
            hint=_("One a line: the table’s name, a colon, its columns with commas. A scan is compared with this."),
        )
    if kind == FLOW:
        for name, fact in policy_fields().items():
            if name not in OF_THE_RECORD:
                made[_fact_name(name)] = _fact(fact)
    return type("RecordForm", (RecordForm,), {**made, "kind": kind})


def _fact_name(name: str) -> str:
    return _FACT + name.replace(".", "__")


def _field(field: AssetField) -> DjangoField:
    missing = _("Fill this in") if field.required else ""
    if field.kind == "choice":
        choices = [
            ("", _("Not said")),
            *((value, f"{value}: {words}" if words != value else value) for value, words in field.values.items()),
        ]
        return Select(label=field.ask, choices=choices, missing=missing)
    if field.kind == "texts" or field.name in _LONG:
        return Textarea(label=field.ask, missing=missing)
    if field.kind == "date":
        return Text(label=field.ask, hint=_("For example, 2026-11-20"), width=10, missing=missing)
    return Text(label=field.ask, width=10 if field.kind == "number" else 0, missing=missing)


def _fact(fact: Any) -> DjangoField:
    if fact.kind == "yes_no":
        return Select(label=fact.ask, hint=fact.help, choices=_YES_NO)
    if fact.kind == "choice":
        return Select(label=fact.ask, hint=fact.help, choices=[("", _("Not known")), *fact.values.items()])
    hint = _("For example, 2026-11-20") if fact.kind == "date" else fact.help
    return Text(label=fact.ask, hint=hint, width=10 if fact.kind == "date" else 0)


def document_of(kind: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as the register reads it."""
    told: dict[str, Any] = {}
    for name, field in fields(kind).items():
        text = str(said.get(name, "")).strip()
        if text:
            told[name] = _typed(field, text)
    if said.get(TABLES):
        told[TABLES] = [_table(line) for line in str(said[TABLES]).splitlines() if line.strip()]
    facts: dict[str, Any] = {}
    for name, fact in policy_fields().items():
        text = str(said.get(_fact_name(name), "")).strip()
        if text:
            *table, key = name.split(".")
            target = facts.setdefault(table[0], {}) if table else facts
            target[key] = text == "yes" if fact.kind == "yes_no" else text
    return told | ({FACTS: facts} if facts else {})


def _typed(field: AssetField, text: str) -> Any:
    if field.kind == "texts":
        return [line.strip() for line in text.splitlines() if line.strip()]
    return int(text.replace(",", "")) if field.kind == "number" and text.replace(",", "").isdecimal() else text


def _table(line: str) -> dict[str, Any]:
    name, _colon, columns = line.partition(":")
    return {"name": name.strip(), "columns": [column.strip() for column in columns.split(",") if column.strip()]}


def initial(record: Record) -> dict[str, str]:
    """The record as the boxes of the form hold it."""
    told: dict[str, str] = {}
    for name, value in record.said.items():
        if isinstance(value, Flow):
            told |= {_fact_name(fact): _shown(one) for fact, one in value.said.items()}
        elif name == TABLES:
            told[name] = "\n".join(
                f"{table.name}: {', '.join(table.columns)}".removesuffix(": ") for table in record.tables
            )
        else:
            told[name] = "\n".join(record.texts(name)) if isinstance(value, tuple) else _shown(value)
    return told


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


class Comment(QuestionForm):
    """What a person says when they sign."""

    comment = Text(label=_("What did you look at? (if you want to say it)"), max_length=300)


class RecordSearchForm(QuestionForm):
    """Words that the reference, the name, the owner, the system or the recipient must hold."""

    words = Text(
        label=_("Part of the reference, name, owner, system or recipient"), max_length=100, missing=_("Enter a word")
    )
