"""A policy pack: dated, cited rules, exemptions, obligations, notes and settings, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as Day

from ndoo.policy.conditions import Condition
from ndoo.policy.facts import FlowFacts
from ndoo.policy.paragraphs import Paragraph
from ndoo.policy.source import Passage
from ndoo.policy.watch import Watched

APPLIES, DOES_NOT_APPLY, REVIEW = "applies", "does_not_apply", "review"
OUTCOMES = (APPLIES, DOES_NOT_APPLY, REVIEW)
EXEMPTION = "exemption"
NONE = "none"
"""Somebody looked, and no named exemption covers the flow."""
UNNAMED = "R-UNNAMED"
"""The rule that asks about an exemption which nobody named."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason that a person can sign, with the passage that it stands on."""

    says: str
    source: Passage

    def to_dict(self) -> dict[str, object]:
        return {"sentence": self.says, "citation": self.source.to_dict()}


@dataclass(frozen=True, slots=True)
class OpenSetting:
    """Something that the sources leave open. `value` is None where nobody dares to say; unconfirmed, it settles nothing."""

    name: str
    asks: str
    value: bool | str | None
    first: Day | None
    last: Day | None
    source: Passage
    confirmed_by: str

    @property
    def confirmed(self) -> bool:
        """Has somebody put a name to a value?"""
        return bool(self.confirmed_by) and self.value is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """One step of the procedure. `lacks`: the evidence whose absence it reports; `exemption`: the entry that it stands for."""

    step: str
    code: str
    outcome: str
    family: str
    title: str
    when: Condition
    because: tuple[Sentence, ...]
    evidence: str = ""
    lacks: tuple[str, ...] = ()
    setting: OpenSetting | None = None
    exemption: str = ""
    obligations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnOptOut:
    """An opt-out beside the national one: whose it is, and where people use it."""

    of: str
    address: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A named exemption. None in `purposes`, `gateway_kinds`, `optout_conditions` or `kinds` means any.

    `names`: proper names, which ask about it whatever the flow records; `topics`: words that do so under section 251
    support, unless the flow uses one of `unless`; `apart`: phrases in which both mean something else. `answers`: the entries
    whose names an entry that is not exempt answers, such as research on an audit's data. `mentions`: the words by which a flow
    that names no exemption is asked about this one. `hints`: words that ask too, unless the flow uses one of `unless`.
    `recipient_only`: they are looked for in who receives the data, where that is said. `narrower`: where it is given and the
    flow claims no exemption at all, any words ask, unless it uses one of these. `denied`: words that contradict a claim.
    `unproved`: what a claim answers whose evidence or condition is lacking; empty where it is then no claim.
    """

    id: str
    title: str
    kind: str
    covers: str
    controller: str
    recipient: str
    purposes: tuple[str, ...] | None
    gateway_kinds: tuple[str, ...] | None
    optout_conditions: tuple[str, ...] | None
    kinds: tuple[str, ...] | None
    names: tuple[str, ...]
    topics: tuple[str, ...]
    apart: tuple[str, ...]
    answers: tuple[str, ...]
    mentions: tuple[str, ...]
    hints: tuple[str, ...]
    unless: tuple[str, ...]
    narrower: tuple[str, ...]
    denied: tuple[str, ...]
    recipient_only: bool
    first: Day | None
    last: Day | None
    effect: str
    family: str
    rule: str
    setting: OpenSetting | None
    family_confirmed: str
    obligations: tuple[str, ...]
    evidence_fields: tuple[str, ...]
    unproved: str
    evidence: str
    status: str
    recheck: str
    notes: str
    source: Passage
    own_optout: OwnOptOut | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must be done besides, after certain rules and under a condition."""

    code: str
    sentence: Sentence
    rules: frozenset[str]
    when: Condition


@dataclass(frozen=True, slots=True)
class Note:
    """What an answer adds. Empty `outcomes` or `rules` mean any."""

    sentence: Sentence
    outcomes: frozenset[str]
    rules: frozenset[str]
    setting: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy: its rules in order, with the named exemptions between `before` and `after`, and `otherwise` at the end."""

    name: str
    title: str
    version: str
    date: Day
    in_force: bool
    status: str
    begins: Day
    digest: str
    missing: Rule
    before: tuple[Rule, ...]
    exemption_step: str
    exemption_rules: Mapping[str, tuple[Rule, ...]]
    fits: Mapping[str, Condition]
    """By an exemption's id: may it be meant, though nobody named it?"""
    not_exempt: Mapping[str, Condition]
    """By the id of an entry that is listed and not exempt: do the flow's words name it?"""
    own_optouts: Mapping[str, Condition]
    """By the id of an entry that has an opt-out of its own: is the flow that use, whatever rule decides it?"""
    after: tuple[Rule, ...]
    otherwise: Rule
    exemptions: Mapping[str, Exemption]
    obligations: tuple[Obligation, ...]
    notes: tuple[Note, ...]
    settings: Mapping[str, OpenSetting]
    sources: Mapping[str, Passage]
    paragraphs: tuple[Paragraph, ...] = ()
    """What every statement says, in its order."""
    handouts: tuple[Paragraph, ...] = ()
    """What a leaflet and a poster say, in their order; the id begins with the word for which of both."""
    watch: tuple[Watched, ...] = ()
    """What may change the rules, and when to look again."""
    words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Words that several rules look for, by what they stand for and how they are meant."""

    def rules_for(self, facts: FlowFacts) -> Iterator[Rule]:
        """The rules to try, in order, without the last one; of the exemptions only the one claimed.

        While nobody has been asked which exemption is claimed, every one of them may be.
        """
        yield from self.before
        claims = self.exemption_rules if facts.is_open(EXEMPTION) else facts.possible(EXEMPTION)
        for claim in claims:
            yield from self.exemption_rules.get(str(claim), ())
        yield from self.after

    def every_rule(self) -> Iterator[Rule]:
        """All rules in order, those of the exemptions and the last one with them."""
        yield from self.before
        for rules in self.exemption_rules.values():
            yield from rules
        yield from self.after
        yield self.otherwise

    def named(self) -> dict[str, object]:
        """What an answer says of the policy behind it."""
        return {
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "date": self.date.isoformat(),
            "in_force": self.in_force,
            "status": self.status,
            "digest": self.digest,
        }
