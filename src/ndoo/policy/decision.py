"""The answer to whether the opt-out applies: outcome, reasons with citations, what is missing, what must be done, and the trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ndoo.policy import consequences, trace, what_if
from ndoo.policy.flow import Flow
from ndoo.policy.pack import APPLIES, DOES_NOT_APPLY, REVIEW, UNNAMED, Exemption, Obligation, Pack, Sentence
from ndoo.policy.verdict import RuleVerdict

PLAIN = {APPLIES: "applies", DOES_NOT_APPLY: "does not apply", REVIEW: "review"}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of a pack to a flow on a day."""

    flow: Flow
    pack: Pack
    as_of: date
    verdict: RuleVerdict

    @property
    def outcome(self) -> str:
        """`applies`, `does_not_apply` or `review`."""
        return self.verdict.outcome

    @property
    def reason(self) -> str:
        """The code of the rule that decided."""
        return self.verdict.rule.code

    @property
    def family(self) -> str:
        """The family of the reason."""
        return self.verdict.rule.family

    @property
    def because(self) -> tuple[Sentence, ...]:
        """The reasons, each with its source."""
        met, differing = self.verdict.met, self.verdict.differing
        open_ways = (self.pack.otherwise.code, UNNAMED)
        asked = consequences.questions(self.pack, self.verdict.facts) if met.code in open_ways else ()
        if not differing:
            return (*met.because, *asked)
        may_be = dict.fromkeys((rule.code, rule.title, rule.outcome, rule.because[0].source) for rule in differing)
        return (
            *self.pack.missing.because,
            *(
                Sentence(f"{code} may be met ({title}) and would answer: {PLAIN[outcome]}.", source)
                for code, title, outcome, source in may_be
            ),
            Sentence(f"If not, {met.code} answers: {PLAIN[met.outcome]} ({met.title}).", met.because[0].source),
            *asked,
        )

    @property
    def obligations(self) -> tuple[str, ...]:
        """The codes of what must be done besides."""
        return tuple(o.code for o in self._obligations)

    @property
    def duties(self) -> tuple[Sentence, ...]:
        """What must be done besides, in sentences."""
        return tuple(o.sentence for o in self._obligations)

    @property
    def own_optouts(self) -> tuple[Exemption, ...]:
        """The named uses with an opt-out of their own that the flow is, by its claim or its words, whatever rule decided."""
        held = self.pack.own_optouts.items()
        return tuple(self.pack.exemptions[name] for name, is_it in held if is_it.truth(self.verdict.facts))

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What the answer does not mean, and what else a reader must know."""
        return consequences.notes(self.pack, self.verdict.rule, self.flow, self.verdict.facts)

    @property
    def missing(self) -> tuple[what_if.Missing, ...]:
        """The facts, evidence and settings whose absence led here, and what each would change."""
        return what_if.missing(self.flow, self.pack, self.as_of, self.verdict)

    @property
    def settings(self) -> tuple[str, ...]:
        """The unconfirmed settings that the answer turns on or touches."""
        return consequences.settings_named(self.pack, self.verdict.rule, self.verdict.facts)

    @property
    def evidence(self) -> str:
        """What to keep with this answer."""
        return self.verdict.rule.evidence

    @property
    def trace(self) -> tuple[trace.TraceStep, ...]:
        """Every rule tried, in order, with what it read and what was found."""
        return trace.steps(self.flow, self.pack, self.verdict)

    def would_change(self) -> tuple[what_if.OutcomeChange, ...]:
        """Each single fact whose change would change the outcome."""
        return what_if.changes(self.flow, self.pack, self.as_of, self.verdict.outcome)

    def line(self) -> dict[str, Any]:
        """The answer in short, for one of many."""
        return {
            "id": self.flow.text("id"),
            "title": self.flow.text("title"),
            "as_of": self.as_of.isoformat(),
            "outcome": self.outcome,
            "reason": self.reason,
            "family": self.family,
            "obligations": list(self.obligations),
            "missing": [item.fact for item in self.missing],
        }

    def to_dict(self) -> dict[str, Any]:
        """The answer in full, as flow.md lays it down."""
        return {**self.answer(), "would_change": [item.to_dict() for item in self.would_change()]}

    def answer(self) -> dict[str, Any]:
        """The answer without what would change it, which takes most of the time and which the same pack says again."""
        return {
            **self.line(),
            "because": [sentence.to_dict() for sentence in self.because],
            "missing": [item.to_dict() for item in self.missing],
            "duties": [sentence.to_dict() for sentence in self.duties],
            "notes": [sentence.to_dict() for sentence in self.notes],
            "settings": list(self.settings),
            "evidence": self.evidence,
            "policy": self.pack.named(),
            "trace": [step.to_dict() for step in self.trace],
        }

    @property
    def _obligations(self) -> tuple[Obligation, ...]:
        return consequences.obligations(self.pack, self.verdict.rule, self.verdict.facts)
