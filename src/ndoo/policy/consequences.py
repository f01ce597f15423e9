"""What must be done besides, and what a reader must be told: obligations (decision procedure 4.4) and notes."""

from __future__ import annotations

from collections.abc import Iterator

from ndoo.policy.conditions import Truth
from ndoo.policy.exemption_rules import BY_RULE, conditions_of, question
from ndoo.policy.facts import FIRST_DAY, GATEWAY, LAST_DAY, FlowFacts
from ndoo.policy.flow import Flow
from ndoo.policy.pack import APPLIES, EXEMPTION, NONE, REVIEW, Exemption, Note, Obligation, Pack, Rule, Sentence

ANY_EXEMPTION = "EXEMPTION"
UNDECIDING = {
    "by_rule": "{entry.id} is decided by rule {entry.rule}, not by its name.",
    "not_exempt": "{entry.id} is listed because it is not exempt.",
}
"""What is told of a claim whose entry never decides, by the entry's effect."""


def obligations(pack: Pack, rule: Rule, facts: FlowFacts, certainty: Truth = True) -> tuple[Obligation, ...]:
    """What must be done once `rule` has decided; with `certainty` None, what may have to be. Nothing for `review`."""
    if rule.outcome == REVIEW:
        return ()
    code = ANY_EXEMPTION if rule.exemption else rule.code
    found = {o.code: o for o in pack.obligations if code in o.rules and o.when.truth(facts) is certainty}
    if certainty:
        own = {o.code: o for o in pack.obligations if o.code in rule.obligations}
        found = {**own, **found}
    return tuple(found[name] for name in sorted(found))


def notes(pack: Pack, rule: Rule, flow: Flow, facts: FlowFacts) -> tuple[Sentence, ...]:
    """What the answer adds, each with its source."""
    return (
        *(note.sentence for note in _fitting(pack, rule, facts)),
        *_of_the_gateway(pack, flow, facts),
        *_of_the_claim(pack, facts),
        *_of_the_words(pack, rule, facts),
        *(
            Sentence(
                f"Whether the data comes from the GP record is not known. If it does: {o.sentence.says}",
                o.sentence.source,
            )
            for o in obligations(pack, rule, facts, certainty=None)
        ),
    )


def _fitting(pack: Pack, rule: Rule, facts: FlowFacts) -> Iterator[Note]:
    for note in pack.notes:
        of_this_outcome = not note.outcomes or rule.outcome in note.outcomes
        of_this_rule = not note.rules or rule.code in note.rules
        if of_this_outcome and of_this_rule and note.when.truth(facts):
            yield note


def settings_named(pack: Pack, rule: Rule, facts: FlowFacts) -> tuple[str, ...]:
    """The unconfirmed settings that the answer turns on or touches."""
    names = [rule.setting.name] if rule.setting else []
    names += [note.setting for note in _fitting(pack, rule, facts) if note.setting]
    return tuple(names)


def failed_conditions(pack: Pack, facts: FlowFacts) -> tuple[str, ...]:
    """Why the exemption that is claimed is not made out: the clauses that fail, in words."""
    return tuple(
        condition.words()
        for entry in _claimed(pack, facts)
        for condition in conditions_of(entry)
        if condition.truth(facts) is False
    )


def questions(pack: Pack, facts: FlowFacts) -> tuple[Sentence, ...]:
    """Is it one of the exemptions that nobody named? A sentence for each that fits; none where somebody said `none`."""
    if NONE in facts.possible(EXEMPTION):
        return ()
    fitting = [pack.exemptions[name] for name, fit in pack.fits.items() if fit.truth(facts)]
    deciding = [entry for entry in fitting if entry.effect != BY_RULE]
    return tuple(question(entry, facts) for entry in deciding or fitting)


def _claimed(pack: Pack, facts: FlowFacts) -> Iterator[Exemption]:
    yield from (pack.exemptions[str(claim)] for claim in facts.possible(EXEMPTION) if claim != NONE)


def _of_the_gateway(pack: Pack, flow: Flow, facts: FlowFacts) -> Iterator[Sentence]:
    if facts.lapsed:
        told = [(word, flow.day(field)) for word, field in (("from", FIRST_DAY), ("to", LAST_DAY))]
        span = " ".join(f"{word} {day.isoformat()}" for word, day in told if day)
        kind = flow.text(GATEWAY) or "whatever it was"
        source = pack.missing.because[0].source
        yield Sentence(
            f"The gateway ({kind}) stood {span}, so on {facts.as_of.isoformat()} it does not, and is read as none.",
            source,
        )


def _of_the_words(pack: Pack, rule: Rule, facts: FlowFacts) -> Iterator[Sentence]:
    if rule.outcome != APPLIES:
        return
    for name, named in pack.not_exempt.items():
        entry = pack.exemptions[name]
        if named.truth(facts) and name not in facts.possible(EXEMPTION):
            yield Sentence(
                f"By its words this is {name}, {entry.title}, which is listed because it is not exempt.", entry.source
            )


def _of_the_claim(pack: Pack, facts: FlowFacts) -> Iterator[Sentence]:
    for entry in _claimed(pack, facts):
        if entry.effect in UNDECIDING:
            yield Sentence(UNDECIDING[entry.effect].format(entry=entry), entry.source)
        elif failed := failed_conditions(pack, facts):
            yield Sentence(
                f"The exemption {entry.id} is claimed and not made out. It asks that {'; that '.join(failed)}.",
                entry.source,
            )
