"""Finds the rule that decides. Tries them in order in three values; an unknown that could change the outcome gives `review`."""

from __future__ import annotations

from dataclasses import dataclass

from ndoo.policy.conditions import Truth
from ndoo.policy.facts import FlowFacts
from ndoo.policy.pack import Pack, Rule


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """`tried` holds the rules in order with what was found; the last of them is `met`."""

    missing: Rule
    met: Rule
    tried: tuple[tuple[Rule, Truth], ...]
    facts: FlowFacts

    @property
    def differing(self) -> tuple[Rule, ...]:
        """The rules put aside that would have given another outcome than the rule that is met."""
        return tuple(rule for rule, truth in self.tried if truth is None and rule.outcome != self.met.outcome)

    @property
    def rule(self) -> Rule:
        """The rule that decides: the one met, or the one that says that something is missing."""
        return self.missing if self.differing else self.met

    @property
    def outcome(self) -> str:
        """`applies`, `does_not_apply` or `review`."""
        return self.rule.outcome

    def to_find(self) -> tuple[str, ...]:
        """The facts and the evidence whose absence led here, in the order of the rules that need them."""
        facts = [fact for rule in self.differing for fact in rule.when.needs(self.facts)]
        facts += [fact for fact in self.met.lacks if not self.facts.possible(fact) or fact in self.facts.meant]
        return tuple(dict.fromkeys(facts))


def judge(pack: Pack, facts: FlowFacts) -> RuleVerdict:
    """The first rule that is certainly met, with those put aside before it (decision procedure 4.1)."""
    tried: list[tuple[Rule, Truth]] = []
    for rule in pack.rules_for(facts):
        truth = rule.when.truth(facts)
        tried.append((rule, truth))
        if truth:
            return RuleVerdict(pack.missing, rule, tuple(tried), facts)
    tried.append((pack.otherwise, True))
    return RuleVerdict(pack.missing, pack.otherwise, tuple(tried), facts)
