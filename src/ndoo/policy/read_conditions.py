"""Reads the conditions that a table of a pack stands for. Reads the clauses of rules, obligations and notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ndoo.policy.conditions import All, Among, AnyOf, AsSaid, Condition, Dated, Fixed, Given, Mentions, Not, UnknownIf
from ndoo.policy.fields import fields


class BadClause(ValueError):
    """A clause that no reader understands; the message says why."""


def condition(clause: Mapping[str, Any]) -> Condition:
    """The condition of a clause.

    One of: `{always = true}` · `{fact, in = [...]}` · `{fact, said = [...]}` · `{fact, given = true}` ·
    `{fact, mentions = [...]}` (with `apart = [...]`, and `facts = [...]` for several texts) · `{from = DAY}` · `{before = DAY}` · `{all = [...]}` · `{any = [...]}` · `{not = {...}}` ·
    `{unknown_if = {...}}` · `{as_said = {...}}`

    Raises:
        BadClause: for anything else, a fact that no flow has, or a value outside the fact's list.
    """
    match clause:
        case {"always": True, **rest} if not rest:
            return Fixed(True, "in every other case")
        case {"fact": str(fact), "in": list(values), **rest} if not rest:
            return Among(_known(fact), _listed(fact, values))
        case {"fact": str(fact), "said": list(values), **rest} if not rest:
            return Among(_known(fact), _listed(fact, values), said=True)
        case {"fact": str(fact), "given": bool(given), **rest} if not rest:
            return Given(_known(fact), given)
        case {"fact": str(fact), "mentions": [*phrases], **rest} if phrases and not rest:
            return Mentions((_text(fact),), tuple(phrases))
        case {"facts": [*texts], "mentions": [*phrases], "apart": [*apart], **rest} if texts and phrases and not rest:
            return Mentions(tuple(map(_text, texts)), tuple(phrases), apart=tuple(apart))
        case {"from": date() as day, **rest} if not rest:
            return Dated(day, None)
        case {"before": date() as day, **rest} if not rest:
            return Dated(None, day - timedelta(days=1))
        case {"all": list(parts), **rest} if parts and not rest:
            return All(tuple(condition(part) for part in parts))
        case {"any": list(parts), **rest} if parts and not rest:
            return AnyOf(tuple(condition(part) for part in parts))
        case {"not": Mapping() as part, **rest} if not rest:
            return Not(condition(part))
        case {"unknown_if": Mapping() as part, **rest} if not rest:
            return UnknownIf(condition(part))
        case {"as_said": Mapping() as part, **rest} if not rest:
            return AsSaid(condition(part))
    raise BadClause("a clause that is none of the known kinds")


def _known(fact: str) -> str:
    if fact not in fields():
        raise BadClause(f"the fact {fact}, which no flow has")
    return fact


def _text(fact: str) -> str:
    if fields()[_known(fact)].kind != "text":
        raise BadClause(f"a mention in {fact}, which is no text")
    return fact


def _listed(fact: str, values: list[Any]) -> frozenset[str | bool | date]:
    field = fields()[fact]
    for value in values:
        fits = isinstance(value, bool) if field.kind == "yes_no" else value in field.values
        if field.kind != "exemption" and not fits:
            raise BadClause(f"a value that {fact} cannot have")
    return frozenset(values)
