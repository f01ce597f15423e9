"""How a row of the register stands in the ledger: as a leaf of its own:
whoever is named in it by one commitment, so that they can be erased alone, and all the rest of the row by another.

Columns that hold nothing are left out, so that a column that is added later changes no old commitment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.db.models import Model

from ndoo.service.asset_register.models import Decided, Manifest, Published, Scanned, Signed, Version
from ndoo.service.ledger.append import NewLeaf
from ndoo.service.ledger.sources import SOURCES, Found, ValueSource


@dataclass(frozen=True, slots=True)
class Told:
    """What a leaf tells of the rows of one table."""

    kind: str
    rows: str
    """The table, for people."""
    clear: tuple[str, ...] = ()
    """Columns for everybody's eyes: nothing that anybody typed."""
    people: tuple[str, ...] = ("actor",)
    """Columns that name somebody."""


TOLD = {
    "Version": Told("record", "assets and flows", ("kind", "number")),
    "Decided": Told("decision", "decisions", ("outcome", "reason", "pack_digest")),
    "Signed": Told("review", "reviews", ("step",), ("by", "name", "comment")),
    "Scanned": Told("scan", "scans"),
    "Manifest": Told("manifest", "manifests of flows", ("digest",)),
    "Published": Told("statement", "statements", ("number",)),
}
"""By the model's name."""


def leaf(row: Model) -> NewLeaf:
    """The leaf of a row that was just added, for the transaction in which it was."""
    told = _told(type(row))
    clear = {name: getattr(row, name) for name in told.clear}
    return NewLeaf(told.kind, clear, _values(row), _source(told), row.pk)


def register() -> None:
    """Tell the ledger where these rows stand; to be called when the service starts."""
    for model in (Version, Decided, Signed, Scanned, Manifest, Published):
        told = _told(model)
        SOURCES[_source(told)] = ValueSource(
            told.rows, partial(_found, model), model._default_manager.count, older=partial(_older, model)
        )


def _told(model: type[Model]) -> Told:
    return TOLD[model.__name__]


def _source(told: Told) -> str:
    return f"governance.{told.kind}"


def _values(row: Model) -> dict[str, Any]:
    people = _told(type(row)).people
    held = {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}
    return {
        "people": [held[name] for name in people],
        "row": {name: value for name, value in held.items() if name not in people and value is not None},
    }


def _plain(value: Any) -> Any:
    """As JSON can hold it, the same before and after it was in a database."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _found(model: type[Model], ids: Sequence[int]) -> list[Found]:
    rows = model._default_manager.in_bulk(ids)
    return [_values(rows[pk]) if pk in rows else None for pk in ids]


def _older(model: type[Model]) -> Iterator[NewLeaf]:
    return map(leaf, model._default_manager.order_by("pk"))
