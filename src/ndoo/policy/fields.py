"""What may be said of a flow: the table of fields, from `fields.toml`: values, questions, and what leaving one out means."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class FlowField:
    """One field: `kind` is text, choice, yes_no, date or exemption; `values` are a choice's, each in plain words;
    `usual` is the value that most flows have."""

    name: str
    kind: str
    left_out: str
    ask: str
    help: str
    values: Mapping[str, str]
    usual: str

    @property
    def decides(self) -> bool:
        """Is it ever decided on, or only shown?"""
        return self.left_out != "shown"


@cache
def fields() -> Mapping[str, FlowField]:
    """Every field by its dotted name, in the order in which a flow file lists them."""
    entries = tomllib.loads(files("ndoo.policy").joinpath("fields.toml").read_text(encoding="utf-8"))["field"]
    return {
        e["name"]: FlowField(
            e["name"], e["type"], e["left_out"], e["ask"], e.get("help", ""), e.get("values", {}), e.get("usual", "")
        )
        for e in entries
    }
