"""How an answer was reached: every rule tried, in order, with the facts that it read and what it found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ndoo.policy.conditions import All, AnyOf, Condition, InWords, Not
from ndoo.policy.consequences import failed_conditions
from ndoo.policy.facts import GATEWAY, FlowFacts
from ndoo.policy.flow import Flow, Value
from ndoo.policy.pack import EXEMPTION, NONE, Pack, Rule
from ndoo.policy.verdict import RuleVerdict

PASSED = "passed over"
FOUND = {True: "met", False: "not met", None: "unknown"}


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule tried. `facts`: what it read, None where nothing is said."""

    step: str
    rule: str
    title: str
    result: str
    facts: Mapping[str, str | bool | None]
    found: str

    def to_dict(self) -> dict[str, object]:
        return {
            "step": self.step,
            "rule": self.rule,
            "title": self.title,
            "result": self.result,
            "facts": dict(self.facts),
            "found": self.found,
        }


def steps(flow: Flow, pack: Pack, verdict: RuleVerdict) -> tuple[TraceStep, ...]:
    """The steps that led to the verdict; the named exemptions are among them even where none is claimed."""
    facts = verdict.facts
    result: list[TraceStep] = []
    passed = False
    claimed = any(rule.exemption for rule, _ in verdict.tried)
    later = {id(rule) for rule in (*pack.after, pack.otherwise)}
    for rule, truth in verdict.tried:
        if id(rule) in later and not passed and not claimed and pack.exemption_step:
            result.append(_no_exemption(pack, facts))
        passed = passed or id(rule) in later
        result.append(
            TraceStep(
                rule.step,
                rule.code,
                rule.title,
                FOUND[truth],
                dict(_read(rule, flow, facts)),
                _found(rule, truth, pack, facts),
            )
        )
    return tuple(result)


def _found(rule: Rule, truth: bool | None, pack: Pack, facts: FlowFacts) -> str:
    if truth is None:
        return f"not known: {', '.join(dict.fromkeys(rule.when.needs(facts)))}; it would answer {rule.outcome}"
    if truth:
        return f"answers {rule.outcome}"
    if rule.exemption:
        return f"not so: {'; '.join(failed_conditions(pack, facts))}"
    return PASSED


def _no_exemption(pack: Pack, facts: FlowFacts) -> TraceStep:
    claim = next(iter(facts.possible(EXEMPTION)), None)
    found = "no exemption is claimed" if claim is None else f"{claim} never decides by its name"
    if claim == NONE:
        found = "somebody looked, and none covers it"
    told = claim if claim is None else str(claim)
    return TraceStep(pack.exemption_step, "-", "Named exemptions", FOUND[False], {EXEMPTION: told}, found)


def _read(rule: Rule, flow: Flow, facts: FlowFacts) -> Iterator[tuple[str, str | bool | None]]:
    for fact in dict.fromkeys(_looked_at(rule.when, facts)):
        if fact == "as_of":
            yield fact, facts.as_of.isoformat()
        elif fact == GATEWAY and facts.lapsed:
            yield fact, "none (off its dates)"
        else:
            yield fact, _plain(next(iter(facts.possible(fact)), None))


def _looked_at(condition: Condition, facts: FlowFacts) -> Iterator[str]:
    """The facts that a condition looked at; of the texts in which words were looked for, those that are said, and only where
    words were found."""
    match condition:
        case InWords():
            found = condition.truth(facts)
            yield from (fact for fact in condition.reads() if found and facts.possible(fact))
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _looked_at(part, facts)
        case Not(part):
            yield from _looked_at(part, facts)
        case _:
            yield from condition.reads()


def _plain(value: Value | None) -> str | bool | None:
    return value.isoformat() if isinstance(value, date) else value
