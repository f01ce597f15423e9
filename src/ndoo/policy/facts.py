"""What the rules read of a flow on its day: left-out fields get their meaning; a gateway off its dates reads as none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ndoo.policy.flow import Flow, Value

GATEWAY, FIRST_DAY, LAST_DAY = "gateway.kind", "gateway.valid_from", "gateway.valid_to"
NO_GATEWAY = "none"
MEANINGS: Mapping[str, Value] = {"gateway.optout_condition": "standard"}
"""What a field says when it is left out (decision procedure 4.1). Every other field left out says nothing."""


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """A flow as the rules see it.

    `values` holds, by field, the values that the field may have: one where it is known, two where only the gateway's
    dates are still to be asked, and no entry where anything is possible. `open` names the fields that nobody has been
    asked about yet: for them even "left out" has no meaning. It is empty unless somebody is being asked. `meant` names
    the fields that were left out and whose value is what that means.
    """

    as_of: date
    values: Mapping[str, tuple[Value, ...]]
    open: frozenset[str] = frozenset()
    lapsed: bool = False
    meant: frozenset[str] = frozenset()

    def possible(self, fact: str) -> tuple[Value, ...]:
        """The values that the field may have; empty where it is not known or not given."""
        return self.values.get(fact, ())

    def is_open(self, fact: str) -> bool:
        """Is somebody still to be asked about this field?"""
        return fact in self.open

    def to_find(self, fact: str) -> Iterator[str]:
        """Which fields to ask for, to know this one."""
        if fact == GATEWAY and self.values.get(GATEWAY):
            yield from (day for day in (FIRST_DAY, LAST_DAY) if day in self.open)
        else:
            yield fact


def facts_of(flow: Flow, as_of: date, open_fields: frozenset[str] = frozenset()) -> FlowFacts:
    """The facts of `flow` on the day `as_of`."""
    values: dict[str, tuple[Value, ...]] = {field: (value,) for field, value in flow.said.items()}
    meant = frozenset(MEANINGS) - values.keys() - open_fields
    values |= {field: (MEANINGS[field],) for field in meant}
    lapsed = not stands(flow, as_of)
    if lapsed:
        values[GATEWAY] = (NO_GATEWAY,)
    elif GATEWAY in values and not open_fields.isdisjoint((FIRST_DAY, LAST_DAY)):
        values[GATEWAY] = tuple(dict.fromkeys((*values[GATEWAY], NO_GATEWAY)))
    return FlowFacts(as_of, values, open_fields, lapsed, meant)


def stands(flow: Flow, as_of: date) -> bool:
    """Does the day lie between the gateway's dates, both included? A date left out is no limit known."""
    first, last = flow.day(FIRST_DAY), flow.day(LAST_DAY)
    return (first is None or first <= as_of) and (last is None or as_of <= last)
