"""What would change an answer. Tries other values of one fact at a time, and of the facts that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ndoo.policy.conditions import All, AnyOf, AsSaid, Condition, Dated, Not, UnknownIf
from ndoo.policy.facts import FIRST_DAY, LAST_DAY, facts_of
from ndoo.policy.fields import FlowField, fields
from ndoo.policy.flow import Flow, Value
from ndoo.policy.pack import EXEMPTION, NONE, Pack
from ndoo.policy.verdict import RuleVerdict, judge

LEFT_OUT = "left out"
GIVEN = "given"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """With one of these values in `fact`, the outcome is `outcome`, by one of the rules `reasons`."""

    fact: str
    now: str
    values: tuple[str, ...]
    outcome: str
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        return {
            "fact": self.fact,
            "now": self.now,
            "values": list(self.values),
            "outcome": self.outcome,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact to find, the question that finds it, the rules that wait for it, and what each of its values would give."""

    fact: str
    ask: str
    needed_by: tuple[str, ...]
    would: tuple[OutcomeChange, ...]

    def to_dict(self) -> dict[str, object]:
        return {
            "fact": self.fact,
            "ask": self.ask,
            "needed_by": list(self.needed_by),
            "would": [{"values": list(c.values), "outcome": c.outcome, "reasons": list(c.reasons)} for c in self.would],
        }


def missing(flow: Flow, pack: Pack, as_of: date, verdict: RuleVerdict) -> tuple[Missing, ...]:
    """What to find, in the order of the rules that need it; an unconfirmed setting that decided comes last."""
    found: list[Missing] = []
    for fact in verdict.to_find():
        waiting = [rule for rule in verdict.differing if fact in rule.when.needs(verdict.facts)]
        waiting += [verdict.met] if fact in verdict.met.lacks else []
        found.append(
            Missing(
                fact,
                fields()[fact].ask,
                tuple(dict.fromkeys(r.code for r in waiting)),
                _grouped(flow, pack, as_of, fields()[fact]),
            )
        )
    setting = verdict.rule.setting
    if setting:
        found.append(Missing(f"setting.{setting.name}", setting.asks, (verdict.rule.code,), ()))
    return tuple(found)


def changes(flow: Flow, pack: Pack, as_of: date, outcome: str) -> tuple[OutcomeChange, ...]:
    """Each single fact whose change would give another outcome, in the order of the fields."""
    return tuple(
        change
        for field in fields().values()
        if field.decides
        for change in _grouped(flow, pack, as_of, field)
        if change.outcome != outcome
    ) + tuple(_nearest_days(flow, pack, as_of, outcome))


def _nearest_days(flow: Flow, pack: Pack, as_of: date, outcome: str) -> Iterator[OutcomeChange]:
    """The last day before, and the first day after, on which the outcome is another one."""
    days = turning_days(flow, pack)
    for side in (reversed([day for day in days if day < as_of]), (day for day in days if day > as_of)):
        for day in side:
            verdict = judge(pack, facts_of(flow, day))
            if verdict.outcome != outcome:
                yield OutcomeChange("as_of", _label(as_of), (_label(day),), verdict.outcome, (verdict.rule.code,))
                break


def _grouped(flow: Flow, pack: Pack, as_of: date, field: FlowField) -> tuple[OutcomeChange, ...]:
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for label, value in alternatives(field, flow, pack, as_of):
        other = flow.saying(field.name, value)
        verdict = judge(pack, facts_of(other, as_of))
        labels, reasons = groups.setdefault(verdict.outcome, ([], []))
        labels.append(label)
        reasons.append(verdict.rule.code)
    now = _label(flow.said.get(field.name))
    return tuple(
        OutcomeChange(field.name, now, tuple(labels), outcome, tuple(dict.fromkeys(reasons)))
        for outcome, (labels, reasons) in groups.items()
    )


def alternatives(field: FlowField, flow: Flow, pack: Pack, as_of: date) -> Iterator[tuple[str, Value | None]]:
    """Other values that the field might have, each with its label; None leaves the field out."""
    now = flow.said.get(field.name)
    if now is not None:
        yield LEFT_OUT, None
    candidates: list[Value]
    if field.name == EXEMPTION:
        candidates = [NONE, *(claim for claim, rules in pack.exemption_rules.items() if rules)]
    elif field.name == FIRST_DAY:
        candidates = [as_of + ONE_DAY]
    elif field.name == LAST_DAY:
        candidates = [as_of - ONE_DAY]
    elif field.kind == "yes_no":
        candidates = [True, False]
    elif field.kind == "text":
        candidates = [] if now is not None else [GIVEN]
    else:
        candidates = list(field.values)
    yield from ((_label(value), value) for value in candidates)


def turning_days(flow: Flow, pack: Pack) -> tuple[date, ...]:
    """The days next to which something changes: the gateway's, the claimed exemption's, and those of dated rules."""
    limits = [Dated(flow.day(FIRST_DAY), flow.day(LAST_DAY))]
    claim = flow.text(EXEMPTION)
    for rule in pack.every_rule():
        if rule.exemption in ("", claim):
            limits += _dated(rule.when)
    days: set[date] = set()
    for limit in limits:
        days |= {limit.first, limit.first - ONE_DAY} if limit.first else set()
        days |= {limit.last, limit.last + ONE_DAY} if limit.last else set()
    return tuple(sorted(days))


def _dated(condition: Condition) -> Iterator[Dated]:
    match condition:
        case Dated():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _dated(part)
        case Not(part) | UnknownIf(part) | AsSaid(part):
            yield from _dated(part)


def _label(value: Value | None) -> str:
    if value is None:
        return LEFT_OUT
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else value
