"""The sheets and columns of the register as a workbook, and how a text is kept from being taken for a formula."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ndoo.assets.fields import ASSET, FLOW, ORGANISATION, fact_headings, fields
from ndoo.policy.fields import fields as policy_fields

SHEETS = {ORGANISATION: "Organisation", ASSET: "Assets", FLOW: "Flows"}
TABLES_SHEET = "Tables"
TABLE_COLUMNS = ("Asset reference", "Table", "Column")
OF_THE_RECORD = ("id", "title", "as_of")

_STARTS = ("=", "+", "-", "@", "\t", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
"""With what a spreadsheet may begin to compute (full-width signs too), and the apostrophe that says it must not."""


@cache
def columns(kind: str) -> Mapping[str, str]:
    """The headings of a sheet, in order, with the field behind each; a fact's field begins with `facts.`."""
    found = {field.heading: name for name, field in fields(kind).items()}
    if kind == FLOW:
        for name in policy_fields():
            if name not in OF_THE_RECORD:
                found[fact_headings().get(name, name)] = f"facts.{name}"
    return found


def harmless(text: str) -> str:
    """The text as a spreadsheet shows and never computes it: an apostrophe before whatever could begin a formula."""
    return f"'{text}" if text.startswith(_STARTS) else text


def as_said(cell: str) -> str:
    """The text behind `harmless`."""
    return cell[1:] if cell.startswith("'") else cell
