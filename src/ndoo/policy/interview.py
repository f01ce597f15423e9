"""Chooses the question that comes next. The fewest that still decide: only facts that can still change the answer, best first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from ndoo.domain.errors import UnfitData
from ndoo.policy import consequences
from ndoo.policy.facts import facts_of
from ndoo.policy.fields import FlowField, fields
from ndoo.policy.flow import Flow, Value, read_flow
from ndoo.policy.pack import NONE, Pack, Rule
from ndoo.policy.verdict import RuleVerdict, judge
from ndoo.policy.what_if import LEFT_OUT, alternatives

NOT_KNOWN = frozenset({"", "?"})
LIKELY = 20
"""How much more often a field has its usual value than any other one."""


@dataclass(frozen=True, slots=True)
class Interview:
    """What has been said so far, and which fields somebody was already asked about in vain."""

    flow: Flow
    pack: Pack
    as_of: date
    passed: frozenset[str] = frozenset()

    def next_field(self) -> FlowField | None:
        """The best question, or None once no answer to any could change the outcome or what must be done."""
        candidates = self.candidates()
        if len(candidates) < 2:
            return fields()[candidates[0]] if candidates else None
        return fields()[min(candidates, key=lambda name: (self._left_after(name), candidates.index(name)))]

    def candidates(self) -> list[str]:
        """The fields not yet asked about that can still change the answer, in the order of the rules that need them.

        They are those on the shortest way to the likely answer: the one that the usual values of whatever is still to be
        asked would give. An unusual answer on the way makes another one likely, and another way.
        """
        still_open = self._open()
        verdict = self._verdict(still_open)
        if verdict.differing:
            likely = self._likely(still_open).met
            needs = self._on_the_way(verdict, likely) or self._on_the_way(verdict, verdict.met)
        else:
            after = consequences.obligations(self.pack, verdict.rule, verdict.facts, certainty=None)
            needs = [fact for o in after for fact in o.when.needs(verdict.facts)]
        return [fact for fact in dict.fromkeys(needs) if fact in still_open]

    def _likely(self, still_open: frozenset[str]) -> RuleVerdict:
        """What the usual values of the open fields would give; those without one stay open."""
        usual = {name: fields()[name].usual for name in still_open if fields()[name].usual}
        values = {name: value == "true" if fields()[name].kind == "yes_no" else value for name, value in usual.items()}
        said = {name: value for name, value in values.items() if value != LEFT_OUT}
        return judge(self.pack, facts_of(Flow({**self.flow.said, **said}), self.as_of, still_open - usual.keys()))

    def _on_the_way(self, verdict: RuleVerdict, target: Rule) -> list[str]:
        """What must be known for `target` to decide: whatever it needs, and whatever rules before it could say otherwise."""
        until = [rule for rule, _ in verdict.tried].index(target) + 1
        waiting = [rule for rule, truth in verdict.tried[:until] if truth is None]
        needs = [
            fact
            for rule in waiting
            if rule is target or rule.outcome != target.outcome
            for fact in rule.when.needs(verdict.facts)
        ]
        return [fact for fact in needs if fact in verdict.facts.open]

    def answered(self, field: FlowField, value: Value | None) -> Interview:
        """The interview with one more answer; None is "not known"."""
        flow = read_flow({**self.flow.document_flat(), field.name: value})
        if field.name not in flow.said:
            return replace(self, passed=self.passed | {field.name})
        return replace(self, flow=flow)

    def understood(self, field: FlowField, typed: str) -> Value | None:
        """What somebody typed as a value: a number of the list, the value's name or the start of it, yes or no, text.

        Raises:
            UnfitData: it is none of these. The sentence does not repeat it.
        """
        said = typed.strip()
        if said in NOT_KNOWN:
            return None
        value: Value = said
        if field.kind == "yes_no":
            value = _start_of(field, said, ("yes", "no", "true", "false")) in ("yes", "true")
        elif field.kind == "choice":
            value = _start_of(field, said, tuple(field.values))
        elif field.kind == "exemption":
            value = _start_of(field, said, (NONE, *self.pack.exemptions))
        read_flow({**self.flow.document_flat(), field.name: value})
        return value

    def _open(self) -> frozenset[str]:
        return frozenset(
            name
            for name, field in fields().items()
            if field.decides and name != "as_of" and name not in self.flow.said and name not in self.passed
        )

    def _verdict(self, still_open: frozenset[str]) -> RuleVerdict:
        return judge(self.pack, facts_of(self.flow, self.as_of, still_open))

    def _left_after(self, name: str) -> float:
        """How many candidates are left, on a weighted average, once this one is answered."""
        futures = list(self._futures(fields()[name]))
        total = sum(weight for weight, _ in futures)
        return sum(weight * len(future.candidates()) for weight, future in futures) / total

    def _futures(self, field: FlowField) -> Iterator[tuple[int, Interview]]:
        for label, value in alternatives(field, self.flow, self.pack, self.as_of):
            weight = LIKELY if label == field.usual else 1
            yield weight, replace(self, flow=self.flow.saying(field.name, value))
        if field.left_out != "unknown":
            yield (LIKELY if field.usual == LEFT_OUT else 1), self.answered(field, None)


def _start_of(field: FlowField, said: str, names: tuple[str, ...]) -> str:
    numbered = {str(at): name for at, name in enumerate(names, 1)} if field.kind == "choice" else {}
    if said in numbered:
        return numbered[said]
    plain = said.lower().replace(" ", "_")
    exact = [name for name in names if name.lower() == plain]
    starting = exact or [name for name in names if name.lower().startswith(plain)]
    if len(starting) == 1:
        return starting[0]
    how = f"a number from 1 to {len(names)}, or one of " if numbered else ""
    raise UnfitData("flow-value", f"{field.name} must be {how}{', '.join(names)}.")
