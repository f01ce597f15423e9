"""What may be said of the organisation, of an asset and of a flow: the tables of fields, from `fields.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

ORGANISATION, ASSET, FLOW = "organisation", "asset", "flow"
KINDS = (ORGANISATION, ASSET, FLOW)

TABLES, FACTS = "tables", "facts"
"""What an asset and a flow say besides: the tables in it, and the facts that `ndoo applies` decides on."""


@dataclass(frozen=True, slots=True)
class AssetField:
    """One field: `kind` is text, texts, choice, date or number; `values` are a choice's, each in plain words; a change
    of a `material` one makes a new review due."""

    name: str
    kind: str
    heading: str
    ask: str
    required: bool
    material: bool
    values: Mapping[str, str]


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(files("ndoo.assets").joinpath("fields.toml").read_text(encoding="utf-8"))


@cache
def fields(kind: str) -> Mapping[str, AssetField]:
    """The fields of `organisation`, `asset` or `flow`, in the order of the template's columns."""
    return {
        e["name"]: AssetField(
            e["name"],
            e["kind"],
            e["heading"],
            e["ask"],
            e.get("required", False),
            e.get("material", False),
            e.get("values", {}),
        )
        for e in _document()[kind]
    }


def fact_headings() -> Mapping[str, str]:
    """The columns of the facts of a flow that have a heading of their own."""
    found: dict[str, str] = _document()["fact_headings"]
    return found
