"""Makes the rules by which a named exemption decides. Turns an entry of the table into the rules of step 10 (decision procedure 4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ndoo.policy.conditions import All, Among, AnyOf, AsSaid, Condition, Dated, Given, InWords, Mentions, Not
from ndoo.policy.facts import GATEWAY, FlowFacts
from ndoo.policy.fields import fields
from ndoo.policy.pack import DOES_NOT_APPLY, EXEMPTION, NONE, REVIEW, Exemption, OpenSetting, Rule, Sentence

TEXTS = ("recipient", "controller", "title", "purpose_detail")
"""Where a flow says in words what it is."""
EVERYWHERE = tuple(name for name, field in fields().items() if field.kind == "text")
"""Where a proper name may stand: any text of a flow."""
APPROVED = frozenset({"regulation_2", "regulation_5"})
"""The kinds of section 251 support."""
BY_RULE = "by_rule"
DECIDING = (DOES_NOT_APPLY, REVIEW)
"""Effects that answer. `by_rule` and `not_exempt` never do: they are listed so that a reader finds them."""
NOT_EXEMPT = "not_exempt"
CONDITION = "gateway.optout_condition"
ALTERNATIVE_OPT_OUT = "apply_alternative_optout"
"""The obligation of a use with an opt-out of its own."""
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


def fits(exemptions: Mapping[str, Exemption]) -> Mapping[str, Condition]:
    """By its id: may an entry be meant, though nobody named it? Those that decide, and those by rule that have names."""
    known = not_exempt(exemptions)
    return {
        name: _fit(entry, [one for other, one in known.items() if name in exemptions[other].answers])
        for name, entry in exemptions.items()
        if entry.effect in DECIDING or (entry.effect == BY_RULE and entry.names)
    }


def _fit(entry: Exemption, answered: list[Condition]) -> Condition:
    """By its proper names whatever purpose and gateway are recorded, or by purpose, gateway and day and what its texts say."""
    claimed = Among(EXEMPTION, frozenset({entry.id}), said=True)
    spoken_of = frozenset(entry.optout_conditions or ())
    ways: list[Condition] = []
    if entry.names or entry.topics:
        well_claimed = AsSaid(All((claimed, *_scope(entry))))
        ways.append(All((Not(well_claimed), *_dates(entry), _named(entry))))
    if entry.effect in DECIDING:
        told = (_told(entry),) if entry.mentions else ()
        ways.append(All((Not(claimed), *_scope(entry), *told)))
    # Where the flow says what the letter says of the opt-out, the letter is claimed: it decides, or it lacks.
    return All((Not(Among(CONDITION, spoken_of, said=True)), AnyOf(tuple(ways)), *(Not(one) for one in answered)))


def _named(entry: Exemption) -> Condition:
    """Does a text hold one of its proper names, or under section 251 support one of its topics?"""
    ways: list[Condition] = []
    if entry.names:
        ways.append(Mentions(EVERYWHERE, entry.names, apart=entry.apart))
    if entry.topics:
        local = (Not(Mentions(TEXTS, entry.unless)),) if entry.unless else ()
        ways.append(All((Among(GATEWAY, APPROVED), Mentions(EVERYWHERE, entry.topics, apart=entry.apart), *local)))
    return AsSaid(AnyOf(tuple(ways)))


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


def not_exempt(exemptions: Mapping[str, Exemption]) -> Mapping[str, Condition]:
    """By its id: is an entry that is not exempt what the flow claims, or what its purpose, gateway, day and words or its
    names speak of?"""
    return {name: _known(entry) for name, entry in exemptions.items() if entry.effect == NOT_EXEMPT}


def _known(entry: Exemption) -> Condition:
    claimed = Among(EXEMPTION, frozenset({entry.id}), said=True)
    worded = All((*_scope(entry), Mentions(TEXTS, entry.mentions)))
    return AnyOf((claimed, worded, *([All((*_dates(entry), _named(entry)))] if entry.names else [])))


def own_optouts(exemptions: Mapping[str, Exemption]) -> Mapping[str, Condition]:
    """By its id: is an entry that has an opt-out of its own what the flow is, by its claim or by its proper names?

    The law may decide before the entry, and by another gateway than the entry's: the opt-out is there all the same.
    """
    return {
        name: _is_it(entry)
        for name, entry in exemptions.items()
        if entry.own_optout or ALTERNATIVE_OPT_OUT in entry.obligations
    }


def _is_it(entry: Exemption) -> Condition:
    claimed = All((Among(EXEMPTION, frozenset({entry.id}), said=True), *_purpose(entry), *_dates(entry)))
    return AnyOf((claimed, All((*_scope(entry), _named(entry))))) if entry.names or entry.topics else claimed


def any_fit(fitting: Mapping[str, Condition]) -> Condition:
    """May any of them be meant?"""
    return InWords(AnyOf(tuple(fitting.values())), "what the flow says fits a named exemption that nobody named")


def national_use(exemptions: Mapping[str, Exemption]) -> Condition:
    """Do a flow's words name a national use of records, so that what is recorded as care may be none?

    Under section 251 support any text counts, for care needs no such support; else who receives the data, and the other
    texts only where nobody says who that is. Nobody is asked for the sake of it, and `exemption = "none"` answers it.
    """
    answering = [entry for entry in exemptions.values() if entry.effect != NOT_EXEMPT]
    entries = [entry for entry in answering if entry.names or entry.topics]
    by_name = [entry for entry in entries if entry.names and entry.effect in DECIDING]

    def mentioned(texts: tuple[str, ...]) -> Condition:
        return AnyOf(tuple(All((*_dates(e), Mentions(texts, e.names, apart=e.apart))) for e in by_name))

    supported = All((Among(GATEWAY, APPROVED), AnyOf(tuple(All((*_dates(e), _named(e))) for e in entries))))
    received = mentioned(TEXTS[:1])
    unsaid = All((Given(TEXTS[0], False), mentioned(tuple(name for name in EVERYWHERE if name != TEXTS[0]))))
    looked = Among(EXEMPTION, frozenset({NONE}), said=True)
    return InWords(
        AsSaid(All((Not(looked), AnyOf((supported, received, unsaid))))),
        "the flow's words name a national use of records",
    )


def question(entry: Exemption, facts: FlowFacts) -> Sentence:
    """Is this it? With what to look for, and how to record it where purpose or gateway are recorded as something else."""
    if entry.effect == BY_RULE:
        way = f"Rule {entry.rule} decides it, not its name: record what that rule asks for."
    else:
        fact_list = {"purpose": entry.purposes, GATEWAY: entry.gateway_kinds}
        other = [
            f"`{fact}` as {' or '.join(f'`{value}`' for value in values)}"
            for fact, values in fact_list.items()
            if values is not None and Among(fact, frozenset(values)).truth(facts) is False
        ]
        recorded = f"record {' and '.join(other)}, " if other else ""
        way = f"If it is, {recorded}name it in `exemption` and look for: {_sentence(entry.evidence)}"
    return Sentence(
        f"Is this {entry.id}, {entry.title}? It covers {entry.covers}. {way} "
        f'If no named exemption covers it, say `exemption = "none"`.',
        entry.source,
    )


def _dates(entry: Exemption) -> Iterator[Condition]:
    if entry.first or entry.last:
        yield Dated(entry.first, entry.last)


def _purpose(entry: Exemption) -> Iterator[Condition]:
    if entry.purposes is not None:
        yield Among("purpose", frozenset(entry.purposes))


def _scope(entry: Exemption) -> Iterator[Condition]:
    yield from _purpose(entry)
    scope = {"gateway.kind": entry.gateway_kinds, "kind": entry.kinds}
    yield from (Among(fact, frozenset(values)) for fact, values in scope.items() if values is not None)
    yield from _dates(entry)


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
