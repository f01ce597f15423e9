"""Flows for the tests of the policy: every value of every field, generated flows, and one plain flow to vary."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from ndoo.policy import Flow, load_pack
from ndoo.policy.fields import fields
from ndoo.policy.flow import Value

TODAY = date(2026, 11, 22)
PLAIN: dict[str, Value] = {
    "as_of": date(2026, 11, 2),
    "origin": "england_health_or_adult_social_care",
    "kind": "disclosure",
    "purpose": "research",
    "data.identifiable": "yes",
    "data.confidential": True,
    "data.about_health_or_care": True,
    "data.form": "identifiable",
    "data.from_gp_record": False,
    "data.nhs_number": "present",
    "gateway.kind": "regulation_5",
    "gateway.evidence": "approval letter",
    "gateway.optout_condition": "standard",
}
"""A section 251 study with the standard condition."""

DAYS = (
    date(2018, 5, 24),
    date(2018, 5, 25),
    date(2019, 3, 31),
    date(2019, 4, 1),
    date(2021, 9, 30),
    date(2021, 10, 1),
    date(2022, 6, 30),
    date(2022, 7, 1),
    date(2022, 7, 27),
    date(2022, 7, 28),
    date(2022, 7, 29),
    date(2022, 7, 30),
    date(2022, 7, 31),
    date(2022, 9, 30),
    date(2022, 10, 1),
    date(2026, 11, 2),
    date(2027, 9, 30),
    date(2027, 10, 1),
)
"""Every day on which a rule or a value of the pack changes, and the day before."""


def plain(**changes: Any) -> Flow:
    """The plain flow with changes: `data__form="aggregate"`; None leaves a field out."""
    said = {**PLAIN, **{name.replace("__", "."): value for name, value in changes.items()}}
    return Flow({name: value for name, value in said.items() if value is not None})


def values_of(name: str) -> tuple[Value | None, ...]:
    """Everything that a field may say, and None for left out."""
    field = fields()[name]
    if field.kind == "yes_no":
        return (True, False, None)
    if field.kind == "exemption":
        return ("none", *load_pack().exemptions, None)
    if field.kind == "date":
        return (*DAYS, None)
    return (*field.values, None) if field.values else ("something on paper", None)


DECIDING = tuple(name for name, field in fields().items() if field.decides)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any flow, or the plain one with some fields changed; its gateway's dates are in order."""
    changed = draw(st.sets(st.sampled_from(DECIDING))) if draw(st.booleans()) else DECIDING
    said = {name: draw(st.sampled_from(values_of(name))) if name in changed else PLAIN.get(name) for name in DECIDING}
    said["as_of"] = said["as_of"] or TODAY
    first, last = said["gateway.valid_from"], said["gateway.valid_to"]
    if isinstance(first, date) and isinstance(last, date) and last < first:
        said["gateway.valid_from"], said["gateway.valid_to"] = last, first
    return Flow({name: value for name, value in said.items() if value is not None})
