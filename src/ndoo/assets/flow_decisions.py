"""Decides whether the opt-out applies to each flow today, and whether a kept decision is still the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.policy import Decision, Flow, Pack, decide
from ndoo.policy.pack import APPLIES, DOES_NOT_APPLY, REVIEW

OUTCOMES = (APPLIES, DOES_NOT_APPLY, REVIEW)


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as it was recorded for a flow: the facts then, the pack then, the answer then."""

    facts: Mapping[str, Any]
    """The flow's document, as `Flow.document` gives it."""
    outcome: str
    reason: str
    pack_name: str
    pack_version: str
    pack_digest: str
    decided_on: date


def kept_now(decision: Decision) -> RecordedDecision:
    """The decision as it is recorded."""
    return RecordedDecision(
        _facts(decision.flow),
        decision.outcome,
        decision.reason,
        decision.pack.name,
        decision.pack.version,
        decision.pack.digest,
        decision.as_of,
    )


def decide_all(register: Register, pack: Pack, today: date) -> dict[str, Decision]:
    """Each flow's decision as on today, by its reference."""
    return {flow.id: decide(flow.facts, pack, today) for flow in register.flows.values()}


def stale(
    kept: RecordedDecision | None, flow: Record, pack: Pack, today: date, now: Decision | None = None
) -> tuple[str, ...]:
    """Why the kept decision no longer stands, in sentences; empty where it does.

    It goes stale when a fact changed, when another edition of the policy pack is in use, and when the day alone changes
    the answer (an approval that ran out, an exemption that ended). `now` is the pack's answer on that day, where the
    caller has it already.
    """
    if kept is None:
        return ("Nobody has recorded a decision.",)
    reasons = []
    facts = _facts(flow.facts)
    if facts != kept.facts:
        names = sorted(_differing(kept.facts, facts))
        reasons.append(f"Facts changed since the decision: {', '.join(names)}.")
    if (pack.name, pack.digest) != (kept.pack_name, kept.pack_digest):
        reasons.append(
            f"The policy pack changed: {kept.pack_name} {kept.pack_version} then, {pack.name} {pack.version} now."
        )
    if not reasons:
        now = now or decide(flow.facts, pack, today)
        if (now.outcome, now.reason) != (kept.outcome, kept.reason):
            reasons.append(
                f"The day changes the answer: {kept.outcome} ({kept.reason}) on {kept.decided_on}, "
                f"{now.outcome} ({now.reason}) on {today}."
            )
    return tuple(reasons)


def _facts(flow: Flow) -> dict[str, Any]:
    return decided_on(flow.document())


def decided_on(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a flow's document is decided on: not the names that people give it, nor the day."""
    return {name: told for name, told in document.items() if name not in ("id", "title", "as_of")}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> set[str]:
    names: set[str] = set()
    for name in {*before, *after}:
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            names |= _differing(old, new, f"{path}{name}.")
        elif old != new:
            names.add(f"{path}{name}")
    return names
