"""Over every reachable combination of facts, on every day on which something changes, exactly one rule decides.

Nothing is sampled. The rules up to 5 read facts of their own (origin, confidence, form, evidence of anonymisation), and
each of them answers `does_not_apply`; so all that they leave to the later rules is whether one of them was put aside.
The first test goes through all their facts; the second takes both of those states through every path of the rest, for
every exemption and every day: a path branches on a fact only where a rule looks at it, and on every value
that some rule in play tells apart from the others. What a flow says in words can take an early answer away and give none
(the third test), which is four bits: a national use is named or not, a body that treats nobody is or not, it looks for people
at risk or not, and whoever receives the records gives care or none. The second test goes through them too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product

import pytest

from ndoo.policy import Decision, Flow, load_pack
from ndoo.policy.conditions import All, Among, AnyOf, AsSaid, Condition, InWords, Not, UnknownIf
from ndoo.policy.exemption_rules import EVERYWHERE, TEXTS
from ndoo.policy.explanation import text
from ndoo.policy.facts import FlowFacts, facts_of
from ndoo.policy.flow import Value
from ndoo.policy.pack import NONE, Pack
from ndoo.policy.verdict import RuleVerdict, judge
from ndoo.policy.what_if import ONE_DAY, turning_days
from tests.spec.flows import DAYS, PLAIN, TODAY, values_of
from tests.spec.procedure_by_hand import BODIES, by_hand

FIRST = (
    "origin",
    "data.confidential",
    "data.about_health_or_care",
    "data.form",
    "data.identifiable",
    "data.anonymisation_evidence",
)
SHOWN = tuple(name for name in EVERYWHERE if name not in ("gateway.citation", "gateway.evidence", *FIRST))
UNSAID = (*SHOWN, "gateway.valid_to")
"""What never sets the opt-out aside; `test_what_a_flow_says_in_words_never_sets_the_opt_out_aside` says it."""
SHARED = ("purpose", "kind", "gateway.kind")
PURPOSES = ("individual_care", "screening", "research_recruitment", "research", None)
KINDS = ("internal_use", "disclosure", None)
GATEWAYS = ("implied_consent", "regulation_5", "none", None)
CLEAN = {name: value for name, value in PLAIN.items() if name in FIRST}
ASIDE = {name: value for name, value in CLEAN.items() if name != "origin"}
CLAIMS = (None, "X-CQC", "NX-LEDER", *(claim for claim, rules in load_pack().exemption_rules.items() if rules))
"""No claim, the two kinds that never decide (having no rule, they are all alike to the procedure), and all that do."""
NAMED, BODY, NO_CARE = {"recipient": "SSNAP"}, {"controller": "NHS Fenshire ICB"}, {"recipient": "CPRD"}
SOUGHT = {**BODY, "title": "Case finding"}
BOTH = {**NO_CARE, "purpose_detail": "SSNAP"}
"""Under section 251 support a national use is one wherever it is named."""
BITS = [{**who, **told} for who, told in product(({}, NAMED, NO_CARE, BOTH), ({}, BODY, SOUGHT)) if who or told]
"""The words that the rules up to 5 tell apart, other than none of them."""


def check(flow: Flow, day: date, verdict: RuleVerdict) -> None:
    """One rule decides, it is the last one tried, it is the one that the second opinion names, and it says why."""
    truths = [truth for _, truth in verdict.tried]
    assert truths.count(True) == 1
    assert truths[-1] is True
    assert verdict.tried[-1][0] is verdict.met
    assert by_hand(flow.said, day) == (verdict.outcome, verdict.rule.code)
    assert all(sentence.says and sentence.source.address for sentence in verdict.rule.because)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_up_to_anonymisation_every_combination_has_one_answer(purpose: str | None) -> None:
    pack = load_pack()
    for kind, gateway in product(KINDS, GATEWAYS):
        for values in product(*(values_of(name) for name in FIRST)):
            said = dict(zip((*FIRST, *SHARED), (*values, purpose, kind, gateway), strict=True))
            flow = Flow({name: value for name, value in said.items() if value is not None})
            check(flow, TODAY, judge(pack, facts_of(flow, TODAY)))


def test_up_to_anonymisation_no_rule_gives_another_outcome() -> None:
    """Words apart, the rules up to 5 read the facts of `FIRST` and `SHARED`, no more and no fewer, and no later rule reads one
    of `FIRST`. Whatever looks for words (`InWords`) in a rule up to 5 is joined to the rest by `and not`, and is never unknown:
    the rule is then what it is without words, or not met. Later rules see of `FIRST` the words of its one text.
    """
    early = [rule for rule in load_pack().before if rule.step[0] in "2345"]
    assert {rule.code for rule in early} == {"N-ORIGIN", "N-CARE", "N-NOTCPI", "N-ANON"}
    assert {rule.outcome for rule in early} == {"does_not_apply"}
    bare = [without_words(rule.when) for rule in early]
    assert not [words for condition in bare for words in words_in(condition)]
    assert {fact for condition in bare for fact in condition.reads()} == {*FIRST, *SHARED}
    looked_for = {words.told: words for rule in early for words in words_in(rule.when)}
    assert len(looked_for) == 4, "one for each bit that the words are"
    assert all(isinstance(words.part, AsSaid) for words in looked_for.values())
    late = [rule for rule in load_pack().every_rule() if rule.step[0] not in "2345"]
    assert not {fact for rule in late for fact in read_besides_words(rule.when)} & {*FIRST}
    assert {fact for rule in late for fact in rule.when.reads()} & {*FIRST} <= {*EVERYWHERE}


def without_words(condition: Condition) -> Condition:
    """The condition without those of its parts that look for words and stand under `not` in a conjunction."""
    if not isinstance(condition, All):
        return condition
    parts = [part for part in condition.parts if not (isinstance(part, Not) and isinstance(part.part, InWords))]
    return All(tuple(without_words(part) for part in parts))


def words_in(condition: Condition) -> Iterator[InWords]:
    match condition:
        case InWords():
            yield condition
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from words_in(part)
        case Not(part) | UnknownIf(part) | AsSaid(part):
            yield from words_in(part)


def read_besides_words(condition: Condition) -> Iterator[str]:
    match condition:
        case InWords():
            pass
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from read_besides_words(part)
        case Not(part) | UnknownIf(part) | AsSaid(part):
            yield from read_besides_words(part)
        case _:
            yield from condition.reads()


@pytest.mark.parametrize("claim", (*CLAIMS, NONE))
def test_after_it_every_path_has_one_answer(claim: str | None) -> None:
    pack = load_pack()
    explained: set[tuple[object, ...]] = set()
    told = [(ASIDE, TODAY), *(({**CLEAN, **words}, TODAY) for words in BITS)] if claim is None else []
    for first, day in [*((CLEAN, day) for day in days_of(pack, claim)), *told]:
        start = first if claim is None else {**first, "exemption": claim}
        for flow, verdict in paths(pack, start, day):
            check(flow, day, verdict)
            steps = (verdict.met.step, *(rule.step for rule in verdict.differing))
            signature = (verdict.rule.step, *steps)
            if signature not in explained and (claim is None or any(step == "10" for step in steps)):
                explained.add(signature)
                assert text(Decision(flow, pack, day, verdict)).count("\n") > 10
    assert len(explained) > 20 or claim is not None


def days_of(pack: Pack, claim: str | None) -> tuple[date, ...]:
    """Every day next to which something changes; under a claim those of the claim, since the others change nothing of it."""
    if claim is None:
        return turning_days(Flow({}), pack)
    if claim == NONE:
        return (TODAY,)
    entry = pack.exemptions[claim]
    ends = ([entry.first, entry.first - ONE_DAY] if entry.first else []) + (
        [entry.last, entry.last + ONE_DAY] if entry.last else []
    )
    return tuple(sorted({TODAY, *ends}))


def test_what_a_flow_says_in_words_never_sets_the_opt_out_aside() -> None:
    """It leads to a question, or to what the flow is without being care: under section 251 support the opt-out then applies."""
    pack = load_pack()
    entries = pack.exemptions.values()
    phrases = {
        phrase
        for entry in entries
        for phrase in (*entry.mentions, *entry.hints, *entry.unless, *entry.narrower, *entry.denied)
    }
    words, names, bodies = (
        {phrase.replace("*", "").replace("...", "and").replace("&", "of") for phrase in said}
        for said in (
            phrases,
            [phrase for entry in entries for phrase in (*entry.names, *entry.topics, *entry.apart)],
            [phrase for said in BODIES.values() for phrase in said],
        )
    )
    said: Value
    for purpose, gateway in product(values_of("purpose"), ("regulation_2", "regulation_5", "implied_consent")):
        start = {**PLAIN, "purpose": purpose, "gateway.kind": gateway, "gateway.evidence": None}
        if gateway == "implied_consent":
            start["kind"] = "internal_use"
        flow = Flow({key: value for key, value in start.items() if value is not None})
        silent = judge(pack, facts_of(flow, TODAY)).outcome
        named = [*product(("recipient", "title"), sorted(words)), *product(TEXTS, ("national survey", "local"))]
        for name, said in [
            *named,
            *(product(("title",), sorted(names)) if purpose in ("individual_care", "local_audit", "planning") else ()),
            *(product(("controller",), sorted(bodies)) if purpose in ("individual_care", "local_audit") else ()),
            *product(("gateway.reference", "gateway.citation"), ("CAG 7-04(a)/2013", "covid-19 notice")),
        ]:
            told = judge(pack, facts_of(flow.saying(name, said), TODAY)).outcome
            supported = gateway in ("regulation_2", "regulation_5")
            assert told in (silent, "review") or (told == "applies" and (supported or silent == "review"))


def test_every_rule_decides_some_flow() -> None:
    pack = load_pack()
    met = set()
    every = {(rule.step, rule.code): rule for rule in pack.every_rule()}
    for claim in CLAIMS:
        days = (pack.exemptions[claim].last or date(2022, 8, 1),) if claim else (date(2019, 1, 1), date(2022, 8, 1))
        start = CLEAN if claim is None else {**CLEAN, "exemption": claim}
        waited = {said for said, rule in every.items() if claim and rule.exemption == claim}
        for _, verdict in (path for day in days for path in paths(pack, start, day)):
            met.add((verdict.met.step, verdict.met.code))
            if waited and waited <= met:
                break
    ended = (
        ("CAG 7-04(a)/2013", "regulation_5", "risk_stratification"),
        ("CAG 7-07(a-c)/2013", "regulation_5", "invoice_validation"),
        ("COPI notice", "regulation_3", "research"),
    )
    worded = [
        {"purpose": purpose, "gateway.kind": gateway, "gateway.reference": reference}
        for reference, gateway, purpose in ended
    ] + [
        {"purpose": "individual_care", "gateway.kind": "implied_consent", **words} for words in (NAMED, SOUGHT, NO_CARE)
    ]
    for said in worded:
        flow = Flow({**PLAIN, **said})
        verdict = judge(pack, facts_of(flow, date(2027, 10, 1)))
        met.add((verdict.met.step, verdict.met.code))
    early = {(rule.step, rule.code) for rule in pack.before if rule.step in ("1", "2", "4", "5a", "5b")}
    assert met | early == {(rule.step, rule.code) for rule in pack.every_rule()}


def test_the_days_are_those_on_which_something_changes() -> None:
    pack = load_pack()
    turning = {day for claim in pack.exemptions for day in turning_days(Flow({"exemption": claim}), pack)}
    assert turning <= set(DAYS)


class Unseen(Exception):
    """A rule looked at a fact that has not been chosen yet."""


class Chosen(dict[str, Value | None]):
    """Facts chosen so far; looking at another one says which."""

    def get(self, key: str, default: object = None) -> tuple[Value, ...]:  # type: ignore[override]
        if key not in self:
            raise Unseen(key)
        value = self[key]
        return () if value is None else (value,)


def paths(pack: Pack, start: dict[str, Value], day: date) -> Iterator[tuple[Flow, RuleVerdict]]:
    """Every way through the rules from `start`, with all values of each fact where it is first looked at."""
    waiting: list[Chosen] = [Chosen({**dict.fromkeys((*FIRST, *UNSAID, "exemption")), **start})]
    while waiting:
        chosen = waiting.pop()
        try:
            judge(pack, FlowFacts(day, chosen))  # type: ignore[arg-type]
        except Unseen as unseen:
            name = str(unseen)
            waiting.extend(Chosen({**chosen, name: value}) for value in told_apart(name, start.get("exemption")))
            continue
        flow = Flow({name: value for name, value in chosen.items() if value is not None})
        yield flow, judge(pack, facts_of(flow, day))


@cache
def told_apart(name: str, claim: Value | None) -> tuple[Value | None, ...]:
    """One value of each kind that the rules in play tell apart; the opt-out condition is never left out, but standard."""
    rules = [rule for rule in load_pack().every_rule() if rule.exemption in ("", claim)]
    lists = [listed for rule in rules for fact, listed in lists_in(rule.when) if fact == name]
    kinds = {(value is None, *(value in listed for listed in lists)): value for value in values_of(name)}
    return tuple(value for value in kinds.values() if value is not None or name != "gateway.optout_condition")


def lists_in(condition: Condition) -> Iterator[tuple[str, frozenset[Value]]]:
    match condition:
        case Among(fact, values):
            yield fact, values
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from lists_in(part)
        case Not(part) | UnknownIf(part) | AsSaid(part) | InWords(part):
            yield from lists_in(part)
