"""Rows may be held for whom they mention where what refers to them goes with them: in tables that lead to people, or to which nothing refers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ndoo.domain.errors import UsageFault
from ndoo.upholding.column_names import listed
from ndoo.upholding.columns import MentionsFault
from ndoo.upholding.table_links.graph import Linked


def refuse_holding(
    holding: Collection[str], tables: Sequence[Linked], lead: Collection[str], columns: Mapping[str, Sequence[str]]
) -> None:
    """Judge the columns in which rows are to be held, each as TABLE.COLUMN, before any row is.

    Args:
        lead: the tables that lead to people: what refers to a row of theirs is held with it.
        columns: those of every table.

    Raises:
        MentionsFault: one is in a table that leads to nobody, and a table refers to that: its rows would point at what is not there.
    """
    stay = {link.target for table in tables for link in table.links if link.target not in lead}
    every = [f"{table}.{name}" for table in columns if table in stay for name in columns[table]]
    if names := [name for name in every if name in holding]:
        fault = UsageFault(
            "column-mentions",
            "Rows that would stay hold the numbers of people who may not be released, in a column of a table that leads to "
            f"nobody: {listed(names)}. These rows cannot be held back, because other rows refer to them. Leave the column out of "
            "the extract, or use --ignore-column to let it stay (the manifest will say so).",
        )
        raise MentionsFault(fault.code, fault.sentence, names)
