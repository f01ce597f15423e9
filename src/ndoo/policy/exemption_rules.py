"""Makes the rules by which a named exemption decides. Turns an entry of the table into the rules of step 10 (decision procedure 4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ndoo.policy.conditions import All, Among, AnyOf, Condition, Dated, Given, Mentions, Not
from ndoo.policy.fields import fields
from ndoo.policy.pack import DOES_NOT_APPLY, EXEMPTION, REVIEW, Exemption, OpenSetting, Rule, Sentence

TEXTS = ("recipient", "controller", "title", "purpose_detail")
"""Where a flow says in words what it is."""
DECIDING = (DOES_NOT_APPLY, REVIEW)
"""Effects that answer. `by_rule` and `not_exempt` never do: they are listed so that a reader finds them."""
NOT_EXEMPT = "not_exempt"
CONDITION = "gateway.optout_condition"
UNPROVED = "missing_facts"
"""The family of a claim that nothing proves yet."""


def rules_of(entry: Exemption, step: str) -> tuple[Rule, ...]:
    """The rules that the entry stands for: none, one, or two where a confirmed setting holds between dates, or where a
    claim that nothing proves, or of whose condition nobody spoke, is a question of its own."""
    if entry.effect not in DECIDING:
        return ()
    if entry.unproved:
        contradicted = Among(CONDITION, frozenset({"standard"}), said=True)
        proved = _rule(entry, step, (*_conditions(entry), Not(contradicted)), entry.effect, entry.family, None)
        claimed = (Among(EXEMPTION, frozenset({entry.id})), *_scope(entry))
        return (proved, _rule(entry, step, claimed, entry.unproved, UNPROVED, None))
    holds = _conditions(entry)
    setting = entry.setting
    if setting is None or not setting.confirmed:
        return (_rule(entry, step, holds, entry.effect, entry.family, setting), *_claimed_alone(entry, step))
    dated = Dated(setting.first, setting.last)
    outside = _rule(entry, step, (*holds, Not(dated)), REVIEW, entry.family, setting)
    if setting.value is not True:
        return (outside,)
    return (_rule(entry, step, (*holds, dated), DOES_NOT_APPLY, entry.family_confirmed, None), outside)


def _claimed_alone(entry: Exemption, step: str) -> Iterator[Rule]:
    """A claim that rests on its letter's opt-out condition, of which nobody said anything: no answer, as if nobody claimed it."""
    if entry.optout_conditions is None or entry.effect != DOES_NOT_APPLY:
        return
    said = Among(CONDITION, frozenset(fields()[CONDITION].values), said=True)
    claimed = (Among(EXEMPTION, frozenset({entry.id})), *_scope(entry), Not(said))
    rule = _rule(entry, step, claimed, REVIEW, UNPROVED, None)
    yield replace(rule, lacks=(*rule.lacks, CONDITION))


def conditions_of(entry: Exemption) -> Iterator[Condition]:
    """What the entry asks of a flow that claims it: purpose, gateway, dates, opt-out condition, evidence, and no words that contradict it."""
    yield from _scope(entry)
    if entry.optout_conditions is not None:
        yield Among(CONDITION, frozenset(entry.optout_conditions))
    yield from (Given(field, True) for field in entry.evidence_fields)
    if entry.denied:
        yield Not(Mentions(TEXTS, entry.denied))


def fit_of(entry: Exemption) -> Condition:
    """Might a flow be this, though nobody named it? Purpose, gateway and day, and what its texts say."""
    told = (_told(entry),) if entry.mentions else ()
    spoken_of = frozenset(entry.optout_conditions or ())
    return All(
        (
            Not(Among(EXEMPTION, frozenset({entry.id}), said=True)),
            *_scope(entry),
            Not(Among(CONDITION, spoken_of, said=True)),  # then its letter is claimed, and decides or lacks
            *told,
        )
    )


def _told(entry: Exemption) -> Condition:
    """Do the flow's words speak of the entry?"""
    if entry.recipient_only:
        received = Mentions(TEXTS[:1], entry.mentions)
        return AnyOf((received, All((Given(TEXTS[0], False), Mentions(TEXTS[2:], entry.mentions)))))
    named = Mentions(TEXTS, entry.mentions, silence=entry.kind == "policy")
    ways: list[Condition] = [named]
    if entry.hints:
        ways.append(All((Mentions(TEXTS, entry.hints), Not(Mentions(TEXTS, entry.unless)))))
    if entry.narrower:
        ways.append(All((Given(EXEMPTION, False), Not(Mentions(TEXTS, entry.narrower)))))
    return AnyOf(tuple(ways))


def fits(exemptions: Mapping[str, Exemption]) -> Mapping[str, Condition]:
    """By its id: may an entry that decides be meant, though nobody named it?"""
    return {name: fit_of(entry) for name, entry in exemptions.items() if entry.effect in DECIDING}


def not_exempt(exemptions: Mapping[str, Exemption]) -> Mapping[str, Condition]:
    """By its id: is an entry that is not exempt what the flow's purpose, gateway, day and words speak of?"""
    return {
        name: All((*_scope(entry), Mentions(TEXTS, entry.mentions)))
        for name, entry in exemptions.items()
        if entry.effect == NOT_EXEMPT
    }


def any_fit(fitting: Mapping[str, Condition], known: Mapping[str, Condition]) -> Condition:
    return All((Not(AnyOf(tuple(known.values()))), AnyOf(tuple(fitting.values()))))


def question(entry: Exemption) -> Sentence:
    """Is this it? With what to look for."""
    return Sentence(
        f"Is this {entry.id}, {entry.title}? It covers {entry.covers}. If it is, name it in `exemption` and look for: "
        f'{_sentence(entry.evidence)} If no named exemption covers it, say `exemption = "none"`.',
        entry.source,
    )


def _scope(entry: Exemption) -> Iterator[Condition]:
    scope = {"purpose": entry.purposes, "gateway.kind": entry.gateway_kinds, "kind": entry.kinds}
    yield from (Among(fact, frozenset(values)) for fact, values in scope.items() if values is not None)
    if entry.first or entry.last:
        yield Dated(entry.first, entry.last)


def _conditions(entry: Exemption) -> tuple[Condition, ...]:
    return (Among(EXEMPTION, frozenset({entry.id})), *conditions_of(entry))


def _rule(
    entry: Exemption, step: str, when: tuple[Condition, ...], outcome: str, family: str, setting: OpenSetting | None
) -> Rule:
    says = f"{_sentence(entry.title)} This is a named exemption ({entry.id}): {entry.covers}."
    if outcome == REVIEW:
        says = f"{_sentence(entry.title)} Whether this is exempt ({entry.id}) is not settled: {_sentence(entry.notes)}"
        if family == UNPROVED and setting is None:
            says = (
                f"{_sentence(entry.title)} {entry.id} is claimed and not proved. Look for: {_sentence(entry.evidence)}"
            )
    return Rule(
        step,
        entry.id,
        outcome,
        family,
        entry.title,
        All(when),
        (Sentence(says, entry.source),),
        evidence=entry.evidence,
        lacks=entry.evidence_fields if outcome == REVIEW else (),
        setting=setting,
        exemption=entry.id,
        obligations=entry.obligations,
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
