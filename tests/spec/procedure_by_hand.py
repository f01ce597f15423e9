"""The decision procedure once more, written out by hand from the policy: the second opinion on the engine.

It shares no code and no data with ndoo.policy; the exemptions come from the table as it was handed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
EXEMPTIONS = {entry["id"]: entry for entry in json.loads((CASES / "exemptions.json").read_text(encoding="utf-8"))}
SET_ASIDE_ORIGINS = ("childrens_social_care", "outside_england", "private_care_private_premises")
Step = tuple[bool | None, str, str]


def by_hand(flow: Mapping[str, Any], day: date) -> tuple[str, str]:
    """Outcome and code for a flow given as dotted fields."""
    aside = set()
    for met, outcome, code in steps(flow, day):
        if met:
            return (outcome, code) if aside <= {outcome} else ("review", "R-MISSING")
        if met is None:
            aside.add(outcome)
    raise AssertionError("the last rule always answers")


def steps(f: Mapping[str, Any], day: date) -> Iterator[Step]:
    """Every rule in order: met, its outcome, its code."""
    get = f.get
    gateway = get("gateway.kind")
    if (get("gateway.valid_from") and day < get("gateway.valid_from")) or (
        get("gateway.valid_to") and day > get("gateway.valid_to")
    ):
        gateway = "none"
    evidence, citation = bool(get("gateway.evidence")), bool(get("gateway.citation"))
    origin, purpose, kind = get("origin"), get("purpose"), get("kind")
    yield day < date(2018, 5, 25), "review", "R-DATE"
    yield (None if origin is None else origin in SET_ASIDE_ORIGINS), "does_not_apply", "N-ORIGIN"
    yield individual_care(purpose, kind, gateway), "does_not_apply", "N-CARE"
    yield not_cpi(f), "does_not_apply", "N-NOTCPI"
    yield anonymised(f), "does_not_apply", "N-ANON"
    covers = get("gateway.consent_covers_this_use")
    if covers is not False:
        consent = here(gateway, "explicit_consent")
        yield (consent and (True if covers else None) if evidence else False), "does_not_apply", "N-CONSENT"
        yield (consent if not evidence else False), "review", "R-MISSING"
    duty, court = here(gateway, "statutory_duty"), here(gateway, "court_order")
    yield (duty if citation else False), "does_not_apply", "N-LAW"
    yield (court if citation or evidence else False), "does_not_apply", "N-LAW"
    yield (duty if not citation else False), "review", "R-MISSING"
    yield (court if not citation and not evidence else False), "review", "R-MISSING"
    yield here(gateway, "regulation_3"), "does_not_apply", "N-REG3"
    interest = here(gateway, "public_interest")
    yield (interest if evidence else False), "does_not_apply", "N-OPI"
    yield (interest if not evidence else False), "review", "R-MISSING"
    yield named(f, purpose, gateway, day)
    supported = None if gateway is None else gateway in ("regulation_2", "regulation_5")
    condition = get("gateway.optout_condition", "standard")
    yield (supported if condition == "does_not_apply" and evidence else False), "does_not_apply", "N-CAG"
    yield (supported if condition == "alternative_optout" and evidence else False), "does_not_apply", "N-CAG"
    number = get("data.nhs_number")
    if number in (None, "absent_disproportionate"):
        yield (supported if number else supported and None), "does_not_apply", "N-NHSNO"
    yield supported, "applies", "A-S251"
    yield True, "review", "R-NO-GATEWAY"


def here(gateway: str | None, kind: str) -> bool | None:
    return None if gateway is None else gateway == kind


def individual_care(purpose: str | None, kind: str | None, gateway: str | None) -> bool | None:
    if purpose == "individual_care":
        return True
    if purpose is None:
        return None
    implied = here(gateway, "implied_consent")
    if purpose == "screening":
        return implied
    if purpose == "research_recruitment":
        if kind not in (None, "internal_use") or implied is False:
            return False
        return None if kind is None or implied is None else True
    return False


def not_cpi(f: Mapping[str, Any]) -> bool | None:
    confidential, about = f.get("data.confidential"), f.get("data.about_health_or_care")
    form, identifiable = f.get("data.form"), f.get("data.identifiable")
    if confidential is False or about is False:
        return True
    if form is None and identifiable != "yes":
        return None
    if form == "identifiable" and identifiable == "no":
        return None
    return None if confidential is None or about is None else False


def anonymised(f: Mapping[str, Any]) -> bool | None:
    form, identifiable = f.get("data.form"), f.get("data.identifiable")
    if not f.get("data.anonymisation_evidence") or identifiable == "yes" or form == "identifiable":
        return False
    if form is None:
        return None
    if form in ("anonymised", "aggregate"):
        return True
    return True if identifiable == "no" else None


def named(f: Mapping[str, Any], purpose: str | None, gateway: str | None, day: date) -> Step:
    entry = EXEMPTIONS.get(str(f.get("exemption")))
    if entry is None or entry["effect"] in ("by_rule", "not_exempt"):
        return False, "review", "-"
    covers = entry["covers"]
    condition = f.get("gateway.optout_condition", "standard")
    parts: list[bool | None] = [
        None if purpose is None and covers["purposes"] else not covers["purposes"] or purpose in covers["purposes"],
        None
        if gateway is None and covers["gateway_kinds"]
        else not covers["gateway_kinds"] or gateway in covers["gateway_kinds"],
        not covers["optout_conditions"] or condition in covers["optout_conditions"],
        not entry["from"] or date.fromisoformat(entry["from"]) <= day,
        not entry["to"] or day <= date.fromisoformat(entry["to"]),
        all(f.get(field) for field in entry["evidence_needed"]["fields"]),
    ]
    met = False if False in parts else None if None in parts else True
    return met, entry["effect"], entry["id"]
