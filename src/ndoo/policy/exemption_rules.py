"""When does a named exemption decide? Turns an entry of the table into the rules of step 10 (decision procedure 4.3)."""

from __future__ import annotations

from collections.abc import Iterator

from ndoo.policy.conditions import All, Among, Condition, Dated, Given, Not
from ndoo.policy.pack import DOES_NOT_APPLY, EXEMPTION, REVIEW, Exemption, Rule, Sentence, Setting

DECIDING = (DOES_NOT_APPLY, REVIEW)
"""Effects that answer. `by_rule` and `not_exempt` never do: they are listed so that a reader finds them."""


def rules_of(entry: Exemption, step: str) -> tuple[Rule, ...]:
    """The rules that the entry stands for: none, one, or two where a confirmed setting holds between dates."""
    if entry.effect not in DECIDING:
        return ()
    holds = _conditions(entry)
    setting = entry.setting
    if setting is None or not setting.confirmed:
        return (_rule(entry, step, holds, entry.effect, entry.family, setting),)
    dated = Dated(setting.first, setting.last)
    outside = _rule(entry, step, (*holds, Not(dated)), REVIEW, entry.family, setting)
    if setting.value is not True:
        return (outside,)
    return (_rule(entry, step, (*holds, dated), DOES_NOT_APPLY, entry.family_confirmed, None), outside)


def conditions_of(entry: Exemption) -> Iterator[Condition]:
    """What the entry asks of a flow that claims it: purpose, gateway, opt-out condition, dates, evidence."""
    scope = {
        "purpose": entry.purposes,
        "gateway.kind": entry.gateway_kinds,
        "gateway.optout_condition": entry.optout_conditions,
    }
    yield from (Among(fact, frozenset(values)) for fact, values in scope.items() if values is not None)
    if entry.first or entry.last:
        yield Dated(entry.first, entry.last)
    yield from (Given(field, True) for field in entry.evidence_fields)


def _conditions(entry: Exemption) -> tuple[Condition, ...]:
    return (Among(EXEMPTION, frozenset({entry.id})), *conditions_of(entry))


def _rule(
    entry: Exemption, step: str, when: tuple[Condition, ...], outcome: str, family: str, setting: Setting | None
) -> Rule:
    says = f"{_sentence(entry.title)} This is a named exemption ({entry.id}): {entry.covers}."
    if outcome == REVIEW:
        says = f"{_sentence(entry.title)} Whether this is exempt ({entry.id}) is not settled: {_sentence(entry.notes)}"
    return Rule(
        step, entry.id, outcome, family, entry.title, All(when), (Sentence(says, entry.source),),
        evidence=entry.evidence, setting=setting, exemption=entry.id, obligations=entry.obligations,
    )  # fmt: skip


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
